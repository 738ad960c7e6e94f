import ExactMoney

/// What a model's units cost, under the list's own keys and in its own words: USD per token or unit.
///
/// The sandbox reads and applies prices by itself, so that the gateway's ceilings meet a bill that was not made by the same
/// code (decision 12).
struct Tariff: Hashable, Sendable {
    /// Prices that take the place of others while a condition holds; what they do not name stays.
    private struct Override: Hashable, Sendable {
        /// More prompt tokens than this.
        let above: Int?
        /// Minutes of the UTC day, half open; may run past midnight.
        let hours: (from: Int, to: Int)?
        let prices: [String: Rate]

        func holds(promptTokens: Int, minute: Int) -> Bool {
            if let above, promptTokens <= above { return false }
            guard let hours else { return true }
            let isInside = hours.from <= minute && minute < hours.to
            return hours.from < hours.to ? isInside : minute >= hours.from || minute < hours.to
        }

        static func == (lhs: Override, rhs: Override) -> Bool {
            lhs.above == rhs.above && lhs.hours?.from == rhs.hours?.from && lhs.hours?.to == rhs.hours?.to
                && lhs.prices == rhs.prices
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(above)
            hasher.combine(prices)
        }
    }

    private let base: [String: Rate]
    private let overrides: [Override]

    /// - Returns: nil for a model whose price depends on where a call goes (`"-1"`).
    init?(_ pricing: JSON) throws {
        let texts = pricing.texts
        guard !texts.values.contains(where: { $0.hasPrefix("-") }) else { return nil }
        base = try texts.mapValues { try Rate(usd: $0) }
        guard case .array(let listed)? = pricing["overrides"] else {
            overrides = []
            return
        }
        overrides = try listed.map { override in
            var hours: (Int, Int)?
            if let from = override["utc_start"]?.whole, let to = override["utc_end"]?.whole {
                hours = (from / 100 * 60 + from % 100, to / 100 * 60 + to % 100)
            }
            return Override(
                above: override["min_prompt_tokens"]?.whole, hours: hours,
                prices: try override.texts.mapValues { try Rate(usd: $0) })
        }
    }

    /// The price list itself, without its overrides; what `provider.max_price` is compared with.
    subscript(_ key: String) -> Rate? { base[key] }

    /// The prices of a call: later overrides win.
    func prices(promptTokens: Int, minute: Int) -> [String: Rate] {
        overrides.filter { $0.holds(promptTokens: promptTokens, minute: minute) }
            .reduce(base) { $0.merging($1.prices) { _, new in new } }
    }

    /// The dearest of these prices at any time.
    func dearest(_ keys: [String]) -> Rate {
        ([base] + overrides.map(\.prices)).flatMap { prices in keys.compactMap { prices[$0] } }.max() ?? .zero
    }
}

extension JSON {
    /// Members that are strings: prices. `discount` is a number, `overrides` an array.
    fileprivate var texts: [String: String] {
        guard case .object(let members) = self else { return [:] }
        var texts: [String: String] = [:]
        for member in members { texts[member.key] = member.value.string }
        return texts
    }

    var whole: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }

    var elements: [JSON] {
        guard case .array(let values) = self else { return [] }
        return values
    }
}
