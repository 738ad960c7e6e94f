import ExactMoney
import Testing

@Suite struct RateTests {
    @Test(
        arguments: [
            ("0", 0), ("0.00000175", 1_750_000), ("0.000000000001", 1), ("0.0000000000001", 1),
            ("0.0000000000010000000001", 2), ("1.64e-06", 1_640_000), ("9223372.036854775807", .max),
        ] as [(String, Int64)])
    func roundsAListedPriceUpToAPicodollar(_ text: String, picodollars: Int64) throws {
        #expect(try Rate(usd: text).picodollars == picodollars)
    }

    @Test(arguments: ["-1", "-0.0000000000001", "9223372.0368547758071", "1e9"])
    func refusesAPriceBeyondItsRange(_ text: String) {
        #expect(throws: ExactDecimal.Failure.outOfRange) { try Rate(usd: text) }
    }

    @Test(arguments: ["", "free", "nan", "1 "])
    func refusesATextThatIsNoPrice(_ text: String) {
        #expect(throws: ExactDecimal.Failure.malformed) { try Rate(usd: text) }
    }

    @Test func timesUnitsIsExactAtTheEdge() {
        let product = Rate(picodollars: .max) * Int64.max
        #expect(product.value == Int128(Int64.max) * Int128(Int64.max))
        #expect((Rate(picodollars: 1_750_000) * 3).value == 5_250_000)
    }

    @Test(
        arguments: [
            (1_750_000, "1.75"), (14_000_000, "14"), (1, "0.000001"), (0, "0"), (175_000, "0.175"),
        ] as [(Int64, String)])
    func writesTheSamePricePerMillion(_ picodollars: Int64, text: String) {
        #expect(Rate(picodollars: picodollars).usdPerMillion == text)
    }

    @Test func describesItselfPerUnit() {
        #expect("\(Rate(picodollars: 1_750_000))" == "0.00000175")
    }

    @Test(
        arguments: [
            (0, 0), (1, 1), (999, 1), (1_000, 1), (1_001, 2), (-1, 0), (-1_000, -1), (-1_999, -1),
            (Int128(Int64.max) * 1000, .max), (Int128(Int64.max) * 1000 - 999, .max),
        ] as [(Int128, Int64)])
    func aCostIsRoundedUpOnce(_ picodollars: Int128, nanodollars: Int64) {
        #expect(Picodollars(picodollars).roundedUp == Money(nanodollars: nanodollars))
    }

    @Test func aCostBeyondMoneyIsNone() {
        #expect(Picodollars(Int128(Int64.max) * 1000 + 1).roundedUp == nil)
        #expect(Picodollars(.max).roundedUp == nil)
        #expect(Picodollars(.min).roundedUp == nil)
    }
}
