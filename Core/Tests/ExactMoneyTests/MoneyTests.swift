import ExactMoney
import Testing

@Suite struct MoneyTests {
    @Test func readsWholeNanodollars() throws {
        #expect(try Money(usd: "0.00001375", rounding: .down) == Money(nanodollars: 13_750))
        #expect(try Money(usd: "1.64e-06", rounding: .halfUp) == Money(nanodollars: 1_640))
        #expect(try Money(usd: Array("-2.5".utf8), rounding: .down) == Money(nanodollars: -2_500_000_000))
    }

    @Test func readsUpToTheLastNanodollarOfItsRange() throws {
        #expect(try Money(usd: "9223372036.854775807", rounding: .up) == .max)
        #expect(try Money(usd: "9223372036.8547758079", rounding: .down) == .max)
        #expect(try Money(usd: "-9223372036.854775808", rounding: .down) == Money(nanodollars: .min))
    }

    @Test(arguments: ["9223372036.854775808", "-9223372036.854775809", "1e10", "9223372036.8547758079"])
    func refusesAnAmountBeyondItsRange(_ text: String) {
        #expect(throws: ExactDecimal.Failure.outOfRange) { try Money(usd: text, rounding: .up) }
    }

    @Test func refusesATextThatIsNoAmount() {
        #expect(throws: ExactDecimal.Failure.malformed) { try Money(usd: "five", rounding: .down) }
        #expect(throws: ExactDecimal.Failure.malformed) { try Money(usd: "", rounding: .down) }
    }

    @Test func refusesToAddPastItsRange() {
        let one = Money(nanodollars: 1)
        #expect(Money(nanodollars: 2).adding(one) == Money(nanodollars: 3))
        #expect(Money.max.adding(one) == nil)
        #expect(Money(nanodollars: .min).adding(Money(nanodollars: -1)) == nil)
    }

    @Test func sumsGoBeyondOneAmount() {
        var sum = MoneySum(Money.max)
        sum += Money.max
        #expect(sum.nanodollars == 2 * Int128(Int64.max))
        #expect(sum.money == nil)
        sum -= Money.max
        #expect(sum.money == .max)
        #expect((sum - sum) == .zero)
        #expect(MoneySum(Money(nanodollars: 2)) + MoneySum(Money(nanodollars: 3)) == MoneySum(nanodollars: 5))
    }

    @Test(
        arguments: [
            (0, "$0.00"), (1, "$0.000000001"), (13_750, "$0.00001375"), (9_999_999, "$0.009999999"),
            (10_000_000, "$0.01"), (4_629_999_999, "$4.62"), (4_070_000_000, "$4.07"), (5_000_000_000, "$5.00"),
            (1_234_560_000_000, "$1234.56"), (-4_629_999_999, "-$4.62"), (-10_000_000, "-$0.01"),
            (-13_750, "-$0.00001375"), (19_453_000, "$0.0194"), (380_000_000, "$0.38"), (999_999_999, "$0.9999"),
            (100_000_000, "$0.10"),
        ] as [(Int64, String)])
    func writesDollarsForAPerson(_ nanodollars: Int64, text: String) {
        #expect(Money(nanodollars: nanodollars).dollars == text)
        #expect(MoneySum(nanodollars: Int128(nanodollars)).dollars == text)
    }

    @Test func describesItselfInFull() {
        #expect("\(Money(nanodollars: 4_629_999_999))" == "4.629999999")
        #expect("\(MoneySum(nanodollars: -1))" == "-0.000000001")
    }
}
