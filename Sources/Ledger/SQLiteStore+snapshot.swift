internal import Foundation
internal import GRDB

/// A snapshot stands in parts, each committed by itself, so that a large one never holds a batch up for longer than one part
/// takes. The line in `snapshot` comes last and makes it one; parts without a line are what a crash left, or a snapshot that
/// was let go of, and go at the next save.
extension SQLiteStore {
    /// A millisecond to commit.
    static let bytesPerPart = 64 * 1024

    public func snapshot(before number: UInt64) throws -> Snapshot? {
        try withConnection { connection in try connection.snapshot(before: number) }
    }

    public func save(_ snapshot: Snapshot) throws {
        guard let chain = try withConnection({ try $0.prepare(toSave: snapshot) }) else { return }
        // Here, where no batch waits for it.
        let sum = Checksum.snapshot(snapshot, chain: chain)
        try dropLeftParts()
        var parts: Int64 = 0
        for start in stride(from: 0, to: snapshot.books.count, by: Self.bytesPerPart) {
            let bytes = snapshot.books[start...].prefix(Self.bytesPerPart)
            try withConnection { [parts] in try $0.savePart(parts, Data(bytes), of: snapshot.batch) }
            parts += 1
        }
        try withConnection { [parts] in try $0.finish(snapshot.batch, chain: chain, parts: parts, sum: sum) }
        try dropLeftParts()
    }

    public func forgotten() throws -> UInt64 {
        try withConnection { connection in try connection.forgotten().batch }
    }

    public func forget(through number: UInt64) throws {
        try withConnection { connection in try connection.forget(through: number) }
    }

    private func dropLeftParts() throws {
        while try withConnection({ try $0.dropLeftPart() }) {}
    }
}

extension SQLiteStore.Connection {
    /// What replay begins after, and what the batch that follows is chained to.
    struct Mark: Equatable {
        var batch: UInt64
        var checksum: Checksum
        /// The hash chain's; nil where it is not stored.
        var stored: LedgerDigest?

        /// The hash that the next batch is chained to; nil before the chain begins.
        func digest(_ start: LedgerHead) throws -> LedgerDigest? {
            if batch > start.batch { return stored }
            guard batch == start.batch else { return nil }
            guard start.digest == LedgerDigest.start(after: batch, sum: checksum) else {
                throw LedgerError.damaged("the hash chain does not begin where the ledger stood after batch \(batch)")
            }
            return start.digest
        }
    }

    /// See ``LedgerStore/snapshot(before:)``.
    func snapshot(before number: UInt64) throws(LedgerError) -> Snapshot? {
        try hooks.failures.attempt { [queue] in
            try queue.writeWithoutTransaction { db in try Self.snapshot(before: number, db) }
        }
    }

    static func snapshot(before number: UInt64, _ db: Database) throws -> Snapshot? {
        let last = Int64(clamping: number == 0 ? 0 : number - 1)
        let select = try db.cachedStatement(sql: "SELECT batch FROM snapshot WHERE batch <= ? ORDER BY batch DESC")
        for batch in try Int64.fetchAll(select, arguments: [last]) {
            do {
                if let snapshot = try whole(batch, db) { return snapshot }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {}
        }
        return nil
    }

    func forgotten() throws(LedgerError) -> Mark {
        try hooks.failures.attempt { [queue] in try queue.writeWithoutTransaction(Self.forgotten) }
    }

    /// Where replay begins that leaves out the batches through `number`.
    static func mark(after number: UInt64, _ db: Database) throws -> Mark {
        let forgotten = try forgotten(db)
        if number == forgotten.batch { return forgotten }
        guard number > forgotten.batch else { throw LedgerError.forgotten(through: forgotten.batch) }
        guard let checksum = try checksum(of: number, db) else {
            throw LedgerError.damaged("batch \(number) is missing")
        }
        return Mark(batch: number, checksum: checksum, stored: try storedDigest(of: number, db))
    }

    static func forgotten(_ db: Database) throws -> Mark {
        let select = try db.cachedStatement(sql: "SELECT batch, checksum, digest FROM forgotten WHERE id = 1")
        guard let row = try Row.fetchOne(select) else {
            throw LedgerError.damaged("what was forgotten is not said")
        }
        return Mark(
            batch: UInt64(bitPattern: try row.decode(Int64.self, atIndex: 0)),
            checksum: Checksum(stored: try row.decode(Int64.self, atIndex: 1)),
            stored: try row.decode(Data?.self, atIndex: 2).map(Array.init).flatMap(LedgerDigest.init(bytes:)))
    }

    /// The hash after a batch; nil where there is no such batch, or it came before the chain.
    func digest(after number: UInt64) throws(LedgerError) -> LedgerDigest? {
        try hooks.failures.attempt { [queue, head] in
            try queue.writeWithoutTransaction { db in try Self.digest(after: number, through: head, db) }
        }
    }

    static func digest(
        after number: UInt64, through head: SQLiteStore.Head, _ db: Database
    ) throws -> LedgerDigest? {
        guard number <= head.batch else { return nil }
        let start = try chainStart(db)
        if number == start.batch { return start.digest }
        let forgotten = try forgotten(db)
        return try number == forgotten.batch ? forgotten.stored : storedDigest(of: number, db)
    }

    private static func storedDigest(of batch: UInt64, _ db: Database) throws -> LedgerDigest? {
        guard let number = Int64(exactly: batch) else { return nil }
        let select = try db.cachedStatement(sql: "SELECT digest FROM batch WHERE number = ?")
        guard let row = try Row.fetchOne(select, arguments: [number]) else { return nil }
        return try row.decode(Data?.self, atIndex: 0).map(Array.init).flatMap(LedgerDigest.init(bytes:))
    }

    private static func checksum(of batch: UInt64, _ db: Database) throws -> Checksum? {
        guard let number = Int64(exactly: batch) else { return nil }
        let select = try db.cachedStatement(sql: "SELECT checksum FROM batch WHERE number = ?")
        return try Int64.fetchOne(select, arguments: [number]).map(Checksum.init(stored:))
    }

    /// The snapshot, where every byte of it is as it was written, and it belongs to this log.
    private static func whole(_ batch: Int64, _ db: Database) throws -> Snapshot? {
        let select = try db.cachedStatement(sql: "SELECT chain, parts, checksum FROM snapshot WHERE batch = ?")
        guard let row = try Row.fetchOne(select, arguments: [batch]) else { return nil }
        let chain = Checksum(stored: try row.decode(Int64.self, atIndex: 0))
        let parts = try row.decode(Int64.self, atIndex: 1)
        let sum = Checksum(stored: try row.decode(Int64.self, atIndex: 2))
        let read = try db.cachedStatement(sql: "SELECT part, bytes FROM snapshot_part WHERE batch = ? ORDER BY part")
        let rows = try Row.fetchCursor(read, arguments: [batch])
        var books: [UInt8] = []
        var count: Int64 = 0
        while let row = try rows.next() {
            guard try row.decode(Int64.self, atIndex: 0) == count else { return nil }
            books += try row.decode(Data.self, atIndex: 1)
            count += 1
        }
        let snapshot = Snapshot(batch: UInt64(bitPattern: batch), books: books)
        guard count == parts, sum == Checksum.snapshot(snapshot, chain: chain) else { return nil }
        return try checksum(of: snapshot.batch, db) == chain ? snapshot : nil
    }
}

extension SQLiteStore.Connection {
    /// The chain's sum at the snapshot's batch; nil where the snapshot is there already. A damaged one makes way.
    mutating func prepare(toSave snapshot: Snapshot) throws(LedgerError) -> Checksum? {
        guard snapshot.batch > 0, snapshot.batch <= head.batch, let batch = Int64(exactly: snapshot.batch) else {
            throw .conflict(batch: snapshot.batch)
        }
        return try transaction { db in
            if try Self.whole(batch, db) != nil { return nil }
            guard let chain = try Self.checksum(of: snapshot.batch, db) else {
                throw LedgerError.conflict(batch: snapshot.batch)
            }
            try db.cachedStatement(sql: "DELETE FROM snapshot WHERE batch = ?").execute(arguments: [batch])
            return chain
        }
    }

    mutating func savePart(_ part: Int64, _ bytes: Data, of batch: UInt64) throws(LedgerError) {
        try transaction { db in
            let insert = try db.cachedStatement(sql: "INSERT INTO snapshot_part (batch, part, bytes) VALUES (?, ?, ?)")
            try insert.execute(arguments: [Int64(bitPattern: batch), part, bytes])
        }
    }

    mutating func finish(_ batch: UInt64, chain: Checksum, parts: Int64, sum: Checksum) throws(LedgerError) {
        try transaction { db in
            let insert = try db.cachedStatement(
                sql: "INSERT INTO snapshot (batch, chain, parts, checksum) VALUES (?, ?, ?, ?)")
            try insert.execute(arguments: [Int64(bitPattern: batch), chain.stored, parts, sum.stored])
            let delete = try db.cachedStatement(
                sql: """
                    DELETE FROM snapshot
                    WHERE batch NOT IN (SELECT batch FROM snapshot ORDER BY batch DESC LIMIT \(Snapshot.kept))
                    """)
            try delete.execute()
        }
    }

    /// False where there is none.
    mutating func dropLeftPart() throws(LedgerError) -> Bool {
        try transaction { db in
            let left = "SELECT rowid FROM snapshot_part WHERE batch NOT IN (SELECT batch FROM snapshot) LIMIT 1"
            try db.cachedStatement(sql: "DELETE FROM snapshot_part WHERE rowid = (\(left))").execute()
            return db.changesCount > 0
        }
    }

    /// See ``LedgerStore/forget(through:)``. What the next batch is chained to is kept, so that the rest can still be proved.
    mutating func forget(through number: UInt64) throws(LedgerError) {
        try transaction { db in
            guard number > (try Self.forgotten(db).batch) else { return }
            let kept = try UInt64.fetchAll(db, sql: "SELECT batch FROM snapshot ORDER BY batch")
            guard kept.count >= Snapshot.kept, number < kept[0], let sum = try Self.checksum(of: number, db) else {
                throw LedgerError.conflict(batch: number)
            }
            let last = Int64(bitPattern: number)
            let start = try Self.chainStart(db)
            let digest = try number == start.batch ? start.digest : Self.storedDigest(of: number, db)
            try db.cachedStatement(sql: "DELETE FROM batch WHERE number <= ?").execute(arguments: [last])
            let update = try db.cachedStatement(
                sql: "UPDATE forgotten SET batch = ?, checksum = ?, digest = ? WHERE id = 1")
            try update.execute(arguments: [last, sum.stored, digest.map { Data($0.bytes) }])
        }
    }
}
