import Foundation
import GRDB
import Testing

@testable import Ledger

struct SQLiteStoreTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: LedgerStoreConformance.checks)
    func conforms(to check: LedgerStoreConformance.Check) throws {
        try LedgerStoreConformance { [scratch] in try SQLiteStore.open(path: scratch.ledger) }.run(check)
    }

    @Test func refusesASecondStoreByWhateverPath() throws {
        let pid = ProcessInfo.processInfo.processIdentifier
        try scratch.session { store in
            let link = scratch.directory + "/link.db"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: store.path)
            for path in [scratch.ledger, scratch.directory + "/./ledger.db", link] {
                let error = try requireError { _ = try SQLiteStore.open(path: path) }
                #expect(error == .held(path: store.path, pid: pid))
            }
        }
        try scratch.session { _ in }
    }

    @Test func runsWithFullDurability() throws {
        try scratch.fill(1)
        try scratch.session { store in
            let settings = try store.inspect { db in
                try ["journal_mode", "synchronous", "secure_delete", "application_id", "user_version"].map {
                    try String.fetchOne(db, sql: "PRAGMA \($0)")
                }
            }
            #expect(settings == ["wal", "2", "1", "1112887891", "3"])
        }
    }

    @Test func findsEveryAcknowledgedBatchInALogLeftBehind() throws {
        let copy = scratch.directory + "/copy.db"
        try scratch.session { store in
            for number in 1...50 { try store.append(Scratch.batch(number)) }
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: store.path + suffix, toPath: copy + suffix)
            }
        }
        #expect(try Scratch.session(copy, Told.init) == Told(upTo: 50))
    }

    @Test func losesNothingAcknowledgedWhenKilled() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = scratch.ledger as String] in
            let store = try SQLiteStore.open(path: path)
            for number in 1...20 { try store.append(Scratch.batch(number)) }
            kill(getpid(), SIGKILL)
        }
        #expect(try scratch.session(Told.init) == Told(upTo: 20))
    }

    @Test func startsAgainAfterAStartThatWasInterrupted() throws {
        for suffix in [".new", ".new-wal", ".new-shm"] {
            try "half a draft".write(toFile: scratch.ledger + suffix, atomically: false, encoding: .utf8)
        }
        #expect(try scratch.session(Told.init) == Told(upTo: 0))
        #expect(!FileManager.default.fileExists(atPath: scratch.ledger + ".new"))
    }

    @Test func leavesOneFileAndTheLockWhenClosed() throws {
        try scratch.fill(3)
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.directory)
        #expect(files.sorted() == ["ledger.db", "ledger.db.lock"])
    }

    @Test func movesTheLogOnceEnoughIsInIt() throws {
        try scratch.session { store in
            for number in 1...9 { try store.append(Scratch.batch(number)) }
            try store.checkpoint(every: 10)
            #expect(try waitingFrames(store) > 0)
            try store.append(Scratch.batch(10))
            try store.checkpoint(every: 10)
            #expect(try waitingFrames(store) == 0)
        }
        #expect(try scratch.session(Told.init) == Told(upTo: 10))
    }

    @Test func leavesNoByteOfAnErasedNameInItsFiles() throws {
        let secret = Name(kind: .user, number: 1, text: "mallory@example.com")
        try scratch.session { store in
            try store.append(Batch(number: 1, entries: [1], names: [secret]))
            try store.erase(.user, number: 1)
            for file in [store.path, store.path + "-wal"] {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
                #expect(bytes.range(of: Data(secret.text.utf8)) == nil)
            }
        }
    }

    @Test func refusesWhenAnotherProcessWroteInSpiteOfTheLock() throws {
        try scratch.session { store in
            try store.append(Scratch.batch(1))
            try FileManager.default.removeItem(atPath: store.path + ".lock")
            try scratch.session { try $0.append(Scratch.batch(2)) }
            let late = Batch(number: 2, entries: [1], names: [])
            #expect(throws: LedgerError.conflict(batch: 2)) { try store.append(late) }
        }
        #expect(try scratch.session(Told.init) == Told(upTo: 2))
    }

    @Test func saysNothingOnceItIsClosed() throws {
        let store = try SQLiteStore.open(path: scratch.ledger)
        try store.close()
        #expect(try requireError { try store.append(Scratch.batch(1)) }.isUnavailable)
        try store.close()
    }

    /// Frames in the log that are not in the file, as a passive checkpoint of our own tells.
    private func waitingFrames(_ store: SQLiteStore) throws -> Int {
        let file = try Data(contentsOf: URL(fileURLWithPath: store.path + "-shm"))
        // https://www.sqlite.org/walformat.html#the_wal_index_file_format: mxFrame at 16, nBackfill at 96
        func number(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) } }
        return number(16) - number(96)
    }
}
