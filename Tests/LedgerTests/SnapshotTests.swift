import Budgeting
import ExactMoney
import Foundation
import GRDB
import Logging
import Synchronization
import Testing

@testable import Ledger

/// A ledger of many seeded calls, opened and closed again and again, with a snapshot every few entries.
struct SnapshotTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func aStartFromASnapshotIsAStartFromTheWholeLog(seed: UInt64) throws {
        var traffic = Traffic(seed: seed)
        for _ in 0..<5 {
            let books = try session(retention: Retention(windowsDays: 0, snapshotEvery: 40)) { ledger in
                traffic.run(200, on: ledger)
            }
            let (started, whole) = try scratch.session { store in
                (try Opening(store: store), try Self.fold(store))
            }
            #expect(try scratch.session { try $0.snapshot(before: .max)?.batch } == started.lastBatch)
            // What is left of the windows that are over differs; nothing else does.
            #expect(Self.forgetting(started.books) == Self.forgetting(whole), "seed \(seed)")
            #expect(Self.forgetting(started.books) == Self.forgetting(books), "seed \(seed)")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func retentionKeepsEveryBalanceReservationCapAndName(seed: UInt64) throws {
        // Two ledgers are told the same; one forgets whatever it may.
        let other = try Scratch()
        var traffic = Traffic(seed: seed)
        var twin = Traffic(seed: seed)
        for round in 0..<6 {
            let retention = Retention(entriesDays: 1, windowsDays: 0, snapshotEvery: 30)
            let forgetful = try session(retention: retention) { traffic.run(150, on: $0) }
            let whole = try Self.session(other.ledger, Retention(windowsDays: 10_000)) { twin.run(150, on: $0) }
            #expect(Self.forgetting(forgetful) == Self.forgetting(whole), "seed \(seed), round \(round)")
            #expect(try scratch.session { try $0.names() } == other.session { try $0.names() })
        }
        #expect(try scratch.session { try $0.forgotten() } > 0)
        #expect(try other.session { try $0.forgotten() } == 0)
        let error = try requireError { try scratch.session { try $0.replay { _ in } } }
        #expect(error.isDamaged)
    }

    @Test func keepsReportsForAsLongAsItIsAsked() throws {
        var traffic = Traffic(seed: 1)
        let kept = try session(retention: Retention(windowsDays: 10_000, snapshotEvery: 10)) {
            traffic.run(400, on: $0)
        }
        let reopened = try session(retention: Retention(windowsDays: 10_000)) { _ in }
        #expect(Set(reopened.balances.keys) == Set(kept.balances.keys) && reopened.tallies == kept.tallies)
    }

    // MARK: damage

    @Test(arguments: [
        "UPDATE snapshot_part SET bytes = CAST(X'00' || substr(bytes, 2) AS BLOB) WHERE batch = (SELECT max(batch) FROM snapshot)",
        "DELETE FROM snapshot_part WHERE batch = (SELECT max(batch) FROM snapshot)",
        "UPDATE snapshot SET chain = chain + 1 WHERE batch = (SELECT max(batch) FROM snapshot)",
        "UPDATE snapshot SET parts = 2 WHERE batch = (SELECT max(batch) FROM snapshot)",
        "UPDATE snapshot SET batch = batch + 1 WHERE batch = (SELECT max(batch) FROM snapshot)",
        "UPDATE snapshot SET checksum = 0 WHERE batch = (SELECT max(batch) FROM snapshot)",
        "UPDATE snapshot SET checksum = 0", "DELETE FROM snapshot", "DELETE FROM snapshot_part",
    ])
    func startsWithoutASnapshotThatIsDamaged(sql: String) throws {
        var traffic = Traffic(seed: 9)
        for _ in 0..<3 { _ = try session(retention: Retention(snapshotEvery: 50)) { traffic.run(100, on: $0) } }
        let before = try scratch.session { try Opening(store: $0).books }
        try scratch.tamper(sql)
        #expect(try scratch.session { try Opening(store: $0).books } == before)
        // The next one makes good for it.
        _ = try session(retention: Retention()) { traffic.run(10, on: $0) }
        #expect(try scratch.session { try Opening(store: $0).entriesReplayed } == 0)
    }

    @Test func refusesToStartWhereNoSnapshotOfWhatWasForgottenHolds() throws {
        var traffic = Traffic(seed: 2)
        for _ in 0..<4 {
            _ = try session(retention: Retention(entriesDays: 0, snapshotEvery: 30)) { traffic.run(100, on: $0) }
        }
        #expect(try scratch.session { try $0.forgotten() } > 0)
        try scratch.tamper("UPDATE snapshot_part SET bytes = zeroblob(length(bytes))")
        #expect(try requireError { _ = try scratch.session { try Opening(store: $0) } }.isDamaged)
    }

    @Test(arguments: [
        "UPDATE forgotten SET batch = batch + 1", "UPDATE forgotten SET batch = batch - 1",
        "UPDATE forgotten SET checksum = checksum + 1", "DELETE FROM forgotten",
        "DELETE FROM batch WHERE number = (SELECT batch + 1 FROM forgotten)",
    ])
    func provesWhatIsLeftOfTheLog(sql: String) throws {
        var traffic = Traffic(seed: 4)
        for _ in 0..<4 {
            _ = try session(retention: Retention(entriesDays: 0, snapshotEvery: 30)) { traffic.run(100, on: $0) }
        }
        let forgotten = try scratch.session { try $0.forgotten() }
        #expect(forgotten > 0)
        try scratch.session { try $0.replay(after: forgotten) { _ in } }
        try scratch.tamper(sql)
        #expect(try requireError { try scratch.session { try $0.replay(after: $0.forgotten()) { _ in } } }.isDamaged)
    }

    @Test(arguments: 0..<4)
    func neverStartsOnOtherBooksWhateverByteIsChanged(seed: UInt64) throws {
        var traffic = Traffic(seed: 7)
        for _ in 0..<3 { _ = try session(retention: Retention(snapshotEvery: 50)) { traffic.run(60, on: $0) } }
        let before = try scratch.session { try Opening(store: $0).books }
        let file = URL(fileURLWithPath: scratch.ledger)
        let whole = try Data(contentsOf: file)
        var chance = Seeded(seed)
        for _ in 0..<60 {
            var bytes = whole
            bytes[Int(chance.number(0...Int64(whole.count) - 1))] ^= UInt8(chance.number(1...255))
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: scratch.ledger + suffix) }
            try bytes.write(to: file)
            do {
                #expect(try scratch.session { try Opening(store: $0).books } == before)
            } catch is LedgerError {}
        }
    }

    // MARK: crashes

    @Test func aSnapshotThatWasBegunIsNoneAndMakesWay() throws {
        try scratch.fill(3)
        try scratch.tamper(
            "INSERT INTO snapshot_part (batch, part, bytes) VALUES (3, 0, X'01'), (3, 1, X'02'), (2, 5, X'')")
        let snapshot = Snapshot(batch: 3, books: Array(repeating: 5, count: SQLiteStore.bytesPerPart + 1))
        try scratch.session { store in
            #expect(try store.snapshot(before: .max) == nil)
            try store.save(snapshot)
        }
        try scratch.session { store in
            let found = try store.snapshot(before: .max)
            let parts = try store.inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM snapshot_part") }
            #expect(found == snapshot && parts == 2)
        }
    }

    /// Every commit of saving and forgetting is the last that the disk takes, once.
    @Test func losesNothingWhereverSavingAndForgettingEnd() throws {
        let books = (1...3).map { seed in Array(repeating: UInt8(seed), count: SQLiteStore.bytesPerPart * 2) }
        for commits in 0..<40 {
            let scratch = try Scratch()
            try scratch.fill(20)
            let left = Mutex(commits)
            let hooks = SQLiteStore.Hooks(failures: SQLiteFailures(syncFailed: SQLiteStore.endProcess)) { db in
                let isLast = left.withLock { left in
                    left -= 1
                    return left < 0
                }
                if isLast { throw DatabaseError(resultCode: .SQLITE_FULL) }
                try db.commit()
            }
            let store = try SQLiteStore(path: scratch.ledger, hooks: hooks)
            var wasAllDone = true
            do {
                for (books, batch) in zip(books, [5, 10, 15] as [UInt64]) {
                    try store.save(Snapshot(batch: batch, books: books))
                }
                try store.forget(through: 4)
                try store.forget(through: 9)
            } catch is LedgerError { wasAllDone = false }
            try? store.close()
            try scratch.session { store in
                let forgotten = try store.forgotten()
                #expect(forgotten == 0 || [4, 9].contains(forgotten))
                var found: [UInt64] = []
                try store.replay(after: forgotten) { found.append($0.number) }
                #expect(found == Array(forgotten + 1...20), "\(commits) commits")
                let newest = try store.snapshot(before: .max)
                if forgotten > 0 { #expect(newest?.batch == 15) }
                if let newest { #expect(newest.books == books[Int(newest.batch) / 5 - 1]) }
            }
            if wasAllDone { return }
        }
        Issue.record("saving and forgetting took more than 40 commits")
    }

    @Test func losesNothingWhenKilledAtAnyMoment() async throws {
        for milliseconds in [20, 60, 120] {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = scratch.ledger as String, milliseconds = milliseconds as Int] in
                Thread.detachNewThread {
                    Thread.sleep(forTimeInterval: Double(milliseconds) / 1_000)
                    kill(getpid(), SIGKILL)
                }
                var traffic = Traffic(seed: UInt64(milliseconds))
                let retention = Retention(entriesDays: 0, windowsDays: 0, snapshotEvery: 5)
                _ = try SnapshotTests.session(path, retention) { while true { traffic.run(10, on: $0) } }
            }
            // It opens, and what is left of the log is whole.
            _ = try scratch.session { try Opening(store: $0) }
            try scratch.session { try $0.replay(after: $0.forgotten()) { _ in } }
        }
    }

    // MARK: older ledgers

    @Test func opensALedgerFromBeforeSnapshots() throws {
        try scratch.fill(30)
        try scratch.tamper(
            """
            DROP TABLE snapshot; DROP TABLE snapshot_part; DROP TABLE forgotten; DROP TABLE chain;
            ALTER TABLE batch DROP COLUMN digest; ALTER TABLE head DROP COLUMN digest;
            DELETE FROM grdb_migrations WHERE identifier IN ('2', '3'); PRAGMA user_version = 1;
            """)
        #expect(try scratch.session(Told.init) == Told(upTo: 30))
        try scratch.session { store in
            try store.save(Snapshot(batch: 30, books: [1]))
            #expect(try store.inspect { try Int.fetchOne($0, sql: "PRAGMA user_version") } == LedgerSchema.version)
        }
    }

    // MARK: commits go on

    @Test func commitsGoOnWhileASnapshotIsSavedAndTheLogIsMoved() async throws {
        let store = try SQLiteStore.open(path: scratch.ledger)
        try store.append(Scratch.batch(1))
        let books = [UInt8](repeating: 3, count: 20 * SQLiteStore.bytesPerPart)
        let isDone = Atomic(false)
        let keeper = DispatchQueue(label: "keeper")
        keeper.async {
            try? store.save(Snapshot(batch: 1, books: books))
            for _ in 0..<10 { try? store.checkpoint(every: 1) }
            isDone.store(true, ordering: .releasing)
        }
        var count = 1
        while !isDone.load(ordering: .acquiring) {
            count += 1
            try store.append(Scratch.batch(count))
        }
        #expect(count > 20)
        #expect(try store.snapshot(before: .max)?.books == books)
        try store.close()
        #expect(try scratch.session(Told.init) == Told(upTo: count))
    }
}

extension SnapshotTests {
    static func session(_ path: String, _ retention: Retention, _ body: (Ledger) throws -> Void) throws -> Books {
        let start = Traffic.start
        let ledger = try Ledger.open(
            SQLiteStore.open(path: path), caps: Caps(everyTenantDaily: .limit(Money(nanodollars: 1_000_000_000_000))),
            policy: .init(thresholds: Thresholds()), retention: retention, clock: { start },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        defer { ledger.close() }
        try body(ledger)
        return ledger.read { books, _, _, _ in books }
    }

    private func session(retention: Retention, _ body: (Ledger) throws -> Void) throws -> Books {
        try Self.session(scratch.ledger, retention, body)
    }

    private static func fold(_ store: SQLiteStore) throws -> Books {
        var books = Books()
        try store.replay { batch in for entry in try Entry.decode(batch.entries) { try books.apply(entry) } }
        return books
    }

    private static func forgetting(_ books: Books) -> Books {
        var books = books
        books.forgetWindows(endedBefore: books.lastInstant)
        return books
    }
}

/// Commands from a seed, some hours apart, with calls left in every state.
struct Traffic {
    static let start = Instant(seconds: 1_790_000_000)
    private var chance: Seeded

    init(seed: UInt64) { chance = Seeded(seed) }

    mutating func run(_ count: Int, on ledger: Ledger) {
        for _ in 0..<count {
            let tenant = ledger.tenant(named: "tenant \(chance.number(1...6))")
            let command = command(tenant, ledger.read { books, _, _, _ in books.open.keys.sorted() })
            let step = chance.number(0...6 * 3_600_000)
            ledger.state.withLock { state in
                let now = max(state.books.lastInstant, Self.start)
                _ = state.carryOut(command, at: Instant(milliseconds: now.milliseconds + step))
                ledger.wakeWriter(&state, after: nil)
            }
            // Let the writer make batches of some entries each.
            if chance.once(in: 3) { sched_yield() }
        }
    }

    private mutating func command(_ tenant: TenantID, _ open: [ReservationID]) -> Command {
        let amount = Money(nanodollars: chance.number(0...1_000_000))
        let id = open.isEmpty ? ReservationID(0) : open[Int(chance.number(1...Int64(open.count))) - 1]
        switch chance.number(0...9) {
        case 0...3: return .reserve(CallScopes(tenant), model: ModelID(UInt32(chance.number(1...3))), amount: amount)
        case 4...6:
            return .settle(id, .init(cost: amount, inputTokens: 10, outputTokens: 20, evidence: .provider))
        case 7: return .release(id)
        case 8: return .leaveUnresolved(id, .noUsage)
        default: return .reset(BudgetID(.tenant(tenant), .month))
        }
    }
}
