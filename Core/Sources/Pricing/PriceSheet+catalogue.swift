import ExactMoney

extension PriceSheet {
    /// Why a listed price is not usable.
    public enum Failure: Error, Equatable, Sendable {
        /// `"-1"`: the price depends on where the call is routed to, so there is no price.
        case noPrice
        /// A key is missing, or its text is no decimal amount.
        case unreadable(key: String)
    }

    /// Reads OpenRouter's `pricing` object: decimal strings in USD per unit, and `overrides`, of which later ones win and
    /// absent keys inherit.
    ///
    /// Facts: https://openrouter.ai/docs, `PublicPricing` in its OpenAPI description, read 2026-08.
    public init(pricing: [String: String], overrides listed: [ListedOverride] = []) throws(Failure) {
        base = try Rates(pricing: pricing)
        overrides = []
        for override in listed {
            let merged = pricing.merging(override.pricing) { _, new in new }
            overrides.append(Override(abovePromptTokens: override.abovePromptTokens, rates: try Rates(pricing: merged)))
        }
    }

    /// One element of `pricing.overrides` as it is listed.
    public struct ListedOverride: Hashable, Sendable {
        public var abovePromptTokens: Int64?
        public var pricing: [String: String]

        public init(abovePromptTokens: Int64?, pricing: [String: String]) {
            self.abovePromptTokens = abovePromptTokens
            self.pricing = pricing
        }
    }
}

extension Rates {
    fileprivate init(pricing: [String: String]) throws(PriceSheet.Failure) {
        func rate(_ key: String) throws(PriceSheet.Failure) -> Rate? {
            guard let text = pricing[key] else { return nil }
            if text.hasPrefix("-") { throw .noPrice }
            do { return try Rate(usd: text) } catch { throw .unreadable(key: key) }
        }
        guard let prompt = try rate("prompt") else { throw .unreadable(key: "prompt") }
        guard let completion = try rate("completion") else { throw .unreadable(key: "completion") }
        self.init(
            prompt: prompt, completion: completion, request: try rate("request") ?? .zero,
            cacheRead: try rate("input_cache_read"), cacheWrite: try rate("input_cache_write"),
            cacheWriteHour: try rate("input_cache_write_1h"), internalReasoning: try rate("internal_reasoning"))
        image = try rate("image")
        imageToken = try rate("image_token")
        imageOutput = try rate("image_output")
        audio = try rate("audio")
        audioCache = try rate("input_audio_cache")
        audioOutput = try rate("audio_output")
        webSearch = try rate("web_search")
        for key in pricing.keys where !Rates.known.contains(key) {
            unknown = max(unknown ?? .zero, try rate(key) ?? .zero)
        }
    }

    /// The keys that are understood, and those that are no prices. `discount` is a fraction; the list price counts.
    private static let known: Set = [
        "prompt", "completion", "request", "input_cache_read", "input_cache_write", "input_cache_write_1h",
        "internal_reasoning", "image", "image_token", "image_output", "audio", "input_audio_cache", "audio_output",
        "web_search", "discount", "min_prompt_tokens", "utc_start", "utc_end",
    ]
}
