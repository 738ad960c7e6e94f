internal import Budgeting
internal import Crypto
internal import Ledger
internal import Receipts

/// A notice on its way to whom it concerns.
struct Telling: Hashable, Sendable {
    var notice: Notice
    /// The same for the same notice, whenever it is told.
    var id: String
    var audience: Audience
    /// What is remembered with it; nil where its id is enough.
    var mark: Outbox.Mark?

    /// - Parameter subject: names it among all that is ever told.
    init(_ notice: Notice, subject: String, to audience: Audience = .operators, mark: Outbox.Mark? = nil) {
        self.notice = notice
        self.audience = audience
        self.mark = mark
        // Standard Webhooks' ids have no dots: the signature puts one after them.
        id = "msg_" + Hex.text(SHA256.hash(data: Array(subject.utf8)).prefix(16))
    }
}

extension Outbox.Mark {
    /// - Parameter name: of the subject. What is kept is a sum of it: a tenant that is forgotten is not remembered here.
    init(of name: String, level: Int64, until: Instant) {
        self.init(Self.key(name), level: level, until: until)
    }

    static func key(_ name: String) -> String { Hex.text(SHA256.hash(data: Array(name.utf8)).prefix(16)) }
}

/// Whom a notice concerns.
enum Audience: Hashable, Sendable {
    /// The operators alone.
    case operators
    /// The operators' webhooks: nothing that a person has to read.
    case programs
    /// The operators, and a tenant's places.
    case tenant(String)
    /// A tenant's places, where they are no operator's: operators are told otherwise.
    case tenantAlone(String)

    init(_ tenant: String?) { self = tenant.map(Audience.tenant) ?? .operators }
}

/// Decides what of the gateway's events is told, and how often. A value: it is told what happened and answers what to tell.
///
/// - A budget's state or share: once per window and share, whatever restarts.
/// - A breaker: that it opened, and that it closed after that; not that a probe failed and it stays open.
/// - Trouble with our own account, and with a tenant's: once a day each.
/// - What stands in the log as news is told from there (``NewsTeller``), however the process ends.
struct EventTeller: Hashable, Sendable {
    /// Models whose breaker was told to be open.
    private var open: Set<String> = []

    private static let day: Int64 = 86_400_000

    /// - Parameter number: of the event in this process.
    mutating func take(_ event: GatewayEvent, at now: Instant, number: UInt64) -> Telling? {
        guard let notice = Notice(event) else { return nil }
        switch event {
        case .stateReached(_, let crossing), .shareReached(let crossing):
            return Self.crossed(crossing, notice)
        case .overran, .assumed, .spentOutside, .priceChanged, .chainStands: return nil
        case .breakerMoved(let model, .open):
            guard open.insert(model).inserted else { return nil }
        case .breakerMoved(let model, _):
            guard open.remove(model) != nil else { return nil }
        case .account: return Self.daily(notice, notice.kind, at: now)
        case .tenantAccount(_, let tenant):
            return Self.daily(notice, "\(notice.kind) \(tenant)", at: now, to: .tenant(tenant))
        }
        return Telling(notice, subject: "\(notice.kind) \(now.milliseconds) \(number)")
    }

    private static func daily(
        _ notice: Notice, _ what: String, at now: Instant, to audience: Audience = .operators
    ) -> Telling {
        let subject = "\(what) \(now.milliseconds / day)"
        return Telling(
            notice, subject: subject, to: audience,
            mark: .init(of: subject, level: 1, until: now.adding(milliseconds: 2 * day)))
    }

    private static func crossed(_ crossing: GatewayEvent.Crossing, _ notice: Notice) -> Telling? {
        guard crossing.level > 0 else { return nil }
        let subject =
            "budget \(crossing.tenant ?? "") \(crossing.scope) \(crossing.period) \(crossing.windowStart.seconds)"
        let until = crossing.windowEnd == .never ? .never : crossing.windowEnd.adding(milliseconds: day)
        return Telling(
            notice, subject: "\(subject) \(crossing.level)", to: .init(crossing.tenant),
            mark: .init(of: subject, level: crossing.level, until: until))
    }
}
