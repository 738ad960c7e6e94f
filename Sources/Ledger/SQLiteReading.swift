internal import Foundation
internal import GRDB

/// A ledger file as it stands at one moment: a read transaction on a connection of its own, so that commits go on beside it.
struct SQLiteReading: LedgerReading {
    private let db: Database
    private let top: SQLiteStore.Head

    static func run<T>(path: String, _ body: (any LedgerReading) throws -> T) throws -> T {
        var configuration = Configuration()
        configuration.label = "ledger-reading"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let queue: DatabaseQueue
        do { queue = try DatabaseQueue(path: path, configuration: configuration) } catch {
            throw LedgerError.unavailable("\(path) cannot be read: \(error)")
        }
        defer { try? queue.close() }
        do {
            return try queue.read { db in try body(SQLiteReading(db, path: path)) }
        } catch let error as DatabaseError {
            throw LedgerError.damaged("SQLite \(error.extendedResultCode.rawValue), \(error.message ?? "no message")")
        }
    }

    private init(_ db: Database, path: String) throws {
        try LedgerSchema.check(db, path: path)
        guard try Int.fetchOne(db, sql: "PRAGMA user_version") == LedgerSchema.version else {
            throw LedgerError.unavailable("\(path) was last used by an older bursar; start this one on it once")
        }
        self.db = db
        top = try SQLiteStore.Connection.checkedHead(db)
    }

    func replay(after number: UInt64, _ body: (Batch) throws -> Void) throws {
        if let bodysError = try SQLiteStore.Connection.replay(after: number, through: top, db, body) {
            throw bodysError
        }
    }

    func names() throws -> [Name] { try SQLiteStore.Connection.names(NameRow.fetch(db), count: top.names) }
    func head() throws -> LedgerHead { LedgerHead(batch: top.batch, digest: top.digest) }

    func digest(after number: UInt64) throws -> LedgerDigest? {
        try SQLiteStore.Connection.digest(after: number, through: top, db)
    }

    func snapshot(before number: UInt64) throws -> Snapshot? {
        try SQLiteStore.Connection.snapshot(before: number, db)
    }

    func forgotten() throws -> UInt64 { try SQLiteStore.Connection.forgotten(db).batch }
}

extension SQLiteStore {
    /// Runs the body on a ledger that no gateway holds, and keeps others from it meanwhile.
    ///
    /// - Throws: ``LedgerError/held(path:pid:)`` where a process has it.
    public static func readingAlone<T>(path: String, _ body: (any LedgerReading) throws -> T) throws -> T {
        let file = try LedgerFile(path: path)
        guard case .present = try file.presence() else { throw LedgerError.unavailable("\(file.path) is not there") }
        let lock = try LedgerLock(path: file.path)
        defer { withExtendedLifetime(lock) {} }
        return try SQLiteReading.run(path: file.path, body)
    }

    /// Copies a ledger that no gateway holds into a new file, whole as it stands, and proves the copy.
    ///
    /// - Throws: ``LedgerError/unavailable(_:)`` where the new file is there already.
    @discardableResult
    public static func copy(path: String, to target: String) throws -> Verification {
        let file = try LedgerFile(path: path)
        guard case .present = try file.presence() else { throw LedgerError.unavailable("\(file.path) is not there") }
        let lock = try LedgerLock(path: file.path)
        defer { withExtendedLifetime(lock) {} }
        return try copyHeld(path: file.path, to: target)
    }

    /// As ``copy(path:to:)``, of a ledger that this process holds.
    static func copyHeld(path: String, to target: String) throws -> Verification {
        let copy = try LedgerFile(path: target)
        guard case .missing = try copy.presence() else {
            throw LedgerError.unavailable("\(copy.path) is there already; name a file that is not")
        }
        copy.removeDraft()
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            // One read transaction: what is committed meanwhile is not in the copy.
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "VACUUM INTO ?", arguments: [copy.draftPath])
            }
        } catch { throw LedgerError.unavailable("the ledger cannot be copied to \(copy.path): \(error)") }
        try copy.syncDraft()
        try copy.adoptDraft(syncFailed: SQLiteStore.endProcess)
        return try SQLiteReading.run(path: copy.path) { try Verifier.verify($0) }
    }
}
