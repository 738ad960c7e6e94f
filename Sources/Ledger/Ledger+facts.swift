public import Budgeting
import Synchronization

extension Ledger {
    /// Books what happened to a reservation, or an operator's change. In the books at once; durable soon after.
    ///
    /// - Parameter loop: the event loop that says so; the write then starts at the end of its turn.
    @discardableResult
    public func record(
        _ command: Command, from loop: (any CompletionLoop)? = nil
    ) -> Result<[Entry.Event], Refusal> {
        state.withLock { state in
            let result = state.carryOut(command, at: now(state.books))
            guard case .success(let events) = result, !events.isEmpty else { return result }
            retryWaiters(&state)
            wakeWriter(&state, after: loop)
            return result
        }
    }
}
