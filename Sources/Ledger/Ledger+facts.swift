public import Budgeting
import Synchronization

extension Ledger {
    /// Books what happened to a reservation, or an operator's change. In the books at once; durable soon after.
    @discardableResult
    public func record(_ command: Command) -> Result<[Entry.Event], Refusal> {
        state.withLock { state in
            let result = state.carryOut(command, at: now(state.books))
            guard case .success(let events) = result, !events.isEmpty else { return result }
            retryWaiters(&state)
            wakeWriter(&state)
            return result
        }
    }
}
