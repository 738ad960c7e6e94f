import ExactMoney

/// What a report makes of the ledger's USD: a factor for fees and taxes, a markup per tenant, another currency. Exact until it is
/// rounded for showing; none of it ever comes into the ledger.
struct Conversion {
    var currency = "USD"
    /// In millionths.
    private var factor: Int128 = 1_000_000
    /// Units of the currency for one USD, in millionths.
    private var rate: Int128 = 1_000_000
    /// What a tenant's bill is made of its cost, in millionths: 15 % more is 1 150 000. `*` is every other's.
    private var markups: [String: Int128] = [:]

    /// Why a text is no conversion, for whoever wrote it.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameters:
    ///   - markups: `acme=15%` or `*=15%`, each.
    /// - Throws: ``Problem``
    init(factor: String?, currency: String?, rate: String?, markups: [String]) throws(Problem) {
        if let factor { self.factor = try Conversion.millionths(factor, "--factor") }
        guard (currency == nil || currency == "USD") == (rate == nil) else {
            throw Problem(description: "--currency and --rate go together: --currency EUR --rate 0.92")
        }
        if let rate { self.rate = try Conversion.millionths(rate, "--rate") }
        if let currency {
            guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
                throw Problem(description: "--currency is three letters such as EUR")
            }
            self.currency = currency
        }
        for markup in markups {
            let parts = markup.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[1].hasSuffix("%"),
                let share = try? ExactDecimal.scaled(parts[1].dropLast().utf8, decimals: 4, rounding: .halfUp),
                share > -1_000_000, share < 1_000_000_000
            else { throw Problem(description: "--markup is such as acme=15% or *=15%, not '\(markup)'") }
            self.markups[parts[0]] = 1_000_000 + share
        }
    }

    private static func millionths(_ text: String, _ name: String) throws(Problem) -> Int128 {
        guard let value = try? ExactDecimal.scaled(text.utf8, decimals: 6, rounding: .halfUp),
            value > 0, value < 1_000_000_000_000
        else { throw Problem(description: "\(name) is a number above 0 such as 1.055, not '\(text)'") }
        return value
    }

    /// Whether it has to know whose money it is.
    var asksForTenant: Bool { !markups.isEmpty }

    /// Whether amounts differ from the ledger's.
    var changesAmounts: Bool { factor != 1_000_000 || rate != 1_000_000 || !markups.isEmpty }

    /// - Throws: ``Problem`` for an amount that no number here holds.
    func amount(of money: Money, tenant: String?) throws(Problem) -> Amount {
        let markup = tenant.flatMap { markups[$0] } ?? markups["*"] ?? 1_000_000
        var units = Int128(money.nanodollars)
        for part in [factor, rate, markup] {
            let (product, overflows) = units.multipliedReportingOverflow(by: part)
            guard !overflows else { throw Problem(description: "an amount is too large to be converted") }
            units = product
        }
        return Amount(units: units)
    }
}

/// An amount in a report's currency, exact.
struct Amount: Hashable, Comparable {
    /// Of 10^-27 of the currency's unit.
    var units: Int128

    static let zero = Amount(units: 0)
    /// How many make up 10^-9.
    private static let nano: Int128 = 1_000_000_000_000_000_000

    static func + (lhs: Amount, rhs: Amount) -> Amount { Amount(units: lhs.units + rhs.units) }
    static func < (lhs: Amount, rhs: Amount) -> Bool { lhs.units < rhs.units }

    /// Rounded once, half away from zero, to 10^-9.
    private var rounded: Int128 {
        let (quotient, rest) = units.quotientAndRemainder(dividingBy: Amount.nano)
        return rest.magnitude * 2 >= Amount.nano.magnitude ? quotient + (units < 0 ? -1 : 1) : quotient
    }

    /// Decimal text without trailing zeros.
    var text: String { ExactDecimal.text(rounded, decimals: 9) }

    /// As a person writes it, without the currency's sign.
    var shown: String { MoneySum(nanodollars: rounded).dollars.replacing("$", with: "") }

    /// What it comes to at the same pace, `part` of `whole` being over.
    func extrapolated(from part: Int64, to whole: Int64) -> Amount {
        // Divided first: what that loses is of 10^-27.
        Amount(units: units / Int128(part) * Int128(whole))
    }
}
