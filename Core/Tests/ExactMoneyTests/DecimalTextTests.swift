import ExactMoney
import Simulation
import Testing

@Suite struct DecimalTextTests {
    @Test(
        arguments: [
            (0, 9, "0"), (1, 9, "0.000000001"), (13_750, 9, "0.00001375"), (5_000_000_000, 9, "5"),
            (5_100_000_000, 9, "5.1"), (-13_750, 9, "-0.00001375"), (-5_000_000_000, 9, "-5"), (12, 0, "12"),
            (100, 0, "100"), (10, 1, "1"), (1, 22, "0.0000000000000000000001"),
            (.max, 9, "170141183460469231731687303715.884105727"),
            (.min, 9, "-170141183460469231731687303715.884105728"),
        ] as [(Int128, Int, String)])
    func writesNoTrailingZeros(_ units: Int128, decimals: Int, text: String) {
        #expect(ExactDecimal.text(units, decimals: decimals) == text)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func readsBackWhatItWrote(seed: UInt64) throws {
        var chance = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let wide = Int128(truncatingIfNeeded: chance.next()) << 64 | Int128(truncatingIfNeeded: chance.next())
            // Some of every size, `Int128.min` left out: it has no positive twin.
            let units = max(wide >> Int128(chance.number(below: 128)), -.max)
            let decimals = Int(chance.number(below: 25))
            let text = ExactDecimal.text(units, decimals: decimals)
            for rounding in [ExactDecimal.Rounding.down, .up, .halfUp] {
                let read = try ExactDecimal.scaled(Array(text.utf8), decimals: decimals, rounding: rounding)
                #expect(read == units, "seed \(seed): \(text) at \(decimals) decimals")
            }
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func roundingDownAndUpEncloseTheNumber(seed: UInt64) throws {
        var chance = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let fine = Int128(chance.number(below: .max))
            let text = Array(ExactDecimal.text(fine, decimals: 15).utf8)
            let down = try ExactDecimal.scaled(text, decimals: 9, rounding: .down)
            let up = try ExactDecimal.scaled(text, decimals: 9, rounding: .up)
            let near = try ExactDecimal.scaled(text, decimals: 9, rounding: .halfUp)
            #expect(down == fine / 1_000_000 && up == (fine + 999_999) / 1_000_000, "seed \(seed): \(fine)")
            #expect(near == (fine + 500_000) / 1_000_000, "seed \(seed): \(fine)")
        }
    }
}
