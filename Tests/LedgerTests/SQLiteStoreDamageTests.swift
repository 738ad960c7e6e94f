import Foundation
import GRDB
import Testing

@testable import Ledger

/// A ledger that was changed behind the store's back: it says so, or tells what was written. Never anything else.
struct SQLiteStoreDamageTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.fill(400)
    }

    @Test(arguments: [
        ("UPDATE batch SET entries = CAST(X'00' || substr(entries, 2) AS BLOB) WHERE number = 200", "batch 200 is not"),
        ("UPDATE batch SET checksum = checksum + 1 WHERE number = 7", "batch 7 is not"),
        ("DELETE FROM batch WHERE number = 1", "batch 1 is missing"),
        ("DELETE FROM batch WHERE number = 200", "batch 200 is missing"),
        ("DELETE FROM batch WHERE number = 400", "last batch is 399"),
        ("DELETE FROM batch", "last batch is 0"),
        ("UPDATE batch SET number = -number WHERE number = 5", "missing"),
        (
            """
            UPDATE batch SET number = -1 WHERE number = 10; UPDATE batch SET number = 10 WHERE number = 11;
            UPDATE batch SET number = 11 WHERE number = -1
            """, "batch 10 is not"
        ),
        ("DELETE FROM head", "head"),
        ("UPDATE head SET batch = 399", "last batch is 400"),
        ("DROP TABLE batch", "no such table"),
        ("UPDATE name SET text = 'tenant X' WHERE number = 11", "name 11 of kind 0 is not"),
        ("UPDATE name SET text = NULL WHERE number = 11", "name 11 of kind 0 is not"),
        ("DELETE FROM name WHERE number = 11", "39 names, but 40"),
        ("UPDATE name SET kind = 9 WHERE number = 11", "name 11 of kind 9"),
        ("PRAGMA application_id = 0", "not a ledger"),
    ])
    func saysWhatWasTamperedWith(sql: String, cause: String) throws {
        try scratch.tamper(sql)
        let error = try requireError { _ = try scratch.session(Told.init) }
        #expect(error.isDamaged)
        #expect("\(error)".contains(cause))
    }

    @Test func refusesANewerSchemaAndLeavesItAlone() throws {
        try scratch.tamper("PRAGMA user_version = 4")
        let before = try bytes()
        let error = try requireError { _ = try scratch.session(Told.init) }
        #expect(error.isUnavailable)
        #expect("\(error)".contains("newer bursar (schema 4, this one knows 3)"))
        #expect(try bytes() == before)
    }

    @Test func refusesAFileOfSomebodyElse() throws {
        let other = scratch.directory + "/other.db"
        try DatabaseQueue(path: other).inDatabase { try $0.execute(sql: "CREATE TABLE t (a)") }
        let error = try requireError { _ = try SQLiteStore.open(path: other) }
        #expect(error.isDamaged)
        #expect("\(error)".contains("not a ledger"))
    }

    @Test(arguments: [0, 1, 99, 100, 512, 4095, 4096, 4097, 8192, 20_000])
    func refusesAFileCutShort(length: Int) throws {
        try write(bytes().prefix(length))
        #expect(try requireError { _ = try scratch.session(Told.init) }.isDamaged)
    }

    @Test func refusesAGarbageHeader() throws {
        var bytes = try bytes()
        bytes.replaceSubrange(0..<100, with: Data(repeating: 0x5A, count: 100))
        try write(bytes)
        #expect(try requireError { _ = try scratch.session(Told.init) }.isDamaged)
    }

    @Test func refusesALogWithoutItsFile() throws {
        try FileManager.default.moveItem(atPath: scratch.ledger, toPath: scratch.ledger + "-wal")
        #expect(try requireError { _ = try scratch.session(Told.init) }.isDamaged)
    }

    @Test(arguments: 0..<6)
    func neverTellsAnythingElseWhateverByteIsChanged(seed: UInt64) throws {
        let whole = try bytes()
        var chance = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<40 {
            var bytes = whole
            chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[Int(chance >> 33) % whole.count] ^= UInt8(truncatingIfNeeded: (chance >> 20) | 1)
            try write(bytes)
            do {
                #expect(try scratch.session(Told.init) == Told(upTo: 400))
            } catch is LedgerError {}
        }
    }

    @Test(arguments: 0..<6)
    func neverTellsAnythingElseWhateverPageIsLost(seed: Int) throws {
        let whole = try bytes()
        for page in stride(from: seed, to: whole.count / 4096, by: 6) {
            var bytes = whole
            bytes.replaceSubrange(page * 4096..<(page + 1) * 4096, with: Data(count: 4096))
            try write(bytes)
            do {
                #expect(try scratch.session(Told.init) == Told(upTo: 400))
            } catch is LedgerError {}
        }
    }

    private func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: scratch.ledger)) }

    private func write(_ bytes: Data) throws {
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: scratch.ledger + suffix) }
        try bytes.write(to: URL(fileURLWithPath: scratch.ledger))
    }
}
