import ControlPlane
import Synchronization

/// Forms that must count once, however often a browser sends them: each carries a ticket that is good for one sending.
///
/// Tickets live as long as the gateway and the thousand after them. One that is not known any more counts for nothing, so that a form
/// from before a restart issues no second key.
final class FormTickets: Sendable {
    enum Taken: Hashable, Sendable {
        case first
        /// What came of the first sending; nil while that is not over.
        case before(String?)
        case unknown
    }

    private enum State: Sendable {
        case open
        case sent(String?)
    }

    private struct Book: Sendable {
        var states: [String: State] = [:]
        var order: [String] = []
    }

    private let book = Mutex(Book())

    static let most = 1_000

    func make() -> String {
        let ticket = Access.randomHex(bytes: 16)
        book.withLock { book in
            book.states[ticket] = .open
            book.order.append(ticket)
            if book.order.count > FormTickets.most { book.states[book.order.removeFirst()] = nil }
        }
        return ticket
    }

    /// Whoever is first has it alone, also of two at once.
    func take(_ ticket: String) -> Taken {
        book.withLock { book in
            switch book.states[ticket] {
            case nil: return .unknown
            case .sent(let what)?: return .before(what)
            case .open?:
                book.states[ticket] = .sent(nil)
                return .first
            }
        }
    }

    /// What came of it.
    func spend(_ ticket: String, on what: String) {
        book.withLock { if $0.states[ticket] != nil { $0.states[ticket] = .sent(what) } }
    }
}
