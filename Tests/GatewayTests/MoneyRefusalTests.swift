import Budgeting
import ExactMoney
import Ledger
import Testing
import Upstream

@testable import Gateway
@testable import Routing

/// Golden texts: what a person reads when money ran out, and the numbers for programs.
@Suite struct MoneyRefusalTests {
    private static let berlin = ZoneRules(name: "Europe/Berlin", firstOffsetSeconds: 7_200)
    /// 17:00 in Berlin, seven hours before the day ends.
    private static let now = Instant(seconds: CivilDate(year: 2026, month: 6, day: 15).daysSince1970 * 86_400 + 54_000)
    private static let acme = TenantID(1)

    private let names: NameTable

    init() throws {
        let bench = try GatewayBench()
        _ = bench.ledger.model(named: "openai/gpt-5-mini")
        _ = bench.ledger.tenant(named: "acme")
        let scopes: [BudgetSetting.Scope] = [
            .group("team"), .key("ci"), .user("ada", of: "acme"), .run("nightly", of: "acme"),
            .tag(.init(name: "feature", value: "search")),
        ]
        for scope in scopes { _ = bench.ledger.set(.init(scope, .day, .limit(.zero))) }
        names = bench.ledger.read { _, names, _, _ in names }
        bench.ledger.close()
    }

    private func refusal(_ denial: Denial, status: Int = 429) -> GatewayRefusal {
        MoneyRefusal(
            tenant: "acme", names: names, now: MoneyRefusalTests.now, status: status
        ).refusal(denial)
    }

    /// In cents.
    private func shortfall(
        _ budget: BudgetID = BudgetID(.tenant(acme), .day), cap: Int64 = 500, settled: Int64, held: Int64,
        calls: Int64 = 3,
        required: Int64 = 60, affordable: Shortfall.Affordable? = nil
    ) -> Shortfall {
        func money(_ cents: Int64) -> Money { Money(nanodollars: cents * 10_000_000) }
        var balance = Balance()
        balance.settled = MoneySum(money(settled))
        balance.reserved = MoneySum(money(held))
        balance.callsInFlight = calls
        return Shortfall(
            budget: budget, cap: money(cap), balance: balance, required: money(required),
            resetsAt: budget.period.end(containing: MoneyRefusalTests.now, in: MoneyRefusalTests.berlin),
            zone: MoneyRefusalTests.berlin, affordable: affordable)
    }

    /// What is left would pay for this very call.
    @Test func saysWhyABudgetIsUsedUpThatHasSomethingLeft() {
        let message = refusal(.budgetExceeded(shortfall(settled: 450, held: 0, required: 20))).message
        #expect(
            message == """
                Daily budget of 'acme' is used up: $4.50 spent + $0.00 held of $5.00. What is left is less than the smallest call \
                worth making. It resets at 00:00 Europe/Berlin (in 7 h).
                """)
    }

    @Test func saysThatADailyBudgetIsUsedUpAndWhatWouldStillFit() {
        let affordable = Shortfall.Affordable(model: ModelID(1), outputTokens: 400)
        let refusal = refusal(.budgetExceeded(shortfall(settled: 462, held: 38, affordable: affordable)))
        #expect(
            refusal.message == """
                Daily budget of 'acme' is used up: $4.62 spent + $0.38 held of $5.00. This call needs up to $0.60. \
                It resets at 00:00 Europe/Berlin (in 7 h). openai/gpt-5-mini with 400 output tokens would still fit.
                """)
        #expect(refusal.summary == "429 budget_exceeded")
        #expect(refusal.type == "insufficient_quota")
        #expect(refusal.headers.map(\.0) == ["retry-after", "x-should-retry"])
        #expect(refusal.headers.map(\.1) == ["25200", "false"])
    }

    @Test(
        arguments: [
            (
                .run(TenantID(1), RunID(1)), .hour, "run_hourly", "nightly",
                "Hourly budget of run 'nightly' is used up: "
            ),
            (.user(TenantID(1), UserID(1)), .week, "user_weekly", "ada", "Weekly budget of user 'ada' is used up: "),
            (.group(GroupID(1)), .month, "group_monthly", "team", "Monthly budget of group 'team' is used up: "),
            (.key(KeyID(1)), .day, "key_daily", "ci", "Daily budget of key 'ci' is used up: "),
            (
                .tag(TagID(TagName(1), 2)), .day, "tag_daily", "feature=search",
                "Daily budget of tag feature=search is used up: "
            ),
            (.tenant(TenantID(1)), .total, "tenant_total", "acme", "Total budget of 'acme' is used up: "),
        ] as [(Scope, Period, String, String, String)])
    func namesEveryScopeAndWindow(scope: Scope, period: Period, name: String, owner: String, begins: String) {
        let refusal = refusal(.budgetExceeded(shortfall(BudgetID(scope, period), settled: 500, held: 0)))
        #expect(refusal.message.hasPrefix(begins), "\(refusal.message)")
        #expect(refusal.metadata.first { $0.name == "budget" }?.json == "\"\(name)\"")
        #expect(refusal.metadata.first { $0.name == "budgetOf" }?.json == "\"\(owner)\"")
    }

    @Test func saysOfABudgetOfAllTimeThatItDoesNotReset() {
        let total = BudgetID(.run(TenantID(1), RunID(1)), .total)
        let refusal = refusal(.budgetExceeded(shortfall(total, settled: 500, held: 0)))
        #expect(refusal.message.hasSuffix("It does not reset by itself."))
        #expect(refusal.metadata.first { $0.name == "resetsAt" }?.json == "null")
        #expect(refusal.headers.map(\.0) == ["x-should-retry"])
    }

    @Test(arguments: [true, false])
    func saysThatMoneyGoesTooFast(isHeld: Bool) {
        let shortfall = shortfall(BudgetID(.tenant(TenantID(1)), .minute), cap: 100, settled: 60, held: 40)
        let refusal = refusal(isHeld ? .budgetHeld(shortfall) : .budgetExceeded(shortfall), status: 402)
        #expect(
            refusal.message == """
                Tenant 'acme' spends too fast: $0.60 spent + $0.40 held of $1.00 in this minute. \
                This call needs up to $0.60. The next minute begins in 60 s.
                """)
        #expect(refusal.summary == "429 spend_rate_exceeded")
        #expect(refusal.type == "rate_limit_exceeded")
        #expect(refusal.headers.map(\.1) == ["60"])
    }

    @Test func givesTheNumbersToPrograms() throws {
        let affordable = Shortfall.Affordable(model: ModelID(1), outputTokens: 400)
        let refusal = refusal(.budgetExceeded(shortfall(settled: 462, held: 38, affordable: affordable)))
        #expect(
            refusal.metadata.map { "\($0.name)=\($0.json)" } == [
                #"tenant="acme""#, #"budget="tenant_daily""#, #"budgetOf="acme""#, #"cap="5""#, #"spent="4.62""#,
                #"reserved="0.38""#,
                #"remaining="0""#,
                #"required="0.6""#, #"resetsAt="2026-06-15T22:00:00Z""#,
                #"affordable={"model":"openai/gpt-5-mini","maxTokens":400}"#,
            ])
        #expect(
            try JSONDocument(Array(refusal.json.utf8)).root["error"]?["metadata"]?["affordable"]?["maxTokens"]?.integer
                == 400)
    }

    @Test func saysThatABudgetCannotPayForThisCall() {
        let refusal = refusal(.budgetExceeded(shortfall(settled: 100, held: 0, required: 1_000)), status: 402)
        #expect(
            refusal.message == """
                Daily budget of 'acme' cannot pay for this call: $1.00 spent + $0.00 held of $5.00. This call needs up to $10.00. \
                It resets at 00:00 Europe/Berlin (in 7 h).
                """)
        #expect(refusal.status == 402)
        #expect(refusal.metadata.last?.json == "null")
    }

    @Test func namesTheMonthAndTheGlobalBudget() {
        let month = refusal(
            .budgetExceeded(shortfall(BudgetID(.tenant(MoneyRefusalTests.acme), .month), settled: 500, held: 0)))
        #expect(month.message.hasPrefix("Monthly budget of 'acme' is used up: "))
        #expect(month.message.hasSuffix("It resets at 00:00 Europe/Berlin (in 15 days)."))
        let global = refusal(.budgetExceeded(shortfall(BudgetID(.global, .day), settled: 500, held: 0)))
        #expect(global.message.hasPrefix("The global daily budget is used up: "))
        #expect(global.metadata.first { $0.name == "budget" }?.json == #""global_daily""#)
    }

    @Test(arguments: [
        (BudgetID(.tenant(acme), .day), "tenant_daily"), (BudgetID(.tenant(acme), .month), "tenant_monthly"),
        (BudgetID(.global, .day), "global_daily"), (BudgetID(.global, .month), "global_monthly"),
    ])
    func hasANameForEachBudget(budget: BudgetID, name: String) {
        #expect(BudgetText.name(budget) == name)
    }

    @Test(arguments: [
        (3, "Nothing is wrong: 3 calls hold $0.38; try again in 2 s."),
        (1, "Nothing is wrong: 1 call holds $0.38; try again in 2 s."),
    ])
    func saysThatHeldMoneyComesBackSoon(calls: Int64, end: String) {
        let refusal = refusal(.budgetHeld(shortfall(settled: 462, held: 38, calls: calls)), status: 402)
        #expect(
            refusal.message
                == "Daily budget of 'acme' has room, but it is held just now: $4.62 spent + $0.38 held of $5.00. \(end)"
        )
        #expect(refusal.summary == "429 budget_reserved", "402 is for money that is gone")
        #expect(refusal.type == "rate_limit_exceeded")
        #expect(refusal.headers.map(\.0) == ["retry-after"])
    }

    @Test(arguments: [429, 402])
    func saysThatOneCallIsTooDear(status: Int) {
        let denial = Denial.callTooExpensive(
            required: Money(nanodollars: 600_000_000), most: Money(nanodollars: 500_000_000))
        let refusal = refusal(denial, status: status)
        #expect(
            refusal.message
                == "This call could cost up to $0.60; one call may cost $0.50. Ask for less output, or a cheaper model."
        )
        #expect(refusal.summary == "\(status) call_too_expensive")
        #expect(
            refusal.metadata.map { "\($0.name)=\($0.json)" } == [#"tenant="acme""#, #"required="0.6""#, #"cap="0.5""#])
        #expect(refusal.headers.map(\.0) == ["x-should-retry"])
    }
}
