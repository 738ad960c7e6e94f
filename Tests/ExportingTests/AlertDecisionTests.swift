import Budgeting
import ExactMoney
import Testing

@testable import Exporting
@testable import Receipts

private func usd(_ text: String) -> Money {
    guard let money = try? Money(usd: text, rounding: .down) else { preconditionFailure("\(text) is no amount") }
    return money
}

/// What a change of prices would have cost.
@Suite struct PriceEffectTests {
    typealias Price = Entry.PriceChange.Price

    private static func list(_ prices: [String: Int64]) -> [Price] {
        prices.sorted { $0.key < $1.key }.map { Price(name: $0.key, rate: Rate(picodollars: $0.value)) }
    }

    private static func line(
        _ tenant: String, _ cost: String, calls: Int64 = 1, input: Int64, output: Int64
    ) -> ReportLine {
        ReportLine(
            keys: [tenant], calls: calls, inputTokens: input, outputTokens: output, cost: usd(cost), saved: .zero)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var old: [String: Int64]
        var new: [String: Int64]
        var line: ReportLine
        /// In nanodollars.
        var more: Int128
    }

    static let cases = [
        Case(
            testDescription: "a fifth more of everything is a fifth of what was paid, caches and all",
            old: ["prompt": 1_000, "completion": 5_000], new: ["prompt": 1_200, "completion": 6_000],
            line: line("a", "10", input: 900_000, output: 7_000), more: 2_000_000_000),
        Case(
            testDescription: "completion alone, by its share", old: ["prompt": 1_000, "completion": 2_000],
            new: ["prompt": 1_000, "completion": 4_000], line: line("a", "0.000125", input: 10, output: 5), more: 62_500
        ),
        Case(
            testDescription: "less, rounded to the nearest", old: ["prompt": 3_000, "completion": 0],
            new: ["prompt": 2_000, "completion": 0], line: line("a", "0.000000010", input: 10, output: 5), more: -3),
        Case(
            testDescription: "half a nanodollar upwards", old: ["prompt": 2_000], new: ["prompt": 3_000],
            line: line("a", "0.000000001", input: 1, output: 0), more: 1),
        Case(
            testDescription: "what was free", old: ["prompt": 0, "completion": 0],
            new: ["prompt": 1_000, "completion": 2_000],
            line: line("a", "0", input: 100, output: 50), more: 200),
        Case(
            testDescription: "per request", old: ["prompt": 0, "request": 1_000_000],
            new: ["prompt": 0, "request": 3_000_000],
            line: line("a", "0.00001", calls: 10, input: 9, output: 9), more: 20_000),
        Case(
            testDescription: "a price that the tokens tell nothing of", old: ["prompt": 1_000, "image": 1],
            new: ["prompt": 1_000, "image": 9], line: line("a", "1", input: 100, output: 5), more: 0),
    ]

    @Test(arguments: cases)
    func scalesWhatWasPaid(_ one: Case) {
        let effect = PriceEffect("m", .init(old: Self.list(one.old), new: Self.list(one.new)), used: [one.line])
        #expect(effect.total.nanodollars == one.more)
    }

    private let change = Entry.PriceChange(
        old: Self.list(["prompt": 1_000_000, "completion": 2_000_000]),
        new: Self.list(["prompt": 2_000_000, "completion": 4_000_000]))

    @Test func tellsTheOperatorsOfAllAndATenantOfItself() throws {
        let lines = [Self.line("small", "1", input: 1, output: 1), Self.line("big", "7", input: 1, output: 1)]
        let news = [News(number: 1, at: Instant(seconds: 100), what: .priced(model: "a/b", change))]
        let tellings = NewsTeller.tellings(news, at: Instant(seconds: 101)) { _ in lines }
        #expect(tellings.map(\.audience) == [.operators, .tenantAlone("big"), .tenantAlone("small")])
        let texts = tellings.map(\.notice.text)
        #expect(texts[0].hasSuffix("would have cost $8 more: big +$7, small +$1."))
        #expect(texts[0].contains("rose: completion from 2 to 4, prompt from 1 to 2 USD per million"))
        #expect(texts[1].contains("big") && !texts[1].contains("small"))
        #expect(!tellings[2].notice.standard(at: Instant(seconds: 0)).contains("big"))
        let again = NewsTeller.tellings(news, at: Instant(seconds: 999)) { _ in lines }
        #expect(again.map(\.id) == tellings.map(\.id) && Set(again.map(\.id)).count == 3)
    }

    @Test func whatNobodyUsedIsOneNotice() {
        let news = (0..<3).map {
            News(number: Int64($0), at: Instant(milliseconds: Int64($0)), what: .priced(model: "m\($0)", change))
        }
        let tellings = NewsTeller.tellings(news, at: Instant(seconds: 1)) { _ in [] }
        #expect(
            tellings.map(\.notice.text) == [
                "The prices of 3 models changed that nobody used in the last 30 days: m0, m1, m2."
            ])
    }

    @Test func whatIsOldIsNoNews() {
        let news = [News(number: 1, at: Instant(seconds: 0), what: .spentOutside(usd("1")))]
        #expect(NewsTeller.tellings(news, at: Instant(seconds: 86_399)) { _ in [] }.count == 1)
        #expect(NewsTeller.tellings(news, at: Instant(seconds: 86_400)) { _ in [] }.isEmpty)
    }
}

/// When the pace of a month is news.
@Suite struct MonthForecastTests {
    private static let day: Int64 = 86_400_000
    private static let start = Instant(seconds: 1_800_000_000)

    private static func forecast(
        _ booked: String, cap: String? = "100", _ state: BudgetState = .active
    ) -> MonthForecast {
        MonthForecast(
            scope: "tenant acme", tenant: "acme", cap: cap.map { .limit(usd($0)) } ?? .none,
            booked: MoneySum(usd(booked)), state: state,
            window: Window(start: start, end: start.adding(milliseconds: 30 * day)))
    }

    /// What is booked, after how many hours, and on which day the cap is gone; nil where nothing is told.
    @Test(
        arguments: [
            ("10", 24, 10), ("10", 23, nil), ("3", 24, nil), ("3.4", 24, 29), ("50", 240, 20), ("33", 240, nil),
            ("34", 240, 29),
            ("0", 240, nil), ("100", 240, nil),
        ] as [(String, Int64, Int64?)])
    func isToldWhereTheMonthIsMissed(_ booked: String, _ hours: Int64, _ gone: Int64?) throws {
        let now = Self.start.adding(milliseconds: hours * 3_600_000)
        let telling = Self.forecast(booked).telling(at: now)
        #expect((telling != nil) == (gone != nil))
        guard let gone, let telling else { return }
        let dayOf = telling.notice.facts.first { $0.name == "usedUpAt" }?.value
        let expected = Self.start.adding(milliseconds: gone * Self.day).rfc3339.prefix(10)
        guard case .text(let text) = try #require(dayOf) else { return }
        #expect(text.hasPrefix(expected), "\(text)")
        #expect(
            telling.audience == .tenant("acme") && telling.mark?.until == Self.start.adding(milliseconds: 31 * Self.day)
        )
    }

    @Test func aCapThatWasRaisedAndWillNotDoEitherIsToldAgain() throws {
        let now = Self.start.adding(milliseconds: 10 * Self.day)
        let first = try #require(Self.forecast("50").telling(at: now)?.mark)
        let raised = try #require(Self.forecast("50", cap: "120").telling(at: now)?.mark)
        #expect(first.subject == raised.subject && first.level < raised.level)
        #expect(Self.forecast("50", cap: "200").telling(at: now) == nil)
    }

    @Test func whatIsStoppedOrHasNoCapIsNotForecast() {
        let now = Self.start.adding(milliseconds: 10 * Self.day)
        #expect(Self.forecast("99.99", .stopped).telling(at: now) == nil)
        #expect(Self.forecast("50", cap: nil).telling(at: now) == nil)
    }
}

/// When what an hour costs is news.
@Suite struct HourlySpendTests {
    private let now = Instant(seconds: 1_800_001_000)

    /// Dollars of this hour, of the hours before, and of the month's cap; and whether it is told at three times the usual.
    @Test(
        arguments: [
            (31, Array(repeating: 10, count: 12), 100, true),
            (30, Array(repeating: 10, count: 12), 100, false),
            (31, Array(repeating: 10, count: 11), 100, false),
            (31, [], 100, false),
            // One hour of ten may have been dear.
            (31, Array(repeating: 10, count: 18) + [90, 90], 100, true),
            (31, Array(repeating: 10, count: 17) + [90, 90, 90], 100, false),
            // A hundredth of the cap is the least.
            (31, Array(repeating: 10, count: 12), 3_101, false),
            (31, Array(repeating: 10, count: 12), nil, true),
            (0, Array(repeating: 0, count: 12), 0, false),
        ] as [(Int64, [Int64], Int64?, Bool)])
    func isToldBesideItsOwnHistory(_ spent: Int64, _ history: [Int64], _ cap: Int64?, _ isTold: Bool) {
        func dollars(_ count: Int64) -> Money { Money(nanodollars: count * 1_000_000_000) }
        let one = HourlySpend(
            tenant: "acme", hour: Instant(seconds: 1_800_000_000), spent: dollars(spent), history: history.map(dollars),
            cap: cap.map { .limit(dollars($0)) } ?? .none)
        let telling = one.telling(above: 300, at: now)
        #expect((telling != nil) == isTold)
        #expect(
            telling == nil
                || telling?.mark?.subject == one.telling(above: 300, at: now.adding(milliseconds: 5_000))?.mark?.subject
        )
    }
}
