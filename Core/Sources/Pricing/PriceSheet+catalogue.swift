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
        let writes = [try rate("input_cache_write"), try rate("input_cache_write_1h")]
        self.init(
            prompt: prompt, completion: completion, request: try rate("request") ?? .zero,
            cacheRead: try rate("input_cache_read"), cacheWrite: writes.compactMap { $0 }.max(),
            internalReasoning: try rate("internal_reasoning"))
    }
}
