public import ExactMoney

/// The rates of one model at an instant, tiers and clock overrides included.
public struct PriceSheet: Hashable, Sendable {
    /// Rates that replace the base when a condition holds.
    public struct Override: Hashable, Sendable {
        /// Applies to calls with **more** prompt tokens than this, to the whole call; nil for a clock override.
        public var abovePromptTokens: Int64?
        public var rates: Rates

        public init(abovePromptTokens: Int64?, rates: Rates) {
            self.abovePromptTokens = abovePromptTokens
            self.rates = rates
        }
    }

    public var base: Rates
    public var overrides: [Override]

    public init(base: Rates, overrides: [Override] = []) {
        self.base = base
        self.overrides = overrides
    }

    /// A sheet on which nothing is cheaper than on either.
    public static func dearest(_ a: PriceSheet, _ b: PriceSheet) -> PriceSheet {
        PriceSheet(base: Rates.dearest(a.base, b.base), overrides: a.overrides + b.overrides)
    }

    /// Free of charge under every condition, searches aside.
    public var isFree: Bool {
        base.areZero && overrides.allSatisfy(\.rates.areZero)
    }

    /// The most that one call with at most `inputTokens` of text can be charged, as a straight line over its output tokens.
    ///
    /// Every override that the input could reach counts, and so does every clock override, whatever the hour: the line
    /// lies on or above each of them, part by part.
    public func ceiling(inputTokens: Int64) -> Ceiling {
        let reachable = rates(reachableWith: inputTokens)
        let input = reachable.map { $0.input(.text, .unasked) }.max() ?? .zero
        let request = reachable.map(\.perRequest).max() ?? .zero
        let output = reachable.map { $0.output([]) }.max() ?? .zero
        return Ceiling(fixed: input * inputTokens + request * 1, perOutputToken: output)
    }

    /// What `usage` costs by this sheet, where the provider did not say. At the dearest rate that can apply: a clock
    /// override counts, as the call's hour at the provider is not known.
    ///
    /// - Returns: nil where the amount passes `Int64` nanodollars, or a count is negative.
    public func cost(of usage: Usage) -> Money? {
        let counts = [
            usage.inputTokens, usage.outputTokens, usage.cachedTokens, usage.cacheWriteTokens, usage.audioTokens,
        ]
        guard counts.allSatisfy({ $0 >= 0 }) else { return nil }
        return rates(reachableWith: usage.inputTokens).map { $0.cost(of: usage) }.max()?.roundedUp
    }

    /// The base, every clock override, and every tier that this many prompt tokens can reach.
    func rates(reachableWith inputTokens: Int64) -> [Rates] {
        var reachable = [base]
        for override in overrides where (override.abovePromptTokens ?? -1) < inputTokens {
            reachable.append(override.rates)
        }
        return reachable
    }

    /// The rates to pin upstream with `provider.max_price`: the base, or a clock override's where that is dearer.
    ///
    /// Tier prices are not pinned: OpenRouter compares the endpoint's base price, and pinning the tier's would admit
    /// endpoints whose own tiers are dearer than what is reserved.
    public var pinned: Rates {
        overrides.filter { $0.abovePromptTokens == nil }.map(\.rates).reduce(base, Rates.dearest)
    }
}
