import Budgeting
import ExactMoney
import Ledger
import Logging
import Testing

/// A log that was written well, or not, and what the verifier says of it.
struct VerifierTests {
    private static let start = Instant(seconds: 1_800_000_000)
    private static let day = WindowID(
        budget: BudgetID(.tenant(TenantID(1)), .day), start: Period.day.start(containing: start, in: .utc))

    /// Each inner list is a batch.
    private static func store(_ batches: [[Entry.Event]]) throws -> MemoryStore {
        let store = MemoryStore()
        for (index, events) in batches.enumerated() {
            let entries = events.map { Entry(at: Instant(milliseconds: start.milliseconds + Int64(index)), event: $0) }
            try store.append(Batch(number: UInt64(index + 1), entries: Entry.encode(entries), names: []))
        }
        return store
    }

    private static func reserved(_ id: UInt64, _ amount: Int64, isObserved: Bool = false) -> Entry.Event {
        .reserved(
            .init(
                id: ReservationID(id), tenant: TenantID(1), model: ModelID(1), amount: Money(nanodollars: amount),
                windows: [day], isObserved: isObserved))
    }

    private static func settled(_ id: UInt64, _ cost: Int64) -> Entry.Event {
        .settled(
            ReservationID(id),
            .init(cost: Money(nanodollars: cost), inputTokens: 1, outputTokens: 1, evidence: .provider))
    }

    private static let cap = Entry.Event.capChanged(.everyTenant(.day), .limit(Money(nanodollars: 100)))

    private static func broken(_ batches: [[Entry.Event]]) throws -> Verifier.Broken? {
        do { _ = try Verifier.verify(try store(batches)) } catch let broken as Verifier.Broken { return broken }
        return nil
    }

    @Test func countsWhatHolds() throws {
        let told = try Verifier.verify(
            try Self.store([
                [Self.cap, Self.reserved(1, 60)], [Self.settled(1, 50), Self.reserved(2, 40)],
                [.unresolved(ReservationID(2), .noUsage)],
            ]))
        #expect(told.batches == 3 && told.entries == 5 && told.calls == 2 && told.closed == 1)
        #expect(told.settled == MoneySum(Money(nanodollars: 50)))
        #expect(told.unresolved == 1 && told.unresolvedHeld == MoneySum(Money(nanodollars: 40)))
        #expect(told.head.batch == 3 && told.first == 1)
    }

    @Test func namesTheFirstBrokenEntry() throws {
        let twice = try Self.broken([[Self.reserved(1, 5)], [Self.settled(1, 5), Self.settled(1, 5)]])
        #expect(twice?.batch == 2 && twice?.entry == 2)
        let unknown = try Self.broken([[Self.reserved(1, 5)], [.released(ReservationID(7))]])
        #expect(unknown?.batch == 2 && unknown?.entry == 1)
    }

    @Test func seesAnAdmissionAboveACap() throws {
        let broken = try Self.broken([[Self.cap], [Self.reserved(1, 60)], [Self.reserved(2, 41)]])
        #expect(broken?.batch == 3 && broken?.entry == 1)
        #expect(broken?.what.contains("was admitted though") == true)
        #expect(try Self.broken([[Self.cap], [Self.reserved(1, 60)], [Self.reserved(2, 40)]]) == nil)
        #expect(try Self.broken([[Self.cap], [Self.reserved(1, 60)], [Self.reserved(2, 41, isObserved: true)]]) == nil)
    }

    @Test func wantsOverrunsAnnouncedAndNoOthers() throws {
        let overrun = Entry.Event.overrun(ReservationID(1), by: Money(nanodollars: 3))
        #expect(try Self.broken([[Self.reserved(1, 5)], [Self.settled(1, 8), overrun]]) == nil)
        #expect(try Self.broken([[Self.reserved(1, 5)], [Self.settled(1, 8)]])?.what.contains("ran over") == true)
        #expect(try Self.broken([[Self.reserved(1, 5)], [Self.settled(1, 9), overrun]])?.entry == 2)
        #expect(try Self.broken([[Self.reserved(1, 5)], [Self.settled(1, 5), overrun]])?.entry == 2)
    }

    @Test func reckonsAgainWhatWasGivenBack() throws {
        func reading(_ usage: Int64, at seconds: Int64) -> KeyReading {
            let at = Instant(milliseconds: Self.start.milliseconds + seconds * 1000)
            return KeyReading(key: 1, usage: Money(nanodollars: usage), askedAt: at, answeredAt: at)
        }
        func log(given: Int64) throws -> MemoryStore {
            let (before, after) = (reading(5, at: 0), reading(5, at: 2_000))
            let growth = Entry.Return.Growth(
                from: before, to: after, explained: .zero, rounding: Money(nanodollars: 1), rules: KeyRules())
            let events: [(Int64, Entry.Event)] = [
                (0, .outsideSpent(.init(reading: before))), (1, Self.reserved(1, 50)),
                (2, .unresolved(ReservationID(1), .upstreamBroke)), (2_000, .outsideSpent(.init(reading: after))),
                (
                    2_001,
                    .returned(ReservationID(1), .init(amount: Money(nanodollars: given), proof: .growth(growth)))
                ),
            ]
            let store = MemoryStore()
            for (index, event) in events.enumerated() {
                let entry = Entry(at: Instant(milliseconds: Self.start.milliseconds + event.0 * 1000), event: event.1)
                try store.append(Batch(number: UInt64(index + 1), entries: Entry.encode([entry]), names: []))
            }
            return store
        }
        #expect(try Verifier.verify(log(given: 49)).unresolvedHeld == MoneySum(Money(nanodollars: 1)))
        #expect(throws: Verifier.Broken.self) { try Verifier.verify(log(given: 50)) }
    }

    @Test func holdsSnapshotsAgainstTheEntries() throws {
        let store = try Self.store([[Self.reserved(1, 5)], [Self.settled(1, 5)]])
        var books = Books()
        try books.apply(Entry(at: Self.start, event: Self.reserved(1, 5)))
        try store.save(Snapshot(batch: 1, books: books.encode()))
        #expect(try Verifier.verify(store).snapshots == 1)
        try books.apply(Entry(at: Self.start, event: Self.settled(1, 4)))
        try store.save(Snapshot(batch: 2, books: books.encode()))
        #expect(throws: Verifier.Broken.self) { try Verifier.verify(store) }
    }

    @Test func leadsThroughAHeadThatWasKept() throws {
        let store = try Self.store([[Self.reserved(1, 5)]])
        let kept = try store.head()
        #expect(LedgerHead("\(kept)") == kept)
        let entry = Entry(at: Instant(milliseconds: Self.start.milliseconds + 9), event: Self.settled(1, 5))
        try store.append(Batch(number: 2, entries: Entry.encode([entry]), names: []))
        #expect(try Verifier.verify(store, kept: kept).head.batch == 2)
        let other = try Self.store([[Self.reserved(1, 6)]]).head()
        #expect(throws: Verifier.Broken.self) { try Verifier.verify(store, kept: other) }
        #expect(LedgerHead("17") == nil && LedgerHead("a:b") == nil)
    }
}

/// The same on a file, beside its writer and alone.
struct ReadingTests {
    private static func ledger(_ path: String) throws -> Ledger {
        try Ledger.open(
            try SQLiteStore.open(path: path), caps: Caps(), policy: .init(thresholds: Thresholds()),
            clock: { Instant(seconds: 1_800_000_000) }, logger: Logger(label: "test"))
    }

    private static func spend(_ count: Int, in ledger: Ledger) {
        for _ in 0..<count {
            let command = Command.observe(
                CallScopes(ledger.tenant(named: "acme")), model: ledger.model(named: "a/b"),
                amount: Money(nanodollars: 5))
            guard case .success(let events) = ledger.record(command), case .reserved(let made) = events.first else {
                Issue.record("a call was not admitted")
                return
            }
            ledger.record(
                .settle(
                    made.id, .init(cost: Money(nanodollars: 4), inputTokens: 1, outputTokens: 1, evidence: .provider)))
        }
    }

    @Test func aLedgerIsProvedWhileItIsInUseAndAfter() async throws {
        let scratch = try Scratch()
        let ledger = try Self.ledger(scratch.ledger)
        Self.spend(50, in: ledger)
        try await eventually { (try? ledger.verify().closed) == 50 }
        #expect(throws: LedgerError.self) {
            try SQLiteStore.readingAlone(path: scratch.ledger) { try Verifier.verify($0) }
        }
        ledger.close()
        let told = try SQLiteStore.readingAlone(path: scratch.ledger) { try Verifier.verify($0) }
        #expect(told.calls == 50 && told.settled == MoneySum(Money(nanodollars: 200)))
        try scratch.tamper("UPDATE batch SET entries = X'00' WHERE number = 1")
        #expect(throws: LedgerError.self) {
            try SQLiteStore.readingAlone(path: scratch.ledger) { try Verifier.verify($0) }
        }
    }

    @Test func aCopyIsTheSameLedgerAndIsNoLedgerTwice() async throws {
        let scratch = try Scratch()
        let ledger = try Self.ledger(scratch.ledger)
        Self.spend(20, in: ledger)
        try await eventually { (try? ledger.verify().closed) == 20 }
        let live = try ledger.copy(beside: "live.db")
        ledger.close()
        let path = scratch.directory + "/closed.db"
        let closed = try SQLiteStore.copy(path: scratch.ledger, to: path)
        #expect(live.calls == 20 && closed.calls == 20)
        #expect(throws: LedgerError.self) { try SQLiteStore.copy(path: scratch.ledger, to: path) }
        let copy = try Self.ledger(path)
        Self.spend(1, in: copy)
        copy.close()
        #expect(try SQLiteStore.readingAlone(path: path) { try Verifier.verify($0, kept: closed.head) }.calls == 21)
    }

    @Test func whatIsNotThereIsNotMade() throws {
        let scratch = try Scratch()
        #expect(throws: LedgerError.self) { try SQLiteStore.readingAlone(path: scratch.ledger) { try $0.head() } }
        #expect(throws: LedgerError.self) { try SQLiteStore.copy(path: scratch.ledger, to: scratch.ledger + "2") }
    }
}
