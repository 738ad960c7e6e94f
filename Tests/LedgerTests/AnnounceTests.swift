import Budgeting
import ExactMoney
import Ledger
import Logging
import Testing

/// What a ledger tells those who listen.
struct AnnounceTests {
    private static let clock = Instant(seconds: 1_800_000_000)

    private static func ledger() throws -> Ledger {
        var caps = Caps()
        caps.everyTenantDaily = .limit(Money(nanodollars: 1_000))
        return try Ledger.open(
            MemoryStore(), caps: caps, policy: .init(thresholds: Thresholds()), clock: { clock },
            logger: Logger(label: "test"))
    }

    private static func told(_ listener: GatewayEvents.Subscription) async -> [String] {
        listener.end()
        var kinds: [String] = []
        for await occurrence in listener.occurrences { kinds.append(occurrence.event.kind) }
        return kinds
    }

    /// Sets money aside whatever the caps say.
    private static func reserve(_ amount: Int64, in ledger: Ledger) throws -> ReservationID {
        let command = Command.observe(
            CallScopes(ledger.tenant(named: "acme")), model: ledger.model(named: "a/b"),
            amount: Money(nanodollars: amount))
        guard case .success(let events) = ledger.record(command) else { throw Missing() }
        for case .reserved(let made) in events { return made.id }
        throw Missing()
    }

    private struct Missing: Error {}

    private static func cost(_ nanodollars: Int64, _ evidence: Entry.Evidence = .provider) -> Entry.Settlement {
        .init(cost: Money(nanodollars: nanodollars), inputTokens: 1, outputTokens: 1, evidence: evidence)
    }

    @Test func tellsEachStateOnceAndOverrunsAlways() async throws {
        let ledger = try Self.ledger()
        defer { ledger.close() }
        let listener = ledger.events.subscribe()
        for (amount, cost) in [(800, 800), (50, 50), (60, 60), (10, 100)] as [(Int64, Int64)] {
            ledger.record(.settle(try Self.reserve(amount, in: ledger), Self.cost(cost)))
        }
        #expect(await Self.told(listener) == ["budget.warned", "budget.degraded", "budget.stopped", "call.overran"])
    }

    @Test func tellsOfOutsideSpendAndOfWhatIsAssumed() async throws {
        let ledger = try Self.ledger()
        defer { ledger.close() }
        let listener = ledger.events.subscribe()
        for usage in [0, 500, 500] as [Int64] {
            ledger.record(
                .readKey(
                    KeyReading(
                        key: 1, usage: Money(nanodollars: usage), askedAt: Self.clock, answeredAt: Self.clock), nil))
        }
        let id = try Self.reserve(100, in: ledger)
        ledger.record(.leaveUnresolved(id, .noUsage))
        ledger.record(.settle(id, Self.cost(100, .assumed)))
        #expect(await Self.told(listener) == ["spend.outside", "call.assumed"])
    }

    @Test func tellsOfPricesThatChangedAndNotOfNewModels() async throws {
        let ledger = try Self.ledger()
        defer { ledger.close() }
        let listener = ledger.events.subscribe()
        let price = { (rate: Int64) in Entry.PriceChange.Price(name: "prompt", rate: Rate(picodollars: rate)) }
        ledger.record(.price(ledger.model(named: "a/b"), .init(old: [], new: [price(1_000_000)])))
        ledger.record(.price(ledger.model(named: "a/b"), .init(old: [price(1_000_000)], new: [price(2_000_000)])))
        listener.end()
        var told: [GatewayEvent] = []
        for await occurrence in listener.occurrences { told.append(occurrence.event) }
        #expect(told == [.priceChanged(model: "a/b", old: "prompt 0.000001", new: "prompt 0.000002")])
    }

    /// What stands is told whenever it is asked for, of windows that run, and counts as told.
    @Test func whatStandsCanBeAskedFor() throws {
        let ledger = try Self.ledger()
        defer { ledger.close() }
        #expect(ledger.standingCrossings().isEmpty)
        ledger.record(.settle(try Self.reserve(550, in: ledger), Self.cost(550)))
        for _ in 0..<2 {
            guard case .shareReached(let crossing)? = ledger.standingCrossings().first else { throw Missing() }
            #expect(crossing.level == 5_000 && crossing.tenant == "acme" && crossing.period == "day")
            #expect(crossing.windowEnd.seconds - crossing.windowStart.seconds == 86_400)
        }
    }

    @Test func saysNothingNewOfWhatStoodWhenItWasOpened() async throws {
        let store = MemoryStore()
        func open(_ store: MemoryStore) throws -> Ledger {
            var caps = Caps()
            caps.everyTenantDaily = .limit(Money(nanodollars: 1_000))
            return try Ledger.open(
                store, caps: caps, policy: .init(thresholds: Thresholds()), clock: { Self.clock },
                logger: Logger(label: "test"))
        }
        let first = try open(store)
        first.record(.settle(try Self.reserve(850, in: first), Self.cost(850)))
        first.close()
        let second = try open(store.restarted())
        defer { second.close() }
        let listener = second.events.subscribe()
        second.record(.settle(try Self.reserve(10, in: second), Self.cost(10)))
        #expect(await Self.told(listener) == [])
    }
}

struct EraseTests {
    @Test func anErasedNameIsGoneAndItsNumberIsNobodysAgain() async throws {
        let store = MemoryStore()
        let ledger = try Ledger.open(
            store, caps: Caps(), policy: .init(thresholds: Thresholds()), clock: { Instant(seconds: 1_800_000_000) },
            logger: Logger(label: "test"))
        let old = ledger.tenant(named: "mallory")
        #expect(try await ledger.erase(.tenant, named: "mallory", by: "ann"))
        #expect(try await !ledger.erase(.tenant, named: "mallory", by: "ann"))
        #expect(try await !ledger.erase(.user, named: "nobody", by: "ann"))
        #expect(ledger.read { _, names, _, _ in names.text(of: old) } == "#\(old.number)")
        let new = ledger.tenant(named: "mallory")
        #expect(new != old)
        ledger.close()
        let names = try store.restarted().names().map(\.text)
        #expect(names == ["mallory"], "only the new one's name is there")
    }
}
