internal import Foundation
internal import GRDB

extension SQLiteStore.Connection {
    /// See ``LedgerStore/replay(after:_:)``. Every batch is proved before it is handed over; that none is missing at the end,
    /// after the last.
    func replay(after number: UInt64, _ body: (Batch) throws -> Void) throws {
        let bodysError = try hooks.failures.attempt { [queue, head] in
            try queue.writeWithoutTransaction { db in try Self.replay(after: number, through: head, db, body) }
        }
        if let bodysError { throw bodysError }
    }

    /// Returns the body's error, so that it is not taken for the store's.
    static func replay(
        after number: UInt64, through head: SQLiteStore.Head, _ db: Database, _ body: (Batch) throws -> Void
    ) throws -> (any Error)? {
        guard number <= head.batch else { throw LedgerError.shorter(than: number, last: head.batch) }
        let mark = try mark(after: number, db)
        let start = try chainStart(db)
        // After nothing, a line below 1 must not pass unseen.
        let rows = try Row.fetchCursor(
            db, sql: "SELECT number, entries, checksum, digest FROM batch WHERE number > ? ORDER BY number",
            arguments: [mark.batch == 0 ? Int64.min : Int64(bitPattern: mark.batch)])
        var last = mark.batch
        var sum = mark.checksum
        var digest = try mark.digest(start)
        while let row = try rows.next() {
            let number = UInt64(bitPattern: try row.decode(Int64.self, atIndex: 0))
            let entries = Array(try row.decode(Data.self, atIndex: 1))
            guard number == last + 1 else {
                throw LedgerError.damaged("batch \(last + 1) is missing; the next one is \(number)")
            }
            sum = sum.chained(number: number, entries: entries)
            guard sum == Checksum(stored: try row.decode(Int64.self, atIndex: 2)) else {
                throw LedgerError.damaged("batch \(number) is not what was written: its sum does not hold")
            }
            digest = digest?.chained(number: number, entries: entries)
            if let digest, try Self.digest(row.decode(Data?.self, atIndex: 3)) != digest {
                throw LedgerError.damaged("batch \(number) is not what was written: its hash does not hold")
            }
            last = number
            digest = try digest ?? Mark(batch: number, checksum: sum).digest(start)
            do { try body(Batch(number: number, entries: entries, names: [])) } catch { return error }
        }
        guard last == head.batch, sum == head.checksum, digest == head.digest else {
            throw LedgerError.damaged("batch \(last + 1) is missing; the last one is \(head.batch)")
        }
        return nil
    }

    /// See ``LedgerStore/names()``.
    func names() throws(LedgerError) -> [Name] {
        let rows = try hooks.failures.attempt { [queue] in try queue.writeWithoutTransaction { try NameRow.fetch($0) } }
        return try Self.names(rows, count: head.names)
    }

    static func names(_ rows: [NameRow], count: Int64) throws(LedgerError) -> [Name] {
        guard Int64(rows.count) == count else {
            throw .damaged("there are \(rows.count) names, but \(count) were written")
        }
        var names: [Name] = []
        for row in rows {
            guard row.holds, let id = row.id else {
                throw .damaged("name \(row.number) of kind \(row.kind) is not what was written: its sum does not hold")
            }
            guard let bytes = row.text else { continue }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .damaged("name \(row.number) of kind \(row.kind) is no text")
            }
            names.append(Name(kind: id.kind, number: id.number, text: text))
        }
        return names
    }

    /// See ``LedgerStore/lastNumber(_:)``. An erased name keeps its line.
    func lastNumber(_ kind: Name.Kind) throws(LedgerError) -> UInt32 {
        let last = try hooks.failures.attempt { [queue] in
            try queue.writeWithoutTransaction { db in
                let select = try db.cachedStatement(sql: "SELECT max(number) FROM name WHERE kind = ?")
                return try Int64.fetchOne(select, arguments: [Int64(kind.rawValue)]) ?? 0
            }
        }
        guard let number = UInt32(exactly: last) else {
            throw .damaged("name \(last) of kind \(kind.rawValue) is not what was written")
        }
        return number
    }
}

/// A line of the table of names, as it stands.
struct NameRow {
    let kind: Int64
    let number: Int64
    let batch: Int64
    /// UTF-8; nil once it is erased.
    let text: [UInt8]?
    let checksum: Checksum

    /// By kind, then number.
    static func fetch(
        _ db: Database, _ condition: String = "", _ arguments: StatementArguments = []
    ) throws -> [NameRow] {
        let columns = "kind, number, batch, CAST(text AS BLOB), checksum"
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM name \(condition) ORDER BY kind, number")
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        var found: [NameRow] = []
        while let row = try rows.next() {
            found.append(
                NameRow(
                    kind: try row.decode(Int64.self, atIndex: 0), number: try row.decode(Int64.self, atIndex: 1),
                    batch: try row.decode(Int64.self, atIndex: 2),
                    text: try row.decode(Data?.self, atIndex: 3).map(Array.init),
                    checksum: Checksum(stored: try row.decode(Int64.self, atIndex: 4))))
        }
        return found
    }

    var holds: Bool { Checksum.name(kind: kind, number: number, batch: batch, text: text) == checksum }

    /// Which name it is; nil where there is no such kind or number.
    var id: Name.ID? {
        guard let number = UInt32(exactly: number) else { return nil }
        return UInt8(exactly: kind).flatMap(Name.Kind.init).map { Name.ID(kind: $0, number: number) }
    }
}

extension Name {
    struct ID: Hashable {
        let kind: Kind
        let number: UInt32
    }

    var id: ID { ID(kind: kind, number: number) }
}
