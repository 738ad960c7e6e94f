public import Budgeting

extension Ledger {
    /// Changes what a key may do and when it expires, as it stands at that moment, and writes down who did.
    ///
    /// - Parameter edit: is given the rules and the end of the newest good secret.
    /// - Returns: nothing, and no remark is made, where all stood so already.
    /// - Throws: ``ChangeFailure/refused(_:)`` for a key that never was or that opens nothing any more, and an end that has passed.
    public func changeKey(
        _ id: KeyID, _ remark: Remark, _ edit: (inout VirtualKey.Rules, inout Instant?) -> Void
    ) async throws(ChangeFailure) -> [Entry.Event] {
        try await confirmed(remark) { state, now in
            var rules = state.books.keys.keys[id]?.rules ?? VirtualKey.Rules()
            var end = state.books.keys.keys[id]?.newest(at: now)?.endsAt
            edit(&rules, &end)
            return state.carryOut(.changeKey(KeyChange(key: id, rules: rules, endsAt: end)), at: now)
        }
    }
}
