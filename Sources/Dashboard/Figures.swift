import Budgeting
import ExactMoney

/// Numbers as a person reads them.
enum Figures {
    /// With a fixed number of decimals, so that a column lines up; what is too small to show is `<$0.01`, never a zero.
    static func money(_ sum: MoneySum, decimals: Int) -> String {
        precondition((0...9).contains(decimals), "money has up to nine decimals, not \(decimals)")
        let unit = (0..<(9 - decimals)).reduce(Int128(1)) { power, _ in power * 10 }
        let magnitude = Int128(sum.nanodollars.magnitude)
        let sign = sum.nanodollars < 0 ? "−" : ""
        // Half up, as a person rounds.
        let rounded = (magnitude + unit / 2) / unit
        if rounded == 0, magnitude != 0 { return "\(sign)<$\(fixed(1, decimals))" }
        return "\(sign)$\(fixed(rounded, decimals))"
    }

    /// As many decimals as the amount wants: `$1,204`, `$4.62`, `$0.0194`.
    static func money(_ sum: MoneySum) -> String {
        switch Int128(sum.nanodollars.magnitude) {
        case 0: "$0"
        case ..<1_000_000: money(sum, decimals: 6)
        case ..<1_000_000_000: money(sum, decimals: 4)
        case ..<1_000_000_000_000: money(sum, decimals: 2)
        default: money(sum, decimals: 0)
        }
    }

    static func money(_ amount: Money) -> String { money(MoneySum(amount)) }

    static func cap(_ cap: Cap) -> String { cap.limit.map { amount($0) } ?? "no cap" }

    /// An amount that somebody has set: to the cent, or as exact as it was set.
    static func amount(_ money: Money) -> String {
        money.nanodollars % 10_000_000 == 0
            ? Figures.money(MoneySum(money), decimals: money.nanodollars % 1_000_000_000 == 0 ? 0 : 2) : "$\(money)"
    }

    /// How many decimals a column of amounts wants.
    static func decimals(for largest: MoneySum) -> Int {
        switch Int128(largest.nanodollars.magnitude) {
        case ..<100_000_000: 5
        case ..<10_000_000_000: 4
        case ..<1_000_000_000_000: 2
        default: 0
        }
    }

    /// `1,204`.
    static func count(_ number: some BinaryInteger) -> String {
        let digits = Array("\(number.magnitude)")
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return number < 0 ? "−" + text : text
    }

    /// Tokens, short: `812`, `41.2 k`, `3.1 M`.
    static func short(_ number: Int64) -> String {
        switch number {
        case ..<10_000: count(number)
        case ..<1_000_000: "\(ExactDecimal.text(Int128(number / 100), decimals: 1)) k"
        default: "\(ExactDecimal.text(Int128(number / 100_000), decimals: 1)) M"
        }
    }

    /// `42 %` of hundredths of a percent; what is above zero is never shown as zero.
    static func percent(_ hundredths: Int128) -> String {
        hundredths > 0 && hundredths < 100 ? "<1\u{A0}%" : "\(hundredths / 100)\u{A0}%"
    }

    /// `3 calls`, `1 call`.
    static func plural(_ number: some BinaryInteger, _ one: String, _ many: String) -> String {
        "\(count(number))\u{A0}\(number == 1 ? one : many)"
    }

    private static func fixed(_ scaled: Int128, _ decimals: Int) -> String {
        let unit = (0..<decimals).reduce(Int128(1)) { power, _ in power * 10 }
        guard decimals > 0 else { return count(scaled) }
        let fraction = "\(scaled % unit)"
        return "\(count(scaled / unit)).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
    }
}
