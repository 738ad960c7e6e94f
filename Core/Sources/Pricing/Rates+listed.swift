public import ExactMoney

extension Rates {
    /// One price under its listed name.
    public struct Listed: Hashable, Sendable {
        public let name: String
        public let rate: Rate
    }

    /// The names that a price list uses, in the order in which a person reads them.
    static let names: [(name: String, price: any WritableKeyPath<Rates, Rate?> & Sendable)] = [
        ("input_cache_read", \.cacheRead), ("input_cache_write", \.cacheWrite),
        ("input_cache_write_1h", \.cacheWriteHour), ("internal_reasoning", \.internalReasoning), ("image", \.image),
        ("image_token", \.imageToken), ("image_output", \.imageOutput), ("audio", \.audio),
        ("input_audio_cache", \.audioCache), ("audio_output", \.audioOutput), ("web_search", \.webSearch),
        ("unknown", \.unknown),
    ]

    /// Every price there is, under its listed name.
    public var listed: [Listed] {
        var listed = [Listed(name: "prompt", rate: prompt), Listed(name: "completion", rate: completion)]
        if request > .zero { listed.append(Listed(name: "request", rate: request)) }
        for (name, price) in Rates.names {
            if let rate = self[keyPath: price] { listed.append(Listed(name: name, rate: rate)) }
        }
        return listed
    }

    /// - Returns: false where no price has this name.
    mutating func set(_ name: String, to rate: Rate) -> Bool {
        switch name {
        case "prompt": prompt = rate
        case "completion": completion = rate
        case "request": request = rate
        default:
            guard let price = Rates.names.first(where: { $0.name == name })?.price else { return false }
            self[keyPath: price] = rate
        }
        return true
    }
}

extension PriceSheet {
    /// All prices, those of tiers and hours under the condition's name: `above 200000: prompt`, `at hours 1: prompt`. Of these only
    /// what differs from the base.
    public var listed: [Rates.Listed] {
        var listed = base.listed
        var clocks = 0
        for override in overrides {
            if override.abovePromptTokens == nil { clocks += 1 }
            let condition = override.abovePromptTokens.map { "above \($0)" } ?? "at hours \(clocks)"
            for price in override.rates.listed where !base.listed.contains(price) {
                listed.append(Rates.Listed(name: "\(condition): \(price.name)", rate: price.rate))
            }
        }
        return listed
    }
}
