import ExactMoney
import Testing

/// One line of the table: a text, read with so many decimals, is so many units.
struct DecimalCase: Sendable, CustomTestStringConvertible {
    let text: String
    let units: Int128
    let decimals: Int

    init(_ text: String, _ units: Int128, decimals: Int = 9) {
        self.text = text
        self.units = units
        self.decimals = decimals
    }

    var testDescription: String { "'\(text)' at \(decimals) decimals" }
}

private func scaled(
    _ text: String, decimals: Int = 9, _ rounding: ExactDecimal.Rounding = .down
) throws(ExactDecimal.Failure) -> Int128 {
    try ExactDecimal.scaled(Array(text.utf8), decimals: decimals, rounding: rounding)
}

@Suite struct DecimalParsingTests {
    @Test(arguments: [
        DecimalCase("0", 0),
        DecimalCase("5", 5_000_000_000),
        DecimalCase("+5", 5_000_000_000),
        DecimalCase("-5", -5_000_000_000),
        DecimalCase("-0", 0),
        DecimalCase("5.", 5_000_000_000),
        DecimalCase(".5", 500_000_000),
        DecimalCase("-.5", -500_000_000),
        DecimalCase("007.50", 7_500_000_000),
        DecimalCase("0.00001375", 13_750),
        DecimalCase("1.64e-06", 1_640),
        DecimalCase("1.64E-06", 1_640),
        DecimalCase("1e3", 1_000_000_000_000),
        DecimalCase("1e+3", 1_000_000_000_000),
        DecimalCase("12.5e1", 125_000_000_000),
        DecimalCase("0.000000001", 1),
        DecimalCase("10e-10", 1),
        DecimalCase("0.0000000000000000000001", 1, decimals: 22),
        DecimalCase("0.0000017500000000000001", 17_500_000_000_000_001, decimals: 22),
        DecimalCase("12", 12, decimals: 0),
    ])
    func readsExactly(_ row: DecimalCase) throws {
        for rounding in [ExactDecimal.Rounding.down, .up, .halfUp] {
            #expect(try scaled(row.text, decimals: row.decimals, rounding) == row.units)
        }
    }

    @Test(
        arguments: [
            // text, down, up, halfUp
            ("0.0000000001", 0, 1, 0),
            ("0.0000000004999", 0, 1, 0),
            ("0.0000000005", 0, 1, 1),
            ("0.00000000050000", 0, 1, 1),
            ("0.0000000009999", 0, 1, 1),
            ("0.00000000100", 1, 1, 1),
            ("0.0000000010000000000001", 1, 2, 1),
            ("0.0000000015", 1, 2, 2),
            ("-0.0000000004", 0, -1, 0),
            ("-0.0000000015", -1, -2, -2),
            ("9.9999999999", 9_999_999_999, 10_000_000_000, 10_000_000_000),
            ("5e-10", 0, 1, 1),
            ("5e-11", 0, 1, 0),
            ("99e-11", 0, 1, 1),
            ("1e-999999999999999999999999", 0, 1, 0),
        ] as [(String, Int128, Int128, Int128)])
    func roundsOnceInTheNamedDirection(_ text: String, down: Int128, up: Int128, halfUp: Int128) throws {
        #expect(try scaled(text, .down) == down)
        #expect(try scaled(text, .up) == up)
        #expect(try scaled(text, .halfUp) == halfUp)
    }

    @Test(arguments: [
        "", "+", "-", ".", "-.", "e", "e5", "1e", "1e+", "1e-", ".e1", "nan", "NaN", "inf", "-inf", "Infinity",
        "1.2.3", "0x1", "0x10", "1_000", "1,5", "1,000.00", " 1", "1 ", "1 000", "\t1", "1\n", "--1", "+-1", "1-",
        "1e1.5", "1e5e5", "$1", "1USD", "٣", "1\u{0}", "１", "½",
    ])
    func refusesWhatIsNoDecimalNumber(_ text: String) {
        for rounding in [ExactDecimal.Rounding.down, .up, .halfUp] {
            #expect(throws: ExactDecimal.Failure.malformed) { try scaled(text, rounding) }
        }
    }

    @Test(arguments: [
        "0", "-0", "0.0", "0e0", "0e9999999999999999999999", "0e-9999999999999999999999", "0.000e400", "-0E+99999",
    ])
    func zeroIsZeroWhateverItsExponent(_ text: String) throws {
        for rounding in [ExactDecimal.Rounding.down, .up, .halfUp] {
            #expect(try scaled(text, rounding) == 0)
        }
    }

    @Test func followsAnExponentThatMakesUpForManyDigits() throws {
        let small = "0." + String(repeating: "0", count: 12_000) + "1e12001"
        let large = "1" + String(repeating: "0", count: 12_000) + "e-12000"
        #expect(try scaled(small, .up) == 1_000_000_000)
        #expect(try scaled(large, .up) == 1_000_000_000)
    }
}

@Suite struct DecimalRangeTests {
    static let largest = "170141183460469231731687303715884105727"

    @Test func readsTheLargestAndSmallestNumber() throws {
        #expect(try scaled(Self.largest, decimals: 0) == .max)
        #expect(try scaled("-" + Self.largest, decimals: 0) == -.max)
    }

    @Test(arguments: [
        "170141183460469231731687303715884105728", "170141183460469231731687303715884105729",
        "170141183460469231731687303715884105730", "1701411834604692317316873037158841057270",
        "999999999999999999999999999999999999999", "1e39", "1e9999999999999999999999", "-1e400",
        "17014118346046923174e19",
    ])
    func refusesWhatIsTooLarge(_ text: String) {
        #expect(throws: ExactDecimal.Failure.outOfRange) { try scaled(text, decimals: 0) }
    }

    @Test func refusesToRoundBeyondTheLargest() throws {
        #expect(try scaled(Self.largest + ".4", decimals: 0, .halfUp) == .max)
        #expect(throws: ExactDecimal.Failure.outOfRange) { try scaled(Self.largest + ".5", decimals: 0, .halfUp) }
        #expect(throws: ExactDecimal.Failure.outOfRange) { try scaled(Self.largest + ".1", decimals: 0, .up) }
    }
}
