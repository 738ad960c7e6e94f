/// What an operator has of the ledger as a whole.
extension Ledger {
    /// Copies the ledger as it stands into a new file beside it, and proves the copy.
    public func copy(beside name: String) throws -> Verification {
        guard let store = store as? SQLiteStore else {
            throw LedgerError.unavailable("only a ledger in a file can be copied")
        }
        let directory = store.path.lastIndex(of: "/").map { store.path[...$0] } ?? ""
        return try SQLiteStore.copyHeld(path: store.path, to: directory + name)
    }
}
