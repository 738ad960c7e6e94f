import Budgeting
import ExactMoney
import Testing

@testable import Dashboard

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

    @Test func noAmountOverflows() {
        let pace = Pace(spent: MoneySum(nanodollars: 1), from: start, to: hours(1))
        #expect(pace.whenGone(MoneySum(nanodollars: .max), from: start) == nil)
        #expect(pace.whenGone(MoneySum(Money.max), from: start) == nil)
    }
}
