import ExactMoney
import Synchronization

/// The one place that changes: the bill and the fault plan, behind one lock.
///
/// No method waits for anything but the lock.
final class Register: Sendable {
    private struct State {
        var bill = Bill()
        var plan = FaultPlan()
        var issued = 0
    }

    private let state = Mutex(State())
    private let startedAt = Moment.now

    /// What a call is told when it starts.
    struct Ticket: Hashable, Sendable {
        let id: String
        let createdAt: Moment
        /// Whether the call is billed though nobody waits for its answer.
        let billedUnheard: Bool
    }

    /// A call begins to be worked on.
    func open(model: String, streamed: Bool, promptTokens: Int, at moment: Moment) -> Ticket {
        state.withLock { state in
            state.issued += 1
            // The start is part of the id, so that a new sandbox never repeats an old one's ids.
            let id = "gen-\(startedAt.milliseconds)-\(state.issued)"
            state.bill.open(
                Record(id: id, model: model, streamed: streamed, promptTokens: promptTokens, createdAt: moment))
            return Ticket(id: id, createdAt: moment, billedUnheard: state.plan.drawBilled())
        }
    }

    /// A call ended. The first outcome stands.
    func close(_ id: String, as outcome: Record.Outcome, at moment: Moment = .now) {
        state.withLock { $0.bill.close(id, as: outcome, at: moment) }
    }

    /// Somebody else used the key.
    func spendOutside(_ amount: Picodollars) {
        state.withLock { $0.bill.spendOutside(amount, at: .now) }
    }

    func countRefusal() {
        state.withLock { $0.bill.countRefusal() }
    }

    func drawFault(model: String) -> Fault? {
        state.withLock { $0.plan.draw(model: model) }
    }

    /// What `body` makes of the bill. Under the lock: a copy of the bill would be dear.
    func read<Value: Sendable>(_ body: (Bill) -> Value) -> Value {
        state.withLock { body($0.bill) }
    }

    /// Forgets all calls; those in flight leave no trace when they end.
    func resetBill() {
        state.withLock { $0.bill = Bill() }
    }

    var plan: FaultPlan {
        get { state.withLock { $0.plan } }
        set { state.withLock { $0.plan = newValue } }
    }
}
