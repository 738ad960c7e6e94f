/// A price per unit (a token, a request, an image): whole picodollars. $1 is 10¹² of them.
///
/// A listed price finer than a picodollar is rounded **up**, so that a ceiling made of rates stays a ceiling.
public struct Rate: Hashable, Comparable, Sendable {
    public let picodollars: Int64

    /// - Precondition: not negative; a negative rate would lower a ceiling.
    public init(picodollars: Int64) {
        precondition(picodollars >= 0, "a rate is never negative, got \(picodollars) picodollars")
        self.picodollars = picodollars
    }

    public static let zero = Rate(picodollars: 0)

    /// Reads a price in USD per unit, such as `0.00000175`.
    ///
    /// - Throws: ``ExactDecimal/Failure`` for text that is no decimal number, a negative one, or one beyond the range.
    public init(usd text: String) throws(ExactDecimal.Failure) {
        let value = try ExactDecimal.scaled(Array(text.utf8), decimals: 12, rounding: .up)
        guard let picodollars = Int64(exactly: value), picodollars >= 0 else { throw .outOfRange }
        self.picodollars = picodollars
    }

    /// What `units` cost. Exact: an `Int64` times an `Int64` always fits an `Int128`.
    public static func * (rate: Rate, units: Int64) -> Picodollars {
        Picodollars(Int128(rate.picodollars) * Int128(units))
    }

    /// The same price in USD per million units, as `provider.max_price` of OpenRouter wants it.
    public var usdPerMillion: String { ExactDecimal.text(Int128(picodollars), decimals: 6) }

    public static func < (lhs: Rate, rhs: Rate) -> Bool { lhs.picodollars < rhs.picodollars }

    /// The sum; at most what a rate can hold.
    public static func + (lhs: Rate, rhs: Rate) -> Rate {
        let (sum, overflow) = lhs.picodollars.addingReportingOverflow(rhs.picodollars)
        return Rate(picodollars: overflow ? .max : sum)
    }

    /// Multiplied by a fraction and rounded up; at most what a rate can hold.
    public func scaled(by numerator: Int64, over denominator: Int64) -> Rate {
        let product = Int128(picodollars) * Int128(numerator)
        return Rate(picodollars: Int64(clamping: (product + Int128(denominator) - 1) / Int128(denominator)))
    }
}

extension Rate: CustomStringConvertible {
    /// USD per unit as decimal text.
    public var description: String { ExactDecimal.text(Int128(picodollars), decimals: 12) }
}

/// An exact cost before it is rounded to money.
public struct Picodollars: Hashable, Comparable, Sendable {
    public var value: Int128

    public init(_ value: Int128) {
        self.value = value
    }

    public static let zero = Picodollars(0)

    /// Rounded **up** to a nanodollar, once per call; nil where that passes `Int64` nanodollars.
    public var roundedUp: Money? {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 1000)
        return Int64(exactly: remainder > 0 ? quotient + 1 : quotient).map(Money.init(nanodollars:))
    }

    /// The sum. One beyond the range stays at its end, which is more than money can hold.
    public static func + (lhs: Picodollars, rhs: Picodollars) -> Picodollars {
        let (sum, overflow) = lhs.value.addingReportingOverflow(rhs.value)
        return Picodollars(overflow ? (rhs.value < 0 ? .min : .max) : sum)
    }

    /// Multiplied by a fraction and rounded up. A product beyond the range stays at its end.
    public func scaled(by numerator: Int64, over denominator: Int64) -> Picodollars {
        let (product, overflow) = value.multipliedReportingOverflow(by: Int128(numerator))
        guard !overflow, product <= .max - Int128(denominator) else { return Picodollars(value < 0 ? .min : .max) }
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: Int128(denominator))
        return Picodollars(remainder > 0 ? quotient + 1 : quotient)
    }

    public static func < (lhs: Picodollars, rhs: Picodollars) -> Bool { lhs.value < rhs.value }
}
