internal import Foundation
internal import GRDB

extension SQLiteStore {
    /// The one connection, and where the ledger ends.
    struct Connection {
        let queue: DatabaseQueue
        let hooks: Hooks
        var head: Head
        /// Batches that a checkpoint has not moved into the file.
        var batchesInLog = 0
        /// The transaction did not end as it must; only a new connection can tell what holds.
        var isBroken = false
    }

    /// What the last commit left.
    struct Head: Equatable {
        var batch: UInt64
        var checksum: Checksum
        var digest: LedgerDigest
        /// Lines in the table of names, erased ones included.
        var names: Int64
    }
}

extension SQLiteStore.Connection {
    /// Connects to a ledger that is there.
    ///
    /// The file's structure is not examined here (`quick_check` reads all of it, replay reads it all again): a start checks
    /// what the file says it is, and that its last batch is the last that was committed; replay then proves every batch by
    /// its sum. Costs some milliseconds, whatever the size.
    init(to path: String, hooks: SQLiteStore.Hooks) throws(LedgerError) {
        self.hooks = hooks
        self.queue = try Self.queue(path, hooks: hooks)
        self.head = try hooks.failures.attempt { [queue] in
            try queue.writeWithoutTransaction { db in
                try LedgerSchema.check(db, path: path)
                try Self.makeDurable(db)
            }
            try LedgerSchema.migrator.migrate(queue)
            return try queue.writeWithoutTransaction(Self.checkedHead)
        }
    }

    /// Makes an empty ledger and closes it.
    static func create(at path: String, hooks: SQLiteStore.Hooks) throws(LedgerError) {
        let queue = try queue(path, hooks: hooks)
        try hooks.failures.attempt {
            try queue.writeWithoutTransaction(makeDurable)
            try LedgerSchema.migrator.migrate(queue)
            try queue.close()
        }
    }

    static func queue(_ path: String, hooks: SQLiteStore.Hooks) throws(LedgerError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        // A rollback that fails is our business (`isBroken`), not the end of the process.
        configuration.allowsUnsafeTransactions = true
        return try hooks.failures.attempt { try DatabaseQueue(path: path, configuration: configuration) }
    }

    /// Sets what durability rests on, and asks whether it holds. GRDB's own WAL mode would set `synchronous = NORMAL`.
    static func makeDurable(_ db: Database) throws {
        try db.execute(
            sql: """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = \(SQLiteStore.autocheckpointPages);
                PRAGMA secure_delete = ON;
                PRAGMA cell_size_check = ON;
                PRAGMA trusted_schema = OFF;
                """)
        let journal = try String.fetchOne(db, sql: "PRAGMA journal_mode")
        let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
        guard journal == "wal", synchronous == 2 else {
            throw LedgerError.unavailable(
                "no durable commits here: journal_mode is \(journal ?? "unknown") for wal, "
                    + "synchronous is \(synchronous.map(String.init) ?? "unknown") for 2")
        }
    }

    /// - Throws: ``LedgerError/damaged(_:)`` where the last batch is not the one that was committed last.
    static func checkedHead(_ db: Database) throws -> SQLiteStore.Head {
        guard let row = try Row.fetchOne(db, sql: "SELECT batch, checksum, names, digest FROM head WHERE id = 1") else {
            throw LedgerError.damaged("the head is missing")
        }
        let head = SQLiteStore.Head(
            batch: UInt64(bitPattern: try row.decode(Int64.self, atIndex: 0)),
            checksum: Checksum(stored: try row.decode(Int64.self, atIndex: 1)),
            digest: try digest(try row.decode(Data?.self, atIndex: 3)),
            names: try row.decode(Int64.self, atIndex: 2))
        let last = try Row.fetchOne(
            db, sql: "SELECT number, checksum, digest FROM batch ORDER BY number DESC LIMIT 1")
        let number = try last.map { UInt64(bitPattern: try $0.decode(Int64.self, atIndex: 0)) } ?? 0
        let checksum = try last.map { Checksum(stored: try $0.decode(Int64.self, atIndex: 1)) } ?? .basis
        let start = try chainStart(db)
        let digest = try number > start.batch ? digest(last?.decode(Data?.self, atIndex: 2)) : start.digest
        guard number == head.batch, checksum == head.checksum, digest == head.digest else {
            throw LedgerError.damaged("the last batch is \(number), but batch \(head.batch) was committed last")
        }
        return head
    }

    /// Where the hash chain begins.
    static func chainStart(_ db: Database) throws -> LedgerHead {
        guard let row = try Row.fetchOne(db, sql: "SELECT batch, digest FROM chain WHERE id = 1") else {
            throw LedgerError.damaged("where the hash chain begins is not said")
        }
        return LedgerHead(
            batch: UInt64(bitPattern: try row.decode(Int64.self, atIndex: 0)),
            digest: try digest(try row.decode(Data?.self, atIndex: 1)))
    }

    static func digest(_ stored: Data?) throws -> LedgerDigest {
        guard let digest = stored.map(Array.init).flatMap(LedgerDigest.init(bytes:)) else {
            throw LedgerError.damaged("a hash is missing")
        }
        return digest
    }

    /// Moves what is in the log now into the file, by a connection for that alone. Commits go on beside it.
    static func moveLog(of path: String, hooks: SQLiteStore.Hooks) throws {
        let queue = try queue(path, hooks: hooks)
        do {
            try queue.writeWithoutTransaction { db in
                try makeDurable(db)
                _ = try db.checkpoint(.passive)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
        } catch {
            try? queue.close()
            throw error
        }
        try queue.close()
    }

    /// Moves the log into the file. A reader elsewhere can hold it up; that is no failure.
    mutating func checkpoint(_ mode: Database.CheckpointMode) throws(LedgerError) {
        try hooks.failures.attempt { [queue] in
            do {
                _ = try queue.writeWithoutTransaction { db in try db.checkpoint(mode) }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {}
        }
        batchesInLog = 0
    }
}
