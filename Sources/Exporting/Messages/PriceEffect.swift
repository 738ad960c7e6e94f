internal import Budgeting
internal import ExactMoney
internal import Receipts

/// What a change of a model's prices means to those who used it: what their calls of the last days would have cost more.
///
/// A tenant's own cost is scaled by what its tokens come to at the new prices over what they come to at the old ones. So what
/// it saves by caches, and pays for images or searches, is in it at its own share.
struct PriceEffect: Hashable, Sendable {
    struct Line: Hashable, Sendable {
        let tenant: String
        /// Below zero where it would have cost less.
        let more: MoneySum
        let spent: Money
    }

    /// How far back is looked.
    static let days: Int64 = 30

    let model: String
    /// Names of prices that both lists have, with another rate; in the order of the list.
    let prices: [(name: String, old: Rate, new: Rate)]
    /// The one with the greatest effect first.
    let lines: [Line]

    /// - Parameter used: by tenant, of this model, in the last ``days``.
    init(_ model: String, _ change: Entry.PriceChange, used: [ReportLine]) {
        self.model = model
        let old = Dictionary(change.old.map { ($0.name, $0.rate) }) { first, _ in first }
        prices = change.new.compactMap { price in
            old[price.name].flatMap { $0 == price.rate ? nil : (price.name, $0, price.rate) }
        }
        lines = used.compactMap { line in
            line.keys.first.map { Line(tenant: $0, more: PriceEffect.more(for: line, change), spent: line.cost) }
        }.sorted { ($1.more, $0.tenant) < ($0.more, $1.tenant) }
    }

    var total: MoneySum { lines.reduce(.zero) { $0 + $1.more } }

    var rises: Bool { prices.contains { $0.new > $0.old } }
    var falls: Bool { prices.contains { $0.new < $0.old } }

    static func == (lhs: PriceEffect, rhs: PriceEffect) -> Bool {
        lhs.model == rhs.model && lhs.lines == rhs.lines && lhs.prices.elementsEqual(rhs.prices) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(model)
        hasher.combine(lines)
    }

    /// Rounded half up, once; nothing where no number here holds it.
    private static func more(for line: ReportLine, _ change: Entry.PriceChange) -> MoneySum {
        let before = picodollars(line, change.old)
        let after = picodollars(line, change.new)
        // What was free has no share to scale.
        if before == 0 { return MoneySum(nanodollars: after.dividedHalfUp(by: 1_000)) }
        let (part, overflow) = Int128(line.cost.nanodollars).multipliedReportingOverflow(by: after - before)
        return MoneySum(nanodollars: overflow ? 0 : part.dividedHalfUp(by: before))
    }

    /// What the tokens and calls of a line come to by a list.
    private static func picodollars(_ line: ReportLine, _ list: [Entry.PriceChange.Price]) -> Int128 {
        func rate(_ name: String) -> Int128 {
            Int128(list.first { $0.name == name }?.rate.picodollars ?? 0)
        }
        return rate("prompt") * Int128(line.inputTokens) + rate("completion") * Int128(line.outputTokens)
            + rate("request") * Int128(line.calls)
    }
}

extension Notice {
    /// For the operators: every tenant is in it.
    init(_ effect: PriceEffect) {
        let lines = effect.lines.prefix(Notice.mostTenants)
        let who = lines.map { "\($0.tenant) \($0.more.signed)" }.joined(separator: ", ")
        let rest = effect.lines.count - lines.count
        self.init(
            kind: "price.changed",
            text: effect.sentence
                + (effect.lines.isEmpty
                    ? " Nobody used it in the last \(PriceEffect.days) days."
                    : " The calls of the last \(PriceEffect.days) days would have cost \(effect.total.difference): \(who)"
                        + (rest > 0 ? " and \(rest) more tenants." : ".")),
            facts: effect.facts + [
                Fact("effectUsd", "\(effect.total)"),
                Fact(
                    "tenants",
                    lines.map {
                        [Fact("tenant", $0.tenant), Fact("effectUsd", "\($0.more)"), Fact("spentUsd", "\($0.spent)")]
                    }),
            ])
    }

    /// For one tenant: nobody else is in it.
    init(_ effect: PriceEffect, for line: PriceEffect.Line) {
        self.init(
            kind: "price.changed",
            text: effect.sentence
                + " The calls of \(line.tenant) in the last \(PriceEffect.days) days would have cost \(line.more.difference).",
            facts: effect.facts + [
                Fact("tenant", line.tenant), Fact("effectUsd", "\(line.more)"), Fact("spentUsd", "\(line.spent)"),
            ])
    }

    /// Of models that nobody used: one notice for all that changed at once.
    init(unused effects: [PriceEffect]) {
        let names = effects.map(\.model)
        let shown = names.prefix(10).joined(separator: ", ")
        self.init(
            kind: "price.changed",
            text:
                "The prices of \(names.count) models changed that nobody used in the last \(PriceEffect.days) days: \(shown)"
                + (names.count > 10 ? " and \(names.count - 10) more." : "."),
            facts: [Fact("models", names.map { [Fact("model", $0)] })])
    }

    private static let mostTenants = 20
}

extension PriceEffect {
    /// `The price of a/b rose: completion from $14 to $20 per million.`
    fileprivate var sentence: String {
        let verb = rises && falls ? "changed" : rises ? "rose" : falls ? "fell" : "changed"
        let shown = prices.prefix(4).map { "\($0.name) from \($0.old.usdPerMillion) to \($0.new.usdPerMillion)" }
        let what = shown.isEmpty ? "other conditions hold" : shown.joined(separator: ", ") + " USD per million"
        return "The price of \(model) \(verb): \(what)."
    }

    fileprivate var facts: [Notice.Fact] {
        [
            .init("model", model),
            .init(
                "prices", prices.map { [.init("name", $0.name), .init("old", "\($0.old)"), .init("new", "\($0.new)")] }),
        ]
    }
}

extension Int128 {
    /// To the nearest, a half upwards. By a number above zero.
    fileprivate func dividedHalfUp(by divisor: Int128) -> Int128 {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        let twice = (rest < 0 ? rest + divisor : rest) * 2
        return quotient - (rest < 0 ? 1 : 0) + (twice >= divisor ? 1 : 0)
    }
}

extension MoneySum {
    fileprivate var magnitude: MoneySum { MoneySum(nanodollars: nanodollars < 0 ? -nanodollars : nanodollars) }
    /// `+$1.2`, `-$1.2`
    fileprivate var signed: String { "\(nanodollars < 0 ? "-" : "+")$\(magnitude)" }
    /// `$1.2 more`, `$1.2 less`, `the same`
    fileprivate var difference: String {
        nanodollars == 0 ? "the same" : "$\(magnitude) \(nanodollars < 0 ? "less" : "more")"
    }
}
