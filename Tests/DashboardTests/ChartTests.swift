import Budgeting
import ExactMoney
import Foundation
import Ledger
import Testing

@testable import Dashboard

@Suite struct BurnDownTests {
    private static let day = Instant(seconds: CivilDate(year: 2026, month: 11, day: 26).daysSince1970 * 86_400)

    /// A day's budget of $10 at noon, of which so many cents are settled.
    private func burnDown(cents: Int64, cap: Cap = .limit(Money(nanodollars: 10_000_000_000))) throws -> BurnDown? {
        let noon = Self.day.adding(milliseconds: 43_200_000)
        var books = Books()
        let budget = BudgetID(.tenant(TenantID(1)), .day)
        try books.apply(Entry(at: Self.day, event: .capChanged(.budget(budget), cap)))
        let policy = Ledger.Policy(thresholds: Thresholds())
        for command in [
            Command.reserve(CallScopes(TenantID(1)), model: ModelID(1), amount: Money(nanodollars: cents * 10_000_000)),
            .settle(
                ReservationID(1),
                .init(
                    cost: Money(nanodollars: cents * 10_000_000), inputTokens: 1, outputTokens: 1, evidence: .provider)),
        ] {
            for event in try books.decide(command, at: Self.day, zones: .utc).get() {
                try books.apply(Entry(at: Self.day, event: event))
            }
        }
        let view = BudgetView(budget, in: books, at: noon, policy: policy)
        return BurnDown(view, of: "shop", spent: [], pace: view.pace(at: noon), now: noon, zone: .utc)
    }

    @Test func saysWhenItIsGone() throws {
        let burn = try #require(try burnDown(cents: 800))
        #expect(burn.sentence == "$2.00 of $10 left. At this pace it is gone at about 15:00.")
        let drawn = burn.chart(id: "b").html.text
        #expect(drawn.contains("gone at 15:00"))
        #expect(drawn.contains("role=\"img\"") && drawn.contains("<title id=\"b-title\">shop, left today</title>"))
        #expect(drawn.contains("<td class=\"n\">$2.00</td>"), "the numbers stand in a table too")
    }

    @Test func saysThatItLasts() throws {
        let burn = try #require(try burnDown(cents: 400))
        #expect(burn.sentence == "$6.00 of $10 left. At this pace it lasts the day.")
        #expect(!burn.chart(id: "b").html.text.contains("gone at"))
    }

    @Test func saysThatItIsUsedUp() throws {
        let burn = try #require(try burnDown(cents: 1_000))
        #expect(burn.sentence == "Used up until tomorrow, 00:00.")
        #expect(burn.gone == nil)
    }

    @Test func thereIsNothingToBurnWithoutACap() throws {
        #expect(try burnDown(cents: 100, cap: .none) == nil)
        #expect(try burnDown(cents: 0, cap: .limit(.zero)) == nil)
    }
}

@Suite struct BarsTests {
    @Test func drawAllDaysOfAMonth() {
        let days = [MoneySum](repeating: MoneySum(nanodollars: 5_000_000_000), count: 3)
        let today = CivilDate(year: 2026, month: 2, day: 3)
        let chart = Bars.ofMonth(days, today: today, limit: nil).chart(id: "m", heading: "H", says: "S", column: "Day")
        #expect(chart.drawing.text.components(separatedBy: "<rect").count - 1 == 28)
        #expect(chart.drawing.text.components(separatedBy: "bar now").count - 1 == 1)
        #expect(chart.rows.count == 3)
    }

    @Test func aFarCapDoesNotFlattenTheBars() {
        let bars = [Bars.Bar(label: "1", mark: "", amount: MoneySum(nanodollars: 100))]
        func drawn(_ limit: Int128) -> String {
            Bars(bars: bars, limit: MoneySum(nanodollars: limit)).chart(id: "m", heading: "", says: "", column: "")
                .drawing.text
        }
        #expect(drawn(200).contains("class=\"limit\""))
        #expect(!drawn(1_000).contains("class=\"limit\""))
    }

    @Test func nothingSpentIsDrawnToo() {
        let chart = Bars(bars: [Bars.Bar(label: "1", mark: "", amount: .zero)]).chart(
            id: "m", heading: "", says: "", column: "")
        #expect(chart.drawing.text.contains("height=\"0\""))
    }
}
