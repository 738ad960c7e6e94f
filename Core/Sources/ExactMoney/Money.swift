/// An amount of money: whole nanodollars. $1 is 1 000 000 000 of them.
///
/// One amount fits an `Int64` (about ±9.2 billion dollars). Sums of many amounts are a ``MoneySum``, which
/// cannot overflow by any number of amounts a disk can hold.
public struct Money: Hashable, Comparable, Sendable {
    public let nanodollars: Int64

    public init(nanodollars: Int64) {
        self.nanodollars = nanodollars
    }

    public static let zero = Money(nanodollars: 0)
    public static let max = Money(nanodollars: .max)

    /// Reads a decimal amount of USD, such as `5`, `0.00001375` or `1.64e-06`.
    ///
    /// - Parameters:
    ///   - text: ASCII decimal text, with an optional sign, fraction and exponent.
    ///   - rounding: what happens to digits beyond the ninth decimal.
    /// - Throws: ``ExactDecimal/Failure`` for text that is no decimal number, and for an amount beyond `Int64` nanodollars.
    public init(usd text: some Sequence<UInt8>, rounding: ExactDecimal.Rounding) throws(ExactDecimal.Failure) {
        let value = try ExactDecimal.scaled(text, decimals: 9, rounding: rounding)
        guard let nanodollars = Int64(exactly: value) else { throw .outOfRange }
        self.nanodollars = nanodollars
    }

    /// As ``init(usd:rounding:)``, from a string.
    public init(usd text: String, rounding: ExactDecimal.Rounding) throws(ExactDecimal.Failure) {
        try self.init(usd: Array(text.utf8), rounding: rounding)
    }

    /// The sum, or nil where it would pass `Int64`.
    public func adding(_ other: Money) -> Money? {
        let (sum, overflow) = nanodollars.addingReportingOverflow(other.nanodollars)
        return overflow ? nil : Money(nanodollars: sum)
    }

    public static func < (lhs: Money, rhs: Money) -> Bool { lhs.nanodollars < rhs.nanodollars }
}

/// What amounts add up to. Wide enough that adding never overflows.
public struct MoneySum: Hashable, Comparable, Sendable {
    public var nanodollars: Int128

    public init(nanodollars: Int128) {
        self.nanodollars = nanodollars
    }

    public init(_ money: Money) {
        nanodollars = Int128(money.nanodollars)
    }

    public static let zero = MoneySum(nanodollars: 0)

    /// The sum as one amount, or nil where it passes `Int64` nanodollars.
    public var money: Money? { Int64(exactly: nanodollars).map(Money.init(nanodollars:)) }

    public static func + (lhs: MoneySum, rhs: MoneySum) -> MoneySum {
        MoneySum(nanodollars: lhs.nanodollars + rhs.nanodollars)
    }

    public static func - (lhs: MoneySum, rhs: MoneySum) -> MoneySum {
        MoneySum(nanodollars: lhs.nanodollars - rhs.nanodollars)
    }

    public static func += (lhs: inout MoneySum, rhs: Money) { lhs.nanodollars += Int128(rhs.nanodollars) }
    public static func -= (lhs: inout MoneySum, rhs: Money) { lhs.nanodollars -= Int128(rhs.nanodollars) }
    public static func < (lhs: MoneySum, rhs: MoneySum) -> Bool { lhs.nanodollars < rhs.nanodollars }
}

extension Money: CustomStringConvertible {
    /// USD as decimal text without trailing zeros: `5`, `0.00001375`.
    public var description: String { MoneySum(self).description }

    /// USD as a person writes it; see ``MoneySum/dollars``.
    public var dollars: String { MoneySum(self).dollars }
}

extension MoneySum: CustomStringConvertible {
    /// USD as decimal text without trailing zeros: `5`, `0.00001375`.
    public var description: String { ExactDecimal.text(nanodollars, decimals: 9) }

    /// USD as a person writes it, rounded down: `$4.62` from a dollar on, up to four decimals below (`$0.0194`, `$0.38`), and
    /// under a cent all digits.
    public var dollars: String {
        let sign = nanodollars < 0 ? "-" : ""
        let magnitude = Int128(nanodollars.magnitude)
        if magnitude != 0, magnitude < 10_000_000 { return sign + "$" + ExactDecimal.text(magnitude, decimals: 9) }
        let (unit, decimals): (Int128, Int) = magnitude < 1_000_000_000 ? (100_000, 4) : (10_000_000, 2)
        var text = ExactDecimal.text(magnitude / unit, decimals: decimals)
        if !text.contains(".") { text += "." }
        let fraction = text.drop { $0 != "." }.count - 1
        return sign + "$" + text + String(repeating: "0", count: max(0, 2 - fraction))
    }
}
