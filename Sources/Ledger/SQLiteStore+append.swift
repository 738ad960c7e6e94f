internal import Foundation
internal import GRDB

extension SQLiteStore.Connection {
    /// See ``LedgerStore/append(_:)``. One IMMEDIATE transaction on the calling thread; its price is COMMIT's flush.
    mutating func append(_ batch: Batch) throws(LedgerError) {
        if batch.number <= head.batch { return try compare(batch) }
        guard batch.number == head.batch + 1 else { throw .conflict(batch: batch.number) }
        let after = SQLiteStore.Head(
            batch: batch.number,
            checksum: head.checksum.chained(number: batch.number, entries: batch.entries),
            digest: head.digest.chained(number: batch.number, entries: batch.entries),
            names: head.names)
        head = try transaction { [head] db in
            do {
                return try Self.write(batch, from: head, to: after, db)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                throw LedgerError.conflict(batch: batch.number)
            }
        }
        batchesInLog += 1
    }

    /// See ``LedgerStore/erase(_:number:)``. The text is overwritten in the file, and the log that held it is emptied.
    mutating func erase(_ kind: Name.Kind, number: UInt32) throws(LedgerError) {
        let (kind, number) = (Int64(kind.rawValue), Int64(number))
        try transaction { db in
            let select = try db.cachedStatement(sql: "SELECT batch FROM name WHERE kind = ? AND number = ?")
            guard let batch = try Int64.fetchOne(select, arguments: [kind, number]) else { return }
            let sum = Checksum.name(kind: kind, number: number, batch: batch, text: nil)
            let update = try db.cachedStatement(
                sql: "UPDATE name SET text = NULL, checksum = ? WHERE kind = ? AND number = ?")
            try update.execute(arguments: [sum.stored, kind, number])
        }
        try checkpoint(.truncate)
    }

    /// Runs the body whole or not at all, and durably.
    mutating func transaction<T>(_ body: (Database) throws -> T) throws(LedgerError) -> T {
        var phase = SQLiteFailures.Phase.beforeCommit
        var leftOpen = false
        defer { isBroken = isBroken || leftOpen }
        do {
            return try queue.writeWithoutTransaction { db in
                do {
                    try db.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
                    let result = try body(db)
                    phase = .commit
                    try hooks.commit(db)
                    return result
                } catch {
                    do { try db.rollback() } catch { leftOpen = true }
                    throw error
                }
            }
        } catch {
            let error = hooks.failures.ledgerError(error, in: phase)
            if case .uncertain = error { leftOpen = true }
            throw error
        }
    }

    private static func write(
        _ batch: Batch, from old: SQLiteStore.Head, to new: SQLiteStore.Head, _ db: Database
    ) throws -> SQLiteStore.Head {
        let number = Int64(bitPattern: batch.number)
        var new = new
        let insert = try db.cachedStatement(
            sql: "INSERT INTO batch (number, entries, checksum, digest) VALUES (?, coalesce(?, zeroblob(0)), ?, ?)")
        try insert.execute(
            arguments: [number, Data(batch.entries), new.checksum.stored, Data(new.digest.bytes)])
        for name in batch.names where try define(name, batch: number, db) { new.names += 1 }
        // The condition refuses where another process wrote in spite of the lock, say because the lock file was removed.
        let update = try db.cachedStatement(
            sql: """
                UPDATE head SET batch = ?, checksum = ?, digest = ?, names = ?
                WHERE id = 1 AND batch = ? AND checksum = ?
                """)
        try update.execute(arguments: [
            number, new.checksum.stored, Data(new.digest.bytes), new.names, Int64(bitPattern: old.batch),
            old.checksum.stored,
        ])
        guard db.changesCount == 1 else { throw LedgerError.conflict(batch: batch.number) }
        return new
    }

    /// Whether the name is new. One that is there with the same text is left as it is.
    private static func define(_ name: Name, batch: Int64, _ db: Database) throws -> Bool {
        let (kind, number) = (Int64(name.kind.rawValue), Int64(name.number))
        if let stored = try NameRow.fetch(db, "WHERE kind = ? AND number = ?", [kind, number]).first {
            guard stored.text == Array(name.text.utf8) else {
                throw LedgerError.conflict(batch: UInt64(bitPattern: batch))
            }
            return false
        }
        // Bound as bytes: bound as text, it would end at the first NUL.
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO name (kind, number, batch, text, checksum)
                VALUES (?, ?, ?, CAST(coalesce(?, zeroblob(0)) AS TEXT), ?)
                """)
        let sum = Checksum.name(kind: kind, number: number, batch: batch, text: Array(name.text.utf8))
        try insert.execute(arguments: [kind, number, batch, Data(name.text.utf8), sum.stored])
        return true
    }

    /// Whether the batch that is there under this number is this one. Names erased since then pass.
    ///
    /// Not to be able to read it leaves that open, so it counts as a failure of COMMIT.
    private func compare(_ batch: Batch) throws(LedgerError) {
        let number = Int64(bitPattern: batch.number)
        let isSame = try hooks.failures.attempt(.commit) { [queue] in
            try queue.writeWithoutTransaction { db in
                let entries = try db.cachedStatement(sql: "SELECT entries FROM batch WHERE number = ?")
                let stored = try Data.fetchOne(entries, arguments: [number])
                guard stored.map(Array.init) == batch.entries else { return false }
                let defined = try NameRow.fetch(db, "WHERE batch = ?", [number])
                let wanted = Set(batch.names.map(\.id))
                guard defined.allSatisfy({ $0.id.map(wanted.contains) ?? false }) else { return false }
                return try batch.names.allSatisfy { name in
                    let key: StatementArguments = [Int64(name.kind.rawValue), Int64(name.number)]
                    let stored = try NameRow.fetch(db, "WHERE kind = ? AND number = ?", key).first
                    return stored.map { $0.text == nil || $0.text == Array(name.text.utf8) } ?? false
                }
            }
        }
        guard isSame else { throw .conflict(batch: batch.number) }
    }
}
