internal import Foundation
internal import GRDB

/// Reads a ledger file beside its one writer: batches by their number, and names. It sees what is durable and no more, and
/// changes nothing; a commit never waits for it.
///
/// For projections, reports and exports. One thread at a time; others wait their turn.
public final class LedgerReader: Sendable {
    private let queue: DatabaseQueue

    /// - Throws: ``LedgerError/unavailable(_:)`` where the file cannot be read, ``LedgerError/damaged(_:)`` where it is no ledger.
    public static func open(path: String) throws(LedgerError) -> LedgerReader {
        do { return try LedgerReader(path: path) } catch let error as LedgerError { throw error } catch {
            throw .unavailable("\(path) cannot be read: \(error)")
        }
    }

    private init(path: String) throws {
        // Not read-only for SQLite: the last connection to close moves the write-ahead log into the file, and that may be this one.
        guard case .present = try LedgerFile(path: path).presence() else {
            throw LedgerError.unavailable("\(path) is not there")
        }
        var configuration = Configuration()
        configuration.label = "ledger-reader"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA query_only = 1") }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try read { try LedgerSchema.check($0, path: path) }
    }

    /// One read transaction. Not `DatabaseQueue.read`, which sets `query_only` anew each time: that expires every prepared
    /// statement (sqlite.org, `OP_Expire` after a flag pragma), and preparing them again costs more than reading.
    private func read<T>(_ body: (Database) throws -> T) throws -> T {
        try queue.inDatabase { db in
            try db.beginTransaction(.deferred)
            defer { try? db.commit() }
            return try body(db)
        }
    }

    /// At most `count` batches after the one of this number, in order, oldest first, without their names. Each is proved by the
    /// chain of sums.
    ///
    /// - Throws: ``LedgerError/forgotten(through:)`` where the log no longer reaches back that far,
    ///   ``LedgerError/damaged(_:)`` where a number is missing or a sum does not hold.
    public func batches(after number: UInt64, atMost count: Int) throws -> [Batch] {
        try read { db in
            let mark = try SQLiteStore.Connection.mark(after: number, db)
            let select = try db.cachedStatement(
                sql: "SELECT number, entries, checksum FROM batch WHERE number > ? ORDER BY number LIMIT ?")
            let rows = try Row.fetchCursor(select, arguments: [Int64(bitPattern: number), count])
            var batches: [Batch] = []
            var sum = mark.checksum
            while let row = try rows.next() {
                let next = UInt64(bitPattern: try row.decode(Int64.self, atIndex: 0))
                let entries = Array(try row.decode(Data.self, atIndex: 1))
                sum = sum.chained(number: next, entries: entries)
                guard next == number + UInt64(batches.count) + 1,
                    sum == Checksum(stored: try row.decode(Int64.self, atIndex: 2))
                else { throw LedgerError.damaged("batch \(next) is missing its place, or is not what was written") }
                batches.append(Batch(number: next, entries: entries, names: []))
            }
            return batches
        }
    }

    /// The log's own sum of a batch: another log has another. Nil where the batch is not there.
    public func proof(of batch: UInt64) throws -> Int64? {
        try read { db in
            let select = try db.cachedStatement(sql: "SELECT checksum FROM batch WHERE number = ?")
            return try Int64.fetchOne(select, arguments: [Int64(bitPattern: batch)])
        }
    }

    /// The last batch that the log has forgotten; 0 while it is whole.
    public func forgotten() throws -> UInt64 {
        try read { db in
            UInt64(bitPattern: try Int64.fetchOne(db, sql: "SELECT batch FROM forgotten WHERE id = 1") ?? 0)
        }
    }

    /// The last batch.
    public func last() throws -> UInt64 {
        try read { db in
            let select = try db.cachedStatement(sql: "SELECT batch FROM head WHERE id = 1")
            return UInt64(bitPattern: try Int64.fetchOne(select) ?? 0)
        }
    }

    /// The names of this kind with higher numbers than `number`, in order, those not erased.
    public func names(_ kind: Name.Kind, after number: UInt32) throws -> [Name] {
        try read { db in
            try NameRow.fetch(db, "WHERE kind = ? AND number > ?", [Int64(kind.rawValue), Int64(number)])
        }.compactMap { row in
            guard let bytes = row.text, let number = UInt32(exactly: row.number) else { return nil }
            return Name(kind: kind, number: number, text: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The numbers whose names were erased.
    public func erased(_ kind: Name.Kind) throws -> [UInt32] {
        try read { db in
            try UInt32.fetchAll(
                db, sql: "SELECT number FROM name WHERE kind = ? AND text IS NULL", arguments: [Int64(kind.rawValue)])
        }
    }

    public func close() throws { try queue.close() }
}
