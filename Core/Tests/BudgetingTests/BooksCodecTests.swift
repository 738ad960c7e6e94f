import Budgeting
import ExactMoney
import Simulation
import Testing

/// Books that commands from a seed came to, over some months, with calls left in every state.
struct BooksMaker {
    private(set) var books = Books()
    private(set) var entries: [Entry] = []
    private var chance: SplitMix64
    private var now = Instant(seconds: CivilDate(year: 2026, month: 1, day: 3).daysSince1970 * 86_400)

    init(seed: UInt64) {
        chance = SplitMix64(seed: seed)
    }

    /// - Parameter stepMinutes: time goes on by so much at most between two commands.
    mutating func carryOut(_ count: Int, stepMinutes: Int64 = 60) throws {
        for _ in 0..<count {
            now = Instant(milliseconds: now.milliseconds + chance.number(below: stepMinutes * 60_000))
            guard case .success(let events) = books.decide(command(), at: now, zones: .utc) else { continue }
            for event in events {
                let entry = Entry(at: now, event: event)
                try books.apply(entry)
                entries.append(entry)
            }
        }
    }

    /// Mostly the truth, with lags and the spending of others.
    private mutating func reading() -> KeyReading {
        let settled = books.tallies.values.reduce(Int128(0)) { $0 + $1.cost.nanodollars }
        let others = chance.once(in: 4) ? chance.number(below: 2_000_000) : 0
        let asked = Instant(milliseconds: now.milliseconds - chance.number(below: 900))
        return KeyReading(
            key: chance.once(in: 40) ? 2 : 1, usage: Money(nanodollars: Int64(settled) + others), askedAt: asked,
            answeredAt: now)
    }

    private mutating func command() -> Command {
        let tenant = TenantID(UInt32(chance.number(below: 5)) + 1)
        let budget = chance.one(of: BudgetID.over(tenant))
        let amount = Money(nanodollars: chance.number(below: 1_000_000))
        let open = books.open.keys.sorted()
        let id = open.isEmpty || chance.once(in: 20) ? ReservationID(999_999) : chance.one(of: open)
        switch chance.number(below: 16) {
        case 0...3:
            var scopes = CallScopes(tenant)
            if chance.once(in: 2) { scopes.user = UserID(UInt32(chance.number(below: 3))) }
            return .reserve(scopes, model: ModelID(UInt32(chance.number(below: 4))), amount: amount)
        case 4: return .dispatched(id, generation: "gen-\(chance.number(below: 100))é")
        case 5...7:
            return .settle(
                id,
                .init(
                    cost: amount, inputTokens: chance.number(below: 9_000), outputTokens: chance.number(below: 900),
                    saved: Money(nanodollars: chance.number(below: 9)), evidence: .provider))
        case 8: return .release(id)
        case 9: return chance.once(in: 2) ? .leaveUnresolved(id, chance.one(of: Entry.Doubt.allCases)) : .reset(budget)
        case 10: return .credit(budget, amount)
        case 11: return .correct(budget, Money(nanodollars: amount.nanodollars - 500_000), reason: "a reason")
        case 12: return .readKey(reading(), nil)
        case 13: return chance.once(in: 2) ? .readKey(reading(), nil) : .giveBackOverbooked(KeyRules())
        case 14: return chance.once(in: 4) ? .giveBackAll(id, reason: "a reason") : .giveBack(id, KeyRules())
        case 15: return .setBudget(.every(.users(of: nil), .hour), Terms(.limit(Money(nanodollars: 1_000_000_000))))
        default:
            let target = chance.once(in: 2) ? CapTarget.budget(budget) : .everyTenant(budget.period)
            return .setCap(target, chance.one(of: [.none, .inherited, .limit(Money(nanodollars: 1_000_000_000))]))
        }
    }
}

@Suite struct BooksCodecTests {
    @Test func emptyBooksAreTheseBytes() throws {
        let bytes: [UInt8] = [
            5, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(Books().encode() == bytes)
        #expect(try Books.decode(bytes) == Books())
    }

    /// What is on disk must stay readable: these bytes change only with the version.
    @Test func booksOfEveryPartAreTheseBytes() throws {
        let acmeMonth = WindowID(budget: BudgetID(.tenant(TenantID(7)), .month), start: Instant(milliseconds: 0))
        let globalDay = WindowID(budget: BudgetID(.global, .day), start: Instant(milliseconds: 64))
        func reservation(_ id: UInt64) -> Entry.Reservation {
            .init(
                id: ReservationID(id), tenant: TenantID(7), model: ModelID(9), amount: Money(nanodollars: 100),
                windows: [acmeMonth, globalDay])
        }
        let events: [Entry.Event] = [
            .capChanged(.budget(BudgetID(.global, .day)), .limit(Money(nanodollars: 1_000))),
            .capChanged(.everyTenant(.month), .none),
            .budgetSet(.budget(BudgetID(.tenant(TenantID(7)), .hour)), Terms(zone: "U", source: .operations)),
            .reserved(reservation(1)), .reserved(reservation(2)), .reserved(reservation(3)),
            .dispatched(ReservationID(2), generation: "g"),
            .unresolved(ReservationID(2), .clientGone),
            .settled(
                ReservationID(1),
                .init(
                    cost: Money(nanodollars: 60), inputTokens: 5, outputTokens: 6, saved: Money(nanodollars: 7),
                    evidence: .rates)),
        ]
        var books = Books()
        for event in events { try books.apply(Entry(at: Instant(milliseconds: 100), event: event)) }
        let reserved: [UInt8] = [0x07, 0x09, 0xC8, 0x01, 0x02, 0x08, 0x01, 0x00, 0x00, 0x00, 0x80, 0x01, 0xC8, 0x01]
        let bytes: [UInt8] =
            [0x05, 0x03, 0xC8, 0x01]
            + [0x03, 0x00, 0x00, 0x00, 0x01, 0xD0, 0x0F, 0x00, 0x00, 0x00, 0x00]
            + [0x00, 0x08, 0x03, 0x02, 0x01, 0x01, 0x55, 0x00, 0x01, 0x00]
            + [0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00]
            + [0x02, 0x00, 0x00, 0x80, 0x01, 0x78, 0xC8, 0x01, 0xC8, 0x01, 0x02]
            + [0x08, 0x01, 0x00, 0x78, 0xC8, 0x01, 0xC8, 0x01, 0x02]
            + [0x02, 0x02] + reserved + [0x02, 0x01, 0x01, 0x67, 0xC8, 0x01, 0x00]
            + [0x03] + reserved + [0x00, 0x00, 0x00]
            + [0x01, 0x08, 0x01, 0x00, 0x09, 0x02, 0x0A, 0x0C, 0x78, 0x0E]
            + [0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00] + [0x00, 0x00]
        #expect(books.encode() == bytes)
        #expect(try Books.decode(bytes) == books)
        // Version 4 is the same, without what is known of all calls together.
        #expect(try Books.decode([0x04] + bytes.dropFirst().dropLast()) == books)
    }

    @Test func readsWhatVersionOneWrote() throws {
        let reserved: [UInt8] = [0x07, 0x09, 0xC8, 0x01, 0x00, 0xC8, 0x01]
        let bytes: [UInt8] =
            [0x01, 0x02, 0xC8, 0x01, 0x00, 0x00, 0x02]
            + [0x01] + reserved + [0x02, 0x01, 0x01, 0x67]
            + [0x02] + reserved + [0x00, 0x00, 0x00]
        let books = try Books.decode(bytes)
        let call = try #require(books.open[ReservationID(1)])
        #expect(call.generation == "g" && call.doubt == .clientGone && call.doubtAt == call.at)
        #expect(call.held == Money(nanodollars: 100))
        #expect(books.open[ReservationID(2)]?.doubt == nil)
        #expect(books.key.last == nil)
    }

    /// Snapshots of version 1, with caps instead of terms, open for ever.
    @Test func readsCapsOfTheFirstVersions() throws {
        let bytes: [UInt8] = [
            0x01, 0x03, 0xC8, 0x01, 0x02, 0x00, 0x00, 0x00, 0x01, 0xD0, 0x0F, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00,
        ]
        let books = try Books.decode(bytes)
        let day = BudgetID(.global, .day)
        #expect(books.cap(of: day, at: Instant(milliseconds: 100)) == .limit(Money(nanodollars: 1_000)))
        #expect(
            books.terms == [.budget(day): Terms(.limit(Money(nanodollars: 1_000))), .everyTenant(.month): Terms(.none)])
        #expect(books.encode().first == 5)
        #expect(try Books.decode(books.encode()) == books)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func readsBackWhatItWrote(seed: UInt64) throws {
        var maker = BooksMaker(seed: seed)
        for _ in 0..<20 {
            try maker.carryOut(50)
            let bytes = maker.books.encode()
            #expect(try Books.decode(bytes) == maker.books, "seed \(seed)")
            // The order of a dictionary does not show.
            #expect(try Books.decode(bytes).encode() == bytes, "seed \(seed)")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func refusesBytesThatEndEarlyOrLate(seed: UInt64) throws {
        var maker = BooksMaker(seed: seed)
        try maker.carryOut(60)
        let bytes = maker.books.encode()
        for length in 0..<bytes.count {
            #expect(throws: Entry.Undecodable.self, "seed \(seed), \(length) bytes") {
                try Books.decode(Array(bytes.prefix(length)))
            }
        }
        #expect(throws: Entry.Undecodable.self) { try Books.decode(bytes + [0]) }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func noBytesEndTheProcess(seed: UInt64) throws {
        var maker = BooksMaker(seed: seed)
        try maker.carryOut(60)
        let whole = maker.books.encode()
        var chance = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            var bytes = whole
            for _ in 0..<3 {
                bytes[Int(chance.number(below: Int64(bytes.count)))] = UInt8(chance.number(below: 256))
            }
            _ = try? Books.decode(bytes)
        }
    }

    @Test(
        arguments: [
            ([0, 0, 0, 0, 0, 0, 0], "version 0"), ([6, 0, 0, 0, 0, 0, 0], "a version to come"),
            ([1, 0, 0, 2, 1, 1, 0, 1, 0, 0, 0, 0, 0], "caps out of order"),
            ([1, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0], "a cap twice"),
            ([1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0, 0], "more caps than bytes"),
        ] as [([UInt8], String)])
    func refusesWhatNothingWrites(_ bytes: [UInt8], why: String) {
        #expect(throws: Entry.Undecodable.self, "\(why)") { try Books.decode(bytes) }
    }
}

@Suite struct ForgettingTests {
    /// Books that forgot, and books that did not, decide and fold alike from then on.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func changesNoLaterDecisionOrBalance(seed: UInt64) throws {
        var maker = BooksMaker(seed: seed)
        try maker.carryOut(800, stepMinutes: 360)
        var forgetful = maker.books
        let before = forgetful.balances.count
        forgetful.forgetWindows(endedBefore: forgetful.lastInstant)
        #expect(forgetful.balances.count < before)
        let known = maker.entries.count
        try maker.carryOut(800, stepMinutes: 360)
        for entry in maker.entries[known...] { try forgetful.apply(entry) }
        for (window, balance) in forgetful.balances { #expect(maker.books.balances[window] == balance, "seed \(seed)") }
        #expect(forgetful.open == maker.books.open && forgetful.terms == maker.books.terms)
        #expect(forgetful.lastReservation == maker.books.lastReservation)
        var whole = maker.books
        whole.forgetWindows(endedBefore: whole.lastInstant)
        forgetful.forgetWindows(endedBefore: forgetful.lastInstant)
        #expect(whole == forgetful, "seed \(seed)")
    }

    @Test func keepsAWindowThatHoldsAnOpenReservation() throws {
        var story = BooksMaker(seed: 3)
        try story.carryOut(400, stepMinutes: 600)
        var books = story.books
        books.forgetWindows(endedBefore: Instant(milliseconds: .max))
        let held = Set(books.open.values.flatMap(\.reservation.windows))
        #expect(!held.isEmpty)
        for window in held { #expect(books.balances[window] == story.books.balances[window]) }
        for id in books.open.keys.sorted() {
            let free = Entry.Settlement(cost: .zero, inputTokens: 0, outputTokens: 0, evidence: .provider)
            try books.apply(Entry(at: books.lastInstant, event: .settled(id, free)))
        }
        #expect(books.open.isEmpty)
    }

    @Test func keepsTheWindowsOfNowWhateverIsAsked() throws {
        var maker = BooksMaker(seed: 5)
        try maker.carryOut(300, stepMinutes: 300)
        var books = maker.books
        books.forgetWindows(endedBefore: Instant(milliseconds: .max))
        for tenant in 1...5 as ClosedRange<UInt32> {
            for budget in BudgetID.over(TenantID(tenant)) {
                let now = books.lastInstant
                #expect(
                    books.balance(of: budget, at: now, zones: .utc)
                        == maker.books.balance(of: budget, at: now, zones: .utc))
            }
        }
    }

    @Test func forgetsInStepsWhatItForgetsAtOnce() throws {
        var maker = BooksMaker(seed: 7)
        try maker.carryOut(2_000, stepMinutes: 300)
        var (whole, piecemeal) = (maker.books, maker.books)
        let finished = whole.finished(endedBefore: whole.lastInstant)
        whole.forget(finished)
        for step in finished.steps(of: 3) {
            #expect(step.windows.count + step.tallies.count <= 3)
            piecemeal.forget(step)
        }
        #expect(whole == piecemeal)
    }
}
