import Budgeting
import Synchronization

/// A name that is to be erased, in the order in which names were written.
struct Erasure: Sendable {
    let kind: Name.Kind
    let number: UInt32
    let done: @Sendable (Result<Void, any Error>) -> Void
}

extension Ledger {
    /// Erases a name for good. Entries hold its number only and stay as they are, so the books and their chain still prove.
    /// Who comes under the same name later is somebody new. Who did it is written down, with the number and not the name.
    ///
    /// - Returns: false where there is no such name.
    /// - Throws: where the store cannot; the name is then out of memory, but not off the disk: ask again.
    public func erase(_ kind: Name.Kind, named text: String, by who: String) async throws -> Bool {
        let isKnown = try await withCheckedThrowingContinuation { (waiting: CheckedContinuation<Bool, any Error>) in
            let number = state.withLock { state -> UInt32? in
                guard let number = state.names.erase(kind, text) else { return nil }
                // The writer has the name's own batch behind it when it comes to this.
                state.pending.erasures.append(
                    Erasure(kind: kind, number: number) { result in waiting.resume(with: result.map { true }) })
                let audit = Entry.Audit(
                    who: who, action: "name forgotten", target: "\(kind) #\(number)", before: "", after: "")
                _ = state.carryOut(.audit(audit), at: now(state.books))
                wakeWriter(&state, after: nil)
                return number
            }
            if number == nil { waiting.resume(returning: false) }
        }
        return isKnown
    }
}
