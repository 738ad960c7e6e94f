import Foundation
import GRDB
import Testing

@testable import Ledger

/// What the plain sums do not stop: somebody who knows how they are made.
struct HashChainTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.fill(30)
    }

    /// Gives every batch, and the head, the plain sums that fit what is there now.
    private func forgeSums() throws {
        try DatabaseQueue(path: scratch.ledger).inDatabase { db in
            var sum = Checksum.basis
            for row in try Row.fetchAll(db, sql: "SELECT number, entries FROM batch ORDER BY number") {
                let number: Int64 = row[0]
                sum = sum.chained(number: UInt64(number), entries: Array(row[1] as Data))
                try db.execute(
                    sql: "UPDATE batch SET checksum = ? WHERE number = ?", arguments: [sum.stored, number])
            }
            try db.execute(sql: "UPDATE head SET checksum = ?", arguments: [sum.stored])
        }
    }

    @Test(arguments: [
        ("UPDATE batch SET entries = X'00' WHERE number = 20", "batch 20 is not what was written: its hash"),
        ("UPDATE batch SET digest = zeroblob(32) WHERE number = 20", "batch 20 is not what was written: its hash"),
        ("UPDATE batch SET digest = NULL WHERE number = 20", "a hash is missing"),
        ("UPDATE chain SET digest = zeroblob(32)", "hash chain does not begin"),
        ("DELETE FROM chain", "where the hash chain begins"),
        ("UPDATE head SET digest = zeroblob(32)", "last batch"),
    ])
    func seesAForgeryWhosePlainSumsHold(sql: String, cause: String) throws {
        try scratch.tamper(sql)
        try forgeSums()
        let error = try requireError { _ = try scratch.session(Told.init) }
        #expect(error.isDamaged)
        #expect("\(error)".contains(cause))
    }

    /// Who forges all hashes too is found by whoever kept a head.
    @Test func aHeadThatWasKeptTellsALogThatWasWrittenAnew() throws {
        let (kept, before) = try scratch.session { (try $0.digest(after: 25), try $0.digest(after: 11)) }
        let other = try Scratch()
        try other.session { store in
            for number in 1...30 {
                try store.append(number == 12 ? Batch(number: 12, entries: [1], names: []) : Scratch.batch(number))
            }
            #expect(try store.digest(after: 25) != kept)
            #expect(try store.digest(after: 11) == before)
        }
    }

    @Test func aLedgerWithoutAChainOpensAndGoesOn() throws {
        try scratch.tamper(
            """
            DROP TABLE chain; ALTER TABLE batch DROP COLUMN digest; ALTER TABLE head DROP COLUMN digest;
            ALTER TABLE forgotten DROP COLUMN digest;
            DELETE FROM grdb_migrations WHERE identifier = '3'; PRAGMA user_version = 2;
            """)
        let start = try scratch.session { (store: SQLiteStore) throws -> LedgerDigest? in
            #expect(try Told(store) == Told(upTo: 30))
            try store.append(Scratch.batch(31))
            try store.append(Scratch.batch(32))
            #expect(try store.digest(after: 29) == nil)
            return try store.digest(after: 30)
        }
        #expect(start != nil)
        try scratch.session { (store: SQLiteStore) throws -> Void in
            #expect(try Told(store) == Told(upTo: 32))
            #expect(try store.digest(after: 30) == start)
            #expect(
                try store.head().digest
                    == start?.chained(number: 31, entries: Scratch.batch(31).entries)
                    .chained(number: 32, entries: Scratch.batch(32).entries))
        }
        // What was there before is bound into the beginning of the chain.
        try scratch.tamper("UPDATE batch SET entries = X'00' WHERE number = 20")
        try forgeSums()
        #expect(try requireError { _ = try scratch.session(Told.init) }.isDamaged)
    }

    @Test func forgettingThroughWhereTheChainBeginsKeepsIt() throws {
        try scratch.session { store in
            for number in [28, 30] as [UInt64] { try store.save(Snapshot(batch: number, books: [UInt8(number)])) }
            try store.forget(through: 27)
            try store.append(Scratch.batch(31))
        }
        try scratch.session { store in try store.replay(after: 27) { _ in } }
        try scratch.tamper("UPDATE forgotten SET digest = zeroblob(32)")
        #expect(try requireError { try scratch.session { try $0.replay(after: 27) { _ in } } }.isDamaged)
    }
}
