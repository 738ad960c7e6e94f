import Foundation
import GRDB
import Synchronization
import Testing

@testable import Ledger

/// What the store answers when the disk does not do as told.
struct SQLiteStoreFailureTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    // MARK: no room

    @Test func refusesAsFullAndTakesTheSameBatchOnceThereIsRoom() throws {
        try scratch.session { store in
            try store.append(Scratch.batch(1))
            try store.inspect { try $0.execute(sql: "PRAGMA max_page_count = 20") }
            let large = Batch(number: 2, entries: Array(repeating: 7, count: 200_000), names: [])
            for _ in 0..<2 { #expect(try requireError { try store.append(large) }.isFull) }
            #expect(try Told(store) == Told(upTo: 1))
            try store.append(Scratch.batch(2))
            try store.inspect { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
            try store.append(Batch(number: 3, entries: large.entries, names: []))
            #expect(try Told(store).batches.count == 3)
        }
    }

    @Test(.enabled(if: SmallDisk.isAllowed, "mounting a tmpfs is not allowed here"))
    func refusesOnAFullDiskAndTakesTheSameBatchOnceThereIsRoom() throws {
        let disk = try SmallDisk(in: scratch, kilobytes: 1024)
        let path = disk.directory + "/ledger.db"
        let ballast = disk.directory + "/ballast"
        let written = try Scratch.session(path) { store in
            try store.append(Scratch.batch(1))
            try Data(count: 300_000).write(to: URL(fileURLWithPath: ballast))
            var number = 2
            var refusal: LedgerError?
            while refusal == nil, number < 1_000 {
                do {
                    try store.append(Scratch.batch(number))
                    number += 1
                } catch let error as LedgerError {
                    refusal = error
                }
            }
            #expect(refusal?.isFull == true, "\(refusal.map(String.init(describing:)) ?? "never full")")
            #expect(try requireError { try store.append(Scratch.batch(number)) }.isFull)
            #expect(try Told(store) == Told(upTo: number - 1))
            try FileManager.default.removeItem(atPath: ballast)
            try store.append(Scratch.batch(number))
            #expect(try Told(store) == Told(upTo: number))
            return number
        }
        #expect(try Scratch.session(path, Told.init) == Told(upTo: written))
    }

    // MARK: a lost commit

    @Test(arguments: [false, true])
    func learnsByAskingAgainWhetherALostCommitIsIn(isIn: Bool) throws {
        let store = try store { db in
            if isIn { try db.commit() }
            throw DatabaseError(resultCode: .SQLITE_IOERR_WRITE)
        }
        #expect(try requireError { try store.append(Scratch.batch(1)) }.isUncertain)
        #expect(try Told(store) == Told(upTo: isIn ? 1 : 0))
        try store.append(Scratch.batch(1))
        try store.append(Scratch.batch(2))
        try store.close()
        #expect(try scratch.session(Told.init) == Told(upTo: 2))
    }

    @Test func refusesAnotherBatchInThePlaceOfALostOneThatIsIn() throws {
        let store = try store { db in
            try db.commit()
            throw DatabaseError(resultCode: .SQLITE_IOERR)
        }
        #expect(try requireError { try store.append(Scratch.batch(1)) }.isUncertain)
        let other = Batch(number: 1, entries: [1], names: [])
        #expect(throws: LedgerError.conflict(batch: 1)) { try store.append(other) }
    }

    @Test func staysUncertainWhileTheLedgerCannotBeOpenedAgain() throws {
        let store = try store { db in
            try db.commit()
            throw DatabaseError(resultCode: .SQLITE_IOERR)
        }
        #expect(try requireError { try store.append(Scratch.batch(1)) }.isUncertain)
        // A directory in the place of the log: nobody can read it, not even root.
        let log = store.path + "-wal"
        try? FileManager.default.removeItem(atPath: log)
        try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: false)
        for _ in 0..<2 { #expect(try requireError { try store.append(Scratch.batch(1)) }.isUncertain) }
        try FileManager.default.removeItem(atPath: log)
        try store.append(Scratch.batch(1))
        #expect(try Told(store) == Told(upTo: 1))
    }

    @Test func knowsThatAFullCommitIsNotIn() throws {
        let store = try store { _ in throw DatabaseError(resultCode: .SQLITE_FULL) }
        #expect(try requireError { try store.append(Scratch.batch(1)) }.isFull)
        #expect(try Told(store) == Told(upTo: 0))
        try store.append(Scratch.batch(1))
    }

    // MARK: a failed flush

    @Test(arguments: [10 | 4 << 8, 10 | 5 << 8])  // SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC
    func endsTheProcessWhenAFlushFails(code: Int32) async throws {
        await #expect(processExitsWith: .exitCode(70)) { [path = scratch.ledger as String, code = code as Int32] in
            let failures = SQLiteFailures { cause in
                exit(cause.contains("SQLite \(code)") ? 70 : 1)
            }
            let failure = DatabaseError(resultCode: ResultCode(rawValue: code))
            let hooks = SQLiteStore.Hooks(failures: failures) { _ in throw failure }
            let store = try SQLiteStore(path: path, hooks: hooks)
            try store.append(Scratch.batch(1))
        }
    }

    @Test func saysWhyItEndsTheProcess() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            SQLiteStore.endProcess("SQLite 1034")
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("the ledger's disk failed to flush (SQLite 1034)"))
    }

    // MARK: others

    @Test func writesNothingWhileAnotherConnectionWrites() throws {
        try scratch.session { store in
            try store.inspect { try $0.execute(sql: "PRAGMA busy_timeout = 10") }
            let other = try DatabaseQueue(path: store.path)
            try other.inDatabase { db in
                try db.execute(sql: "BEGIN IMMEDIATE")
                #expect(try requireError { try store.append(Scratch.batch(1)) }.isUnavailable)
                try db.execute(sql: "ROLLBACK")
            }
            try store.append(Scratch.batch(1))
            #expect(try Told(store) == Told(upTo: 1))
        }
    }

    @Test func saysWhenTheDirectoryIsMissing() throws {
        let error = try requireError { _ = try SQLiteStore.open(path: scratch.directory + "/missing/ledger.db") }
        #expect(error.isUnavailable)
        #expect("\(error)".contains("directory"))
    }

    /// A store whose next commit, and only that, is replaced.
    private func store(firstCommit: @escaping @Sendable (Database) throws -> Void) throws -> SQLiteStore {
        let isFirst = Once()
        let failures = SQLiteFailures(syncFailed: SQLiteStore.endProcess)
        return try SQLiteStore(
            path: scratch.ledger,
            hooks: SQLiteStore.Hooks(failures: failures) { db in
                if isFirst.take() { try firstCommit(db) } else { try db.commit() }
            })
    }
}

private final class Once: Sendable {
    private let isTaken = Atomic(false)

    func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }
}

/// A disk of its own, in memory, as small as one likes.
final class SmallDisk {
    let directory: String

    static let isAllowed: Bool = {
        guard let scratch = try? Scratch(), let disk = try? SmallDisk(in: scratch, kilobytes: 64) else { return false }
        withExtendedLifetime(disk) {}
        return true
    }()

    init(in scratch: Scratch, kilobytes: Int) throws {
        directory = scratch.directory + "/disk"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        guard Self.run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", directory) else {
            throw CocoaError(.fileWriteNoPermission)
        }
    }

    deinit {
        _ = Self.run("umount", directory)
    }

    private static func run(_ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
