/// Decimal text in and out, without a binary fraction in between.
public enum ExactDecimal {
    /// What happens to digits finer than the unit.
    public enum Rounding: Sendable {
        /// Towards zero. For caps: a user never gets a larger budget than was written.
        case down
        /// Away from zero. For rates: a ceiling stays a ceiling.
        case up
        /// To the nearest, a half away from zero. For costs that a provider states.
        case halfUp
    }

    public enum Failure: Error, Equatable, Sendable {
        /// Not a decimal number: empty, `nan`, `inf`, `1.2.3`, `0x10`, spaces.
        case malformed
        /// A decimal number, but beyond what the unit can hold, or negative where that has no meaning.
        case outOfRange
    }

    /// The number in units of 10^-`decimals`.
    ///
    /// Accepts `[+-]digits[.digits][(e|E)[+-]digits]` with a digit on at least one side of the point.
    public static func scaled(
        _ text: some Sequence<UInt8>, decimals: Int, rounding: Rounding
    ) throws(Failure) -> Int128 {
        let number = try Parts(Array(text))
        var value: Int128 = 0
        var firstDropped: UInt8 = 0
        var dropsMore = false
        for (index, digit) in number.digits.enumerated() {
            // 10 to this power is what one of this digit is worth, in units.
            let power = number.pointAt - 1 - index + number.exponent + decimals
            if power >= 0 {
                let (product, overflowsProduct) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflowsSum) = product.addingReportingOverflow(Int128(digit))
                guard !overflowsProduct, !overflowsSum else { throw .outOfRange }
                value = sum
            } else if power == -1 {
                firstDropped = digit
            } else if digit != 0 {
                dropsMore = true
            }
        }
        try value.shift(byPowerOfTen: number.pointAt - number.digits.count + number.exponent + decimals)
        let roundsUp =
            switch rounding {
            case .down: false
            case .up: firstDropped > 0 || dropsMore
            case .halfUp: firstDropped >= 5
            }
        if roundsUp {
            guard value < .max else { throw .outOfRange }
            value += 1
        }
        return number.isNegative ? -value : value
    }

    /// The value of `units` of 10^-`decimals`, without trailing zeros: `text(13_750, decimals: 9)` is `0.00001375`.
    public static func text(_ units: Int128, decimals: Int) -> String {
        // Dividing 64 bits is several times as fast, and nearly every amount fits.
        if let magnitude = UInt64(exactly: units.magnitude) {
            return text(magnitude, isNegative: units < 0, decimals: decimals)
        }
        return text(units.magnitude, isNegative: units < 0, decimals: decimals)
    }

    private static func text(
        _ magnitude: some UnsignedInteger & FixedWidthInteger, isNegative: Bool, decimals: Int
    ) -> String {
        // 128 bits have at most 39 digits; beside them stand a sign, a point and zeros up to the point.
        let capacity = max(39, decimals + 1) + 2
        return String(unsafeUninitializedCapacity: capacity) { buffer in
            var (rest, place, at, hasFraction) = (magnitude, 0, capacity, false)
            // From the last digit to the first.
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                rest = quotient
                if place == decimals, hasFraction {
                    at -= 1
                    buffer[at] = UInt8(ascii: ".")
                }
                if place < decimals { hasFraction = hasFraction || digit != 0 }
                if place >= decimals || hasFraction {
                    at -= 1
                    buffer[at] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
                }
                place += 1
            } while rest != 0 || place <= decimals
            if isNegative {
                at -= 1
                buffer[at] = UInt8(ascii: "-")
            }
            for index in at..<capacity { buffer[index - at] = buffer[index] }
            return capacity - at
        }
    }
}

extension ExactDecimal {
    /// A decimal number taken apart: digits without the point, where the point stood, and the exponent.
    private struct Parts {
        var isNegative = false
        var digits: [UInt8] = []
        var pointAt = 0
        var exponent = 0

        init(_ text: [UInt8]) throws(Failure) {
            var rest = text[...]
            isNegative = rest.first == UInt8(ascii: "-")
            if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            digits = rest.takeDigits()
            pointAt = digits.count
            if rest.first == UInt8(ascii: ".") {
                rest.removeFirst()
                digits += rest.takeDigits()
            }
            guard !digits.isEmpty else { throw .malformed }
            if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
                rest.removeFirst()
                exponent = try Parts.exponent(&rest)
            }
            guard rest.isEmpty else { throw .malformed }
        }

        /// Exponents are cut to ±10¹⁵. No text is long enough to make up for that with its digits.
        private static func exponent(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> Int {
            let isNegative = rest.first == UInt8(ascii: "-")
            if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            let digits = rest.takeDigits()
            guard !digits.isEmpty else { throw .malformed }
            let magnitude = digits.reduce(0) { Swift.min($0 * 10 + Int($1), 1_000_000_000_000_000) }
            return isNegative ? -magnitude : magnitude
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func takeDigits() -> [UInt8] {
        let digits = prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        self = dropFirst(digits.count)
        return digits.map { $0 - UInt8(ascii: "0") }
    }
}

extension Int128 {
    /// Multiplies by 10^power; a negative power means the digits were dropped already.
    fileprivate mutating func shift(byPowerOfTen power: Int) throws(ExactDecimal.Failure) {
        guard power > 0, self != 0 else { return }
        for _ in 0..<power {
            let (product, overflow) = multipliedReportingOverflow(by: 10)
            guard !overflow else { throw .outOfRange }
            self = product
        }
    }
}
