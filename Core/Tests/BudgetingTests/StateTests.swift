import Budgeting
import ExactMoney
import Testing

@Suite struct ThresholdTests {
    @Test(
        arguments: [
            (0, .active), (7_999, .active), (8_000, .warned), (8_999, .warned), (9_000, .degraded), (9_999, .degraded),
            (10_000, .stopped), (10_001, .stopped), (1_000_000, .stopped),
        ] as [(Int128, BudgetState)])
    func movesAtEightyNinetyAndHundredPercent(booked: Int128, state: BudgetState) {
        let cap = Cap.limit(Money(nanodollars: 10_000))
        #expect(Thresholds().state(booked: MoneySum(nanodollars: booked), cap: cap) == state)
    }

    @Test(
        arguments: [
            // cap, booked, smallest call
            (100, 89, 10, .warned), (100, 90, 10, .degraded), (100, 91, 10, .stopped), (100, 91, 9, .degraded),
            (100, 0, 100, .active), (100, 1, 100, .stopped), (99, 0, 100, .stopped),
        ] as [(Int64, Int128, Int64, BudgetState)])
    func isStoppedWhereTheSmallestCallDoesNotFit(cap: Int64, booked: Int128, smallest: Int64, state: BudgetState) {
        let thresholds = Thresholds(smallestCall: Money(nanodollars: smallest))
        let cap = Cap.limit(Money(nanodollars: cap))
        #expect(thresholds.state(booked: MoneySum(nanodollars: booked), cap: cap) == state)
    }

    @Test func comparesExactlyWhereTheShareIsNoWholeNumber() {
        // 80 % of 3 nanodollars is 2.4: two are below it, three are all of it.
        let cap = Cap.limit(Money(nanodollars: 3))
        #expect(Thresholds().state(booked: MoneySum(nanodollars: 2), cap: cap) == .active)
        #expect(Thresholds(warnAt: 6_666).state(booked: MoneySum(nanodollars: 2), cap: cap) == .warned)
        #expect(Thresholds(warnAt: 6_667).state(booked: MoneySum(nanodollars: 2), cap: cap) == .active)
    }

    @Test func aCapOfZeroIsStoppedAndNoCapIsActive() {
        let much = MoneySum(nanodollars: Int128(Int64.max) * 1_000)
        #expect(Thresholds().state(booked: .zero, cap: .limit(.zero)) == .stopped)
        #expect(Thresholds(smallestCall: .max).state(booked: much, cap: .none) == .active)
    }

    @Test func theLargestCapDoesNotOverflow() {
        let booked = MoneySum(nanodollars: Int128(Int64.max) * 8 / 10)
        #expect(Thresholds().state(booked: booked, cap: .limit(.max)) == .active)
        #expect(Thresholds().state(booked: booked + MoneySum(nanodollars: 1), cap: .limit(.max)) == .warned)
    }

    @Test(
        arguments: [
            (0, 100, 0), (1, 100, 100), (100, 100, 10_000), (12_345, 1_000_000, 123), (999_999, 1_000_000, 9_999),
            (2, 3, 6_666), (130, 100, 13_000), (-5, 100, 0), (5, 0, 10_000), (0, 0, 10_000),
        ] as [(Int128, Int64, Int128)])
    func percentagesAreRoundedDown(part: Int128, cap: Int64, hundredths: Int128) {
        let cap = Cap.limit(Money(nanodollars: cap))
        #expect(hundredthsOfPercent(MoneySum(nanodollars: part), of: cap) == hundredths)
    }

    @Test func thereIsNoPercentageOfNoCap() {
        #expect(hundredthsOfPercent(MoneySum(nanodollars: 5), of: .none) == 0)
    }
}

@Suite struct TenantStateTests {
    private func state(_ story: BookStory, _ tenant: UInt32) -> BudgetState {
        let noon = Instant(seconds: CivilDate(year: 2026, month: 6, day: 15).daysSince1970 * 86_400 + 43_200)
        return story.books.state(over: CallScopes(TenantID(tenant)), at: noon, zones: .utc, thresholds: Thresholds())
    }

    @Test func isTheWorstOfAllBudgetsOverTheTenant() {
        let story = BookStory.tell(
            """
            cap all/day 100       => cap
            cap global/month 100  => cap
            reserve acme 80       => reserved 1
            reserve beta 10       => reserved 2
            settle 1 80           => settled
            settle 2 10           => settled
            """)
        #expect(state(story, 1) == .degraded)  // its day is warned, the global month degraded
        #expect(state(story, 2) == .degraded)
    }

    @Test func reservationsDoNotMoveIt() {
        let story = BookStory.tell(
            """
            cap all/day 100       => cap
            reserve acme 100      => reserved 1
            """)
        #expect(state(story, 1) == .active)
    }

    @Test func unresolvedMoneyMovesItAndEvidenceMovesItBack() {
        let doubtful = """
            cap all/day 100       => cap
            reserve acme 100      => reserved 1
            doubt 1               => unresolved
            """
        #expect(state(BookStory.tell(doubtful), 1) == .stopped)
        #expect(state(BookStory.tell(doubtful + "\nsettle 1 85 => settled"), 1) == .warned)
    }

    @Test func aTenantWithoutCapsIsActive() {
        #expect(state(BookStory.tell("reserve acme 5 => reserved 1\nsettle 1 5 => settled"), 1) == .active)
    }
}
