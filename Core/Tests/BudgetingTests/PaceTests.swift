import Budgeting
import ExactMoney
import Testing

@Suite struct PaceTests {
    private let start = Instant(seconds: 1_800_000_000)

    private func hours(_ count: Int64) -> Instant { start.adding(milliseconds: count * 3_600_000) }

    @Test func isGoneWhenTheSameGoesOn() {
        let pace = Pace(spent: MoneySum(nanodollars: 40), from: start, to: hours(4))
        #expect(pace.whenGone(MoneySum(nanodollars: 60), from: hours(4)) == hours(10))
        #expect(pace.amount(over: 2 * 3_600_000).nanodollars == 20)
    }

    @Test func theFirstMinutesCountAsAnHour() {
        let pace = Pace(spent: MoneySum(nanodollars: 10), from: start, to: start.adding(milliseconds: 1))
        #expect(pace.whenGone(MoneySum(nanodollars: 20), from: start) == hours(2))
    }

    @Test func nothingSpentIsNeverGone() {
        #expect(Pace(spent: .zero, from: start, to: hours(4)).whenGone(MoneySum(nanodollars: 1), from: hours(4)) == nil)
        #expect(
            Pace(spent: MoneySum(nanodollars: -5), from: start, to: hours(4)).whenGone(
                MoneySum(nanodollars: 1), from: hours(4)) == nil)
    }

    /// A cap of 100, when it is gone at the pace of so much in so many of 30 days; in hours from the start.
    @Test(
        arguments: [
            (50, 10, 480), (99, 10, 242), (34, 10, 705), (33, 10, nil), (100, 10, nil), (120, 10, nil), (0, 10, nil),
            (1, 30, nil),
        ] as [(Int128, Int64, Int64?)])
    func aCapLastsOrDoesNot(_ booked: Int128, _ days: Int64, _ gone: Int64?) {
        let (now, end) = (hours(days * 24), hours(30 * 24))
        let sum = MoneySum(nanodollars: booked)
        let pace = Pace(spent: sum, from: start, to: now)
        let found = pace.usedUp(.limit(Money(nanodollars: 100)), booked: sum, before: end, from: now)
        #expect(found.map { ($0.milliseconds - start.milliseconds) / 3_600_000 } == gone)
        #expect(pace.usedUp(.none, booked: sum, before: end, from: now) == nil)
    }

    @Test func noAmountOverflows() {
        let pace = Pace(spent: MoneySum(nanodollars: 1), from: start, to: hours(1))
        #expect(pace.whenGone(MoneySum(nanodollars: .max), from: start) == nil)
        #expect(pace.whenGone(MoneySum(Money.max), from: start) == nil)
    }
}
