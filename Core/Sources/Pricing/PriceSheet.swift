public import ExactMoney

/// What one unit of each kind costs.
///
/// Keys are OpenRouter's own (`GET /models`, `pricing`): USD per token or per unit.
public struct Rates: Hashable, Sendable {
    public var prompt: Rate
    public var completion: Rate
    public var request: Rate
    public var cacheRead: Rate?
    public var cacheWrite: Rate?
    public var internalReasoning: Rate?

    public init(
        prompt: Rate, completion: Rate, request: Rate = .zero, cacheRead: Rate? = nil, cacheWrite: Rate? = nil,
        internalReasoning: Rate? = nil
    ) {
        self.prompt = prompt
        self.completion = completion
        self.request = request
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.internalReasoning = internalReasoning
    }

    /// The dearest a prompt token can come to. Some providers write caches that nobody asked for, so a write counts always.
    public var dearestInput: Rate { max(prompt, cacheWrite ?? prompt, cacheRead ?? prompt) }

    /// The dearest an output token can come to.
    public var dearestOutput: Rate { max(completion, internalReasoning ?? completion) }
}

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

    /// Free of charge under every condition.
    public var isFree: Bool {
        base.areZero && overrides.allSatisfy(\.rates.areZero)
    }

    /// The most that one call with at most `inputTokens` can be charged, as a straight line over its output tokens.
    ///
    /// Every override that the input could reach counts, and so does every clock override, whatever the hour: the line
    /// lies on or above each of them, part by part.
    public func ceiling(inputTokens: Int64) -> Ceiling {
        let reachable = rates(reachableWith: inputTokens)
        let input = reachable.map(\.dearestInput).max() ?? .zero
        let request = reachable.map(\.request).max() ?? .zero
        let output = reachable.map(\.dearestOutput).max() ?? .zero
        return Ceiling(fixed: input * inputTokens + request * 1, perOutputToken: output)
    }

    /// What `usage` costs by this sheet, where the provider did not say. At the dearest rate that can apply: a clock
    /// override counts, as the call's hour at the provider is not known.
    ///
    /// - Returns: nil where the amount passes `Int64` nanodollars, or a count is negative.
    public func cost(of usage: Usage) -> Money? {
        let counts = [usage.inputTokens, usage.outputTokens, usage.cachedTokens, usage.cacheWriteTokens]
        guard counts.allSatisfy({ $0 >= 0 }) else { return nil }
        return rates(reachableWith: usage.inputTokens).map { $0.cost(of: usage) }.max()?.roundedUp
    }

    /// The base, every clock override, and every tier that this many prompt tokens can reach.
    private func rates(reachableWith inputTokens: Int64) -> [Rates] {
        var reachable = [base]
        for override in overrides where (override.abovePromptTokens ?? -1) < inputTokens {
            reachable.append(override.rates)
        }
        return reachable
    }

    /// The prices to pin upstream with `provider.max_price`: the base, or a clock override's where that is dearer.
    ///
    /// Tier prices are not pinned: OpenRouter compares the endpoint's base price, and pinning the tier's would admit
    /// endpoints whose own tiers are dearer than what is reserved.
    public var pinned: (prompt: Rate, completion: Rate) {
        let rates = [base] + overrides.filter { $0.abovePromptTokens == nil }.map(\.rates)
        return (rates.map(\.prompt).max() ?? .zero, rates.map(\.completion).max() ?? .zero)
    }
}

extension Rates {
    fileprivate var areZero: Bool { dearestInput == .zero && dearestOutput == .zero && request == .zero }

    fileprivate func cost(of usage: Usage) -> Picodollars {
        let written = min(usage.cacheWriteTokens, usage.inputTokens)
        let cached = min(usage.cachedTokens, usage.inputTokens - written)
        let plain = usage.inputTokens - written - cached
        let input = prompt * plain + (cacheWrite ?? prompt) * written + (cacheRead ?? prompt) * cached
        return input + dearestOutput * usage.outputTokens + request * 1
    }
}

/// The most that a call can cost, as a function of its output limit.
public struct Ceiling: Hashable, Sendable {
    /// Input and fees.
    public var fixed: Picodollars
    public var perOutputToken: Rate

    public init(fixed: Picodollars, perOutputToken: Rate) {
        self.fixed = fixed
        self.perOutputToken = perOutputToken
    }

    /// The ceiling with this many output tokens; nil where it passes `Int64` nanodollars.
    public func amount(outputTokens: Int64) -> Money? {
        (fixed + perOutputToken * outputTokens).roundedUp
    }

    /// The largest output limit whose ceiling fits `room`; nil where not even one token fits.
    public func outputTokens(fitting room: MoneySum) -> Int64? {
        let (picodollars, overflow) = room.nanodollars.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return .max }
        let left = picodollars - fixed.value
        guard left >= 0 else { return nil }
        guard perOutputToken > .zero else { return .max }
        let tokens = left / Int128(perOutputToken.picodollars)
        return tokens > 0 ? Int64(clamping: tokens) : nil
    }
}
