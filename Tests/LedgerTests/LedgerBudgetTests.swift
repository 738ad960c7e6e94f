import Budgeting
import ExactMoney
import Testing

@testable import Ledger

/// Zones, scopes and windows beyond a tenant's day and month, from the settings to the books and back.
@Suite struct LedgerBudgetTests {
    private func money(_ amount: Int64) -> Cap { .limit(Money(nanodollars: amount)) }

    private func zone(_ name: String) throws -> ZoneRules { try #require(ZoneRules.host(named: name)) }

    private func number(of user: String, _ ledger: Ledger) -> UInt32? {
        ledger.read { _, names, _, _ in names.number(of: user, .user) }
    }

    // MARK: zones

    @Test func aTenantsWindowsFollowItsOwnZone() throws {
        let bench = try LedgerBench(
            caps: Caps(tenants: ["acme": [.day: money(5)]], zones: ["acme": zone("Asia/Tokyo")]))
        let acme = bench.ledger.tenant(named: "acme")
        let (acmes, betas) = bench.ledger.read { books, _, policy, now in
            (
                books.window(of: BudgetID(.tenant(acme), .day), at: now, zones: policy.zones),
                books.window(of: BudgetID(.tenant(TenantID(99)), .day), at: now, zones: policy.zones)
            )
        }
        // Noon in UTC is nine in the evening in Tokyo.
        #expect(acmes.end.milliseconds - LedgerBench.noon.milliseconds == 3 * 3_600_000)
        #expect(betas.end.milliseconds - LedgerBench.noon.milliseconds == 12 * 3_600_000)
        bench.ledger.close()
    }

    @Test func anotherZoneInTheSettingsGivesNobodyABudgetAnew() async throws {
        let bench = try LedgerBench(caps: Caps(tenants: ["acme": [.day: money(100)]]))
        bench.settle(try await bench.reserve("acme", 60), 60)
        bench.ledger.close()
        let moved = Caps(tenants: ["acme": [.day: money(100)]], zones: ["acme": try zone("America/New_York")])
        let next = try LedgerBench(on: bench.store.restarted(), caps: moved)
        #expect(next.day("acme") == [60, 0, 0])
        #expect(next.ask("acme", 41).denial == "exceeded")
        next.ledger.close()
        let batches = try Replay(next.store.restarted()).batches
        let again = try LedgerBench(on: next.store.restarted(), caps: moved)
        #expect(again.day("acme") == [60, 0, 0])
        #expect(try Replay(again.store.restarted()).batches == batches, "the third start has nothing to write")
        again.ledger.close()
    }

    @Test func anotherZoneOfTheGatewayGivesNobodyABudgetAnew() async throws {
        let store = MemoryStore()
        func open(_ zone: ZoneRules, on store: MemoryStore) throws -> Ledger {
            try Ledger.open(
                store, caps: LedgerBench.day(100), policy: .init(zone: zone, thresholds: Thresholds()),
                clock: { LedgerBench.noon }, logger: LedgerBench.quiet)
        }
        let first = try open(.utc, on: store)
        let acme = CallScopes(first.tenant(named: "acme"))
        _ = first.record(.reserve(acme, model: ModelID(1), amount: Money(nanodollars: 100)))
        first.close()
        let second = try open(try zone("Europe/Berlin"), on: store.restarted())
        let refused = second.record(.reserve(acme, model: ModelID(1), amount: Money(nanodollars: 1)))
        #expect(refused == .failure(.exceeds(BudgetID(.tenant(acme.tenant), .day))))
        second.close()
    }

    @Test func zonesOfTheBooksAreFoundAgainAtTheNextStart() throws {
        let bench = try LedgerBench()
        let budget = BudgetSetting(.tenant("acme"), .month, money(9), zone: try zone("Asia/Tokyo"))
        #expect(throws: Never.self) { try bench.ledger.set(budget).get() }
        bench.ledger.close()
        let next = try LedgerBench(on: bench.store.restarted())
        #expect(next.ledger.read { _, _, policy, _ in policy.zones.knows("Asia/Tokyo") })
        next.ledger.close()
    }

    @Test func aZoneThatThisMachineDoesNotKnowStopsTheStart() throws {
        let store = MemoryStore()
        let set = Entry(at: LedgerBench.noon, event: .budgetSet(.everyTenant(.day), Terms(zone: "Mars/Olympus")))
        try store.append(Batch(number: 1, entries: Entry.encode([set]), names: []))
        let error = try requireError { _ = try LedgerBench(on: store) }
        #expect(error.description.contains("Mars/Olympus"))
    }

    // MARK: scopes

    @Test func callsAreHeldToTheBudgetsOfTheirUserRunTagKeyAndGroup() throws {
        let caps = Caps(
            others: [
                .init(.everyUser(of: nil), .day, money(50)), .init(.user("ada", of: "acme"), .day, money(70)),
                .init(.everyRun(of: "acme"), .total, money(80)), .init(.everyTag("feature"), .week, money(90)),
                .init(.tag(.init(name: "env", value: "dev")), .hour, money(10)), .init(.key("ci"), .minute, money(20)),
                .init(.group("team"), .month, money(95)),
            ], groups: ["team": ["acme", "beta"]])
        let ledger = try LedgerBench(caps: caps).ledger
        func over(_ call: Attribution) -> [String] {
            let scopes = ledger.scopes(of: call)
            return ledger.read { books, _, policy, now in
                books.accounts(over: scopes, at: now, zones: policy.zones).dropFirst(4).map { account in
                    "\(account.budget.period) \(account.cap.limit?.nanodollars ?? -1)"
                }
            }
        }
        #expect(over(Attribution(tenant: "other")) == [])
        #expect(over(Attribution(tenant: "acme")) == ["month 95"])
        #expect(over(Attribution(tenant: "acme", key: "ci", user: "ada")) == ["month 95", "minute 20", "day 70"])
        #expect(over(Attribution(tenant: "beta", key: "other", user: "ada")) == ["month 95", "day 50"])
        #expect(over(Attribution(tenant: "other", run: "r1")) == [], "only acme's runs have budgets")
        #expect(
            over(
                Attribution(
                    tenant: "acme", run: "r1",
                    tags: [.init(name: "feature", value: "search"), .init(name: "env", value: "dev")]))
                == ["month 95", "total 80", "week 90", "hour 10"])
        ledger.close()
    }

    /// A flood of names that nobody budgets must not fill the memory.
    @Test func namesWithoutABudgetGetNoNumber() throws {
        let bench = try LedgerBench(caps: Caps(others: [.init(.user("ada", of: "acme"), .day, money(70))]))
        for index in 0..<100 {
            let tag = Attribution.Tag(name: "t\(index)", value: "v")
            let scopes = bench.ledger.scopes(
                of: Attribution(tenant: "acme", key: "k\(index)", user: "u\(index)", run: "r\(index)", tags: [tag]))
            #expect(scopes == CallScopes(scopes.tenant))
        }
        #expect(bench.ledger.scopes(of: Attribution(tenant: "acme", user: "ada")).user != nil)
        for kind in [Name.Kind.user, .run, .key, .tag] {
            let known = bench.ledger.read { _, names, _, _ in
                (0..<100).filter { names.number(of: "u\($0)", kind) != nil }
            }
            #expect(known == [])
        }
        bench.ledger.close()
    }

    @Test func valuesOfAFamilyAreNumberedAndDurable() async throws {
        let caps = Caps(others: [.init(.everyUser(of: nil), .total, money(50))])
        let bench = try LedgerBench(caps: caps)
        let scopes = bench.ledger.scopes(of: Attribution(tenant: "acme", user: "ada"))
        let made = bench.ledger.record(.reserve(scopes, model: ModelID(1), amount: Money(nanodollars: 50)))
        #expect(throws: Never.self) { try made.get() }
        bench.ledger.close()
        let next = try LedgerBench(on: bench.store.restarted(), caps: caps)
        let again = next.ledger.scopes(of: Attribution(tenant: "acme", user: "ada"))
        #expect(again == scopes)
        let refused = next.ledger.record(.reserve(again, model: ModelID(1), amount: Money(nanodollars: 1)))
        #expect(refused == .failure(.exceeds(BudgetID(.user(again.tenant, try #require(again.user)), .total))))
        next.ledger.close()
    }

    // MARK: a running gateway

    @Test func anOperatorsBudgetStaysOverARestartAndASettingsBudgetGoes() throws {
        let bench = try LedgerBench(caps: Caps(others: [.init(.group("team"), .day, money(5))]))
        let raise = Terms.Raise(to: Money(nanodollars: 20), until: .never)
        _ = bench.ledger.set(.init(.tenant("acme"), .day, money(10), raise: raise))
        let acme = BudgetID(.tenant(bench.ledger.tenant(named: "acme")), .day)
        bench.ledger.close()
        let next = try LedgerBench(on: bench.store.restarted())
        let (cap, targets) = next.ledger.read { books, _, _, now in (books.cap(of: acme, at: now), books.terms.keys) }
        #expect(cap == money(20))
        #expect(
            !targets.contains { if case .budget(let budget) = $0 { budget.scope == .group(GroupID(1)) } else { false } }
        )
        let named = Caps(tenants: ["acme": [.day: money(7)]])
        #expect(throws: Never.self) { try next.ledger.apply(named).get() }
        #expect(next.ledger.read { books, _, _, now in books.cap(of: acme, at: now) } == money(7), "the settings win")
        next.ledger.close()
        #expect(try next.replayed() == next.snapshot)
    }

    @Test func aHigherCapLetsWaitingCallsGo() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        _ = try await bench.reserve("acme", 100)
        let waiting = bench.ask("acme", 50)
        #expect(waiting.waiter != nil)
        _ = bench.ledger.set(.init(.tenant("acme"), .day, money(150)))
        #expect(try await waiting.answer.value().claim != nil)
        bench.ledger.close()
    }

    @Test func aNegativeCapIsRefused() throws {
        let bench = try LedgerBench()
        #expect(bench.ledger.set(.init(.global, .day, money(-1))) == .failure(.badAmount))
        bench.ledger.close()
    }
}
