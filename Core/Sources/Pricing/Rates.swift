public import ExactMoney

/// What one unit of each kind costs.
///
/// Names follow OpenRouter's own keys (`GET /models`, `pricing`): USD per token or per unit. Nil is a price that is not
/// listed: what has none of its own costs what a prompt or completion token costs.
public struct Rates: Hashable, Sendable {
    public var prompt: Rate
    public var completion: Rate
    public var request: Rate
    public var cacheRead: Rate?
    /// Writing a prompt token to the cache for five minutes: in place of the prompt price, or below it, on top of it.
    public var cacheWrite: Rate?
    public var cacheWriteHour: Rate?
    public var internalReasoning: Rate?
    /// Of an image that is sent: per token on the lists of today, per image on older ones. Both readings count.
    public var image: Rate?
    public var imageToken: Rate?
    public var imageOutput: Rate?
    public var audio: Rate?
    public var audioCache: Rate?
    public var audioOutput: Rate?
    /// One search of the model's own.
    public var webSearch: Rate?
    /// The dearest price under a key that nobody here has heard of. It counts wherever it could apply.
    public var unknown: Rate?

    public init(
        prompt: Rate, completion: Rate, request: Rate = .zero, cacheRead: Rate? = nil, cacheWrite: Rate? = nil,
        cacheWriteHour: Rate? = nil, internalReasoning: Rate? = nil
    ) {
        self.prompt = prompt
        self.completion = completion
        self.request = request
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.cacheWriteHour = cacheWriteHour
        self.internalReasoning = internalReasoning
    }
}

// MARK: - The dearest that a token can come to

extension Rates {
    /// An input token of these kinds, cached or not. Some providers write caches that nobody asked for, so a write that is
    /// dearer than the prompt counts always.
    func input(_ kinds: Demand.Kinds, _ caching: Demand.Caching) -> Rate {
        var own = max(prompt, cacheRead ?? prompt)
        if !kinds.isDisjoint(with: [.image, .video, .document]) {
            own = [own, image ?? own, imageToken ?? own].max() ?? own
        }
        if !kinds.isDisjoint(with: [.audio, .video]) { own = [own, audio ?? own, audioCache ?? own].max() ?? own }
        let write = written(caching)
        // A cache is written for what is in it: the premium over the prompt price comes on top of each kind's own.
        let premium = write > prompt ? Rate(picodollars: write.picodollars - prompt.picodollars) : .zero
        let dearest = kinds == .text ? max(own, write) : own + premium
        return max(dearest, unknown ?? .zero)
    }

    /// An output token of a model that answers in these kinds.
    func output(_ kinds: Demand.Kinds) -> Rate {
        var dearest = max(completion, internalReasoning ?? completion)
        if kinds.contains(.image) { dearest = max(dearest, imageOutput ?? dearest) }
        if kinds.contains(.audio) { dearest = max(dearest, audioOutput ?? dearest) }
        return max(dearest, unknown ?? .zero)
    }

    /// What one request costs before its first token.
    var perRequest: Rate { request + (unknown ?? .zero) }

    /// Free of charge, but for searches.
    var areZero: Bool {
        let all = [
            prompt, completion, request, cacheRead, cacheWrite, cacheWriteHour, internalReasoning, image, imageToken,
            imageOutput, audio, audioCache, audioOutput, unknown,
        ]
        return all.allSatisfy { $0 ?? .zero == .zero }
    }

    /// A prompt token that is written to the cache.
    ///
    /// A price below the prompt's is Gemini's, for storage of five minutes, and comes on top; an hour stores twelve times as
    /// long. Anthropic's hour costs twice the prompt, should the list not say.
    /// https://openrouter.ai/docs/guides/best-practices/prompt-caching, read 2026-08.
    private func written(_ caching: Demand.Caching) -> Rate {
        guard let cacheWrite else { return prompt }
        let isStorage = cacheWrite < prompt
        let short = isStorage ? prompt + cacheWrite : cacheWrite
        switch caching {
        case .unasked: return isStorage ? prompt : max(prompt, cacheWrite)
        case .asked: return short
        case .askedForAnHour:
            let long = isStorage ? prompt + cacheWrite.scaled(by: 12, over: 1) : prompt.scaled(by: 2, over: 1)
            return max(short, cacheWriteHour ?? long)
        }
    }
}

extension Rates {
    /// What `usage` costs at these rates, cache writes at their dearest.
    func cost(of usage: Usage) -> Picodollars {
        let written = min(usage.cacheWriteTokens, usage.inputTokens)
        let cached = min(usage.cachedTokens, usage.inputTokens - written)
        let heard = min(usage.audioTokens, usage.inputTokens - written - cached)
        let plain = usage.inputTokens - written - cached - heard
        let write = max(cacheWrite ?? prompt, cacheWriteHour ?? prompt)
        let input = prompt * plain + write * written + (cacheRead ?? prompt) * cached + (audio ?? prompt) * heard
        return input + output([.image, .audio]) * usage.outputTokens + perRequest * 1
    }
}

extension Rates {
    /// The dearer of both, price by price. One that is not listed costs what a token costs.
    static func dearest(_ a: Rates, _ b: Rates) -> Rates {
        func either(_ price: KeyPath<Rates, Rate?>) -> Rate? {
            [a[keyPath: price], b[keyPath: price]].compactMap(\.self).max()
        }
        var rates = Rates(
            prompt: max(a.prompt, b.prompt), completion: max(a.completion, b.completion),
            request: max(a.request, b.request))
        rates.cacheRead = either(\.cacheRead)
        rates.cacheWrite = either(\.cacheWrite)
        rates.cacheWriteHour = either(\.cacheWriteHour)
        rates.internalReasoning = either(\.internalReasoning)
        rates.image = either(\.image)
        rates.imageToken = either(\.imageToken)
        rates.imageOutput = either(\.imageOutput)
        rates.audio = either(\.audio)
        rates.audioCache = either(\.audioCache)
        rates.audioOutput = either(\.audioOutput)
        rates.webSearch = either(\.webSearch)
        rates.unknown = either(\.unknown)
        return rates
    }
}
