internal import GRDB

/// How SQLite's answers become the ledger's. What may be said depends on whether COMMIT was under way.
struct SQLiteFailures: Sendable {
    enum Phase {
        case beforeCommit
        case commit
    }

    /// Ends the process. After a failed flush the kernel may have dropped the pages and call them clean, so that a second
    /// flush succeeds and proves nothing (https://lwn.net/Articles/752063/).
    let syncFailed: @Sendable (String) -> Never

    func ledgerError(_ error: any Error, in phase: Phase) -> LedgerError {
        if let error = error as? LedgerError { return error }
        guard let error = error as? DatabaseError else {
            return phase == .commit ? .uncertain("\(type(of: error))") : .damaged("a column does not hold what it must")
        }
        let text = "SQLite \(error.extendedResultCode.rawValue), \(error.message ?? "no message")"
        switch error.extendedResultCode {
        case .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC: syncFailed(text)
        default: break
        }
        switch (error.resultCode, phase) {
        case (.SQLITE_CORRUPT, _), (.SQLITE_NOTADB, _): return .damaged(text)
        // Our statements are fixed: one that does not compile or fit has met tables that are not ours.
        case (.SQLITE_ERROR, .beforeCommit), (.SQLITE_MISMATCH, .beforeCommit): return .damaged(text)
        // The log takes a commit's pages one by one, and the last of them makes it valid: full is before that.
        case (.SQLITE_FULL, _): return .full(text)
        case (_, .commit): return .uncertain(text)
        case (_, .beforeCommit): return .unavailable(text)
        }
    }

    func attempt<T>(_ phase: Phase = .beforeCommit, _ body: () throws -> T) throws(LedgerError) -> T {
        do { return try body() } catch { throw ledgerError(error, in: phase) }
    }
}
