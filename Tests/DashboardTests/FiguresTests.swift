import Budgeting
import ExactMoney
import Testing

@testable import Dashboard

@Suite struct FiguresTests {
    @Test(
        arguments: [
            (0, "$0"), (1, "<$0.000001"), (600, "$0.000001"), (999_999, "$0.001000"), (1_000_000, "$0.0010"),
            (19_400_000, "$0.0194"), (4_620_000_000, "$4.62"), (4_625_000_000, "$4.63"), (-4_620_000_000, "−$4.62"),
            (999_994_999_999, "$999.99"), (1_204_000_000_000, "$1,204"), (1_234_567_890_000_000_000, "$1,234,567,890"),
        ] as [(Int128, String)])
    func moneyHasAsManyDecimalsAsItWants(nanodollars: Int128, text: String) {
        #expect(Figures.money(MoneySum(nanodollars: nanodollars)) == text)
    }

    @Test(
        arguments: [
            (5_000_000_000, "$5"), (250_000_000, "$0.25"), (1_500_000, "$0.0015"), (0, "$0"),
            (12_345_000_000_000, "$12,345"),
        ] as [(Int64, String)])
    func whatSomebodySetIsShownAsExact(nanodollars: Int64, text: String) {
        #expect(Figures.amount(Money(nanodollars: nanodollars)) == text)
    }

    @Test(
        arguments: [
            (0, "0\u{A0}%"), (1, "<1\u{A0}%"), (99, "<1\u{A0}%"), (100, "1\u{A0}%"), (9_999, "99\u{A0}%"),
            (10_000, "100\u{A0}%"), (23_456, "234\u{A0}%"),
        ] as [(Int128, String)])
    func aShareIsNeverRoundedUp(hundredths: Int128, text: String) {
        #expect(Figures.percent(hundredths) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "−1,234,567"), (100_000, "100,000")])
    func countsHaveThousands(number: Int, text: String) {
        #expect(Figures.count(number) == text)
    }

    @Test(arguments: [(9_999, "9,999"), (41_250, "41.2 k"), (3_100_000, "3.1 M")] as [(Int64, String)])
    func tokensAreShort(number: Int64, text: String) {
        #expect(Figures.short(number) == text)
    }

    @Test(arguments: [(1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (1_000, 1_000), (1_001, 2_000)] as [(Int128, Int128)])
    func aScaleEndsAtOneTwoOrFive(amount: Int128, ceiling: Int128) {
        #expect(Figures.niceCeiling(MoneySum(nanodollars: amount)).nanodollars == ceiling)
    }

    @Test func timesAreNearby() {
        let zone = ZoneRules.utc
        let noon = Instant(seconds: CivilDate(year: 2026, month: 11, day: 26).daysSince1970 * 86_400 + 43_200)
        func after(_ hours: Int64) -> String { noon.adding(milliseconds: hours * 3_600_000).nearby(noon, in: zone) }
        #expect(after(5) == "17:00")
        #expect(after(12) == "tomorrow, 00:00")
        #expect(after(-13) == "yesterday, 23:00")
        #expect(after(24 * 5) == "1\u{A0}Dec, 12:00")
        #expect(noon.distance(to: noon.adding(milliseconds: 4_000)) == "4\u{A0}s")
        #expect(noon.distance(to: noon.adding(milliseconds: 7_200_000)) == "2\u{A0}h")
    }
}
