public import ExactMoney
public import Pricing

/// What the provider said of a call's usage and cost.
///
/// True spend is `cost`, plus `cost_details.upstream_inference_cost` where the call ran on the account's own provider key
/// (`is_byok`). Fact: OpenRouter's usage accounting, https://openrouter.ai/docs/cookbook/administration/usage-accounting
public struct ReportedUsage: Hashable, Sendable {
    public enum Cost: Hashable, Sendable {
        case amount(Money)
        /// Not told. Never taken for zero.
        case missing
        /// Negative, null, no number, or beyond what money can hold.
        case unbelievable
    }

    /// Nil where the token counts are missing or cannot be right.
    public let usage: Usage?
    public let cost: Cost
    /// What the prompt and the completion cost, in the provider's words; they need not make up all of the cost.
    public let promptCost: Money?
    public let completionCost: Money?

    /// Reads a `usage` object of the chat shape; nil where the value is none.
    public init?(_ value: JSONValue) {
        guard value.kind == .object else { return nil }
        self.init(usage: ReportedUsage.tokens(value), costIn: value)
    }

    /// The cost as every shape states it, beside counts that were read by the shape's own rules.
    init(usage: Usage?, costIn value: JSONValue) {
        self.usage = usage
        cost = ReportedUsage.cost(value)
        let parts = value["cost_details"]
        promptCost = parts?["upstream_inference_prompt_cost"].flatMap(ReportedUsage.money)
        completionCost = parts?["upstream_inference_completions_cost"].flatMap(ReportedUsage.money)
    }

    private static func tokens(_ value: JSONValue) -> Usage? {
        guard let input = value["prompt_tokens"]?.integer, let output = value["completion_tokens"]?.integer,
            input >= 0, output >= 0
        else { return nil }
        let prompt = value["prompt_tokens_details"]
        func count(_ value: JSONValue?) -> Int64 { max(0, value?.integer ?? 0) }
        return Usage(
            inputTokens: input, outputTokens: output, cachedTokens: count(prompt?["cached_tokens"]),
            cacheWriteTokens: count(prompt?["cache_write_tokens"]),
            reasoningTokens: count(value["completion_tokens_details"]?["reasoning_tokens"]),
            audioTokens: count(prompt?["audio_tokens"]))
    }

    private static func cost(_ value: JSONValue) -> Cost {
        guard let stated = value["cost"] else { return .missing }
        guard let own = money(stated) else { return .unbelievable }
        guard value["is_byok"]?.bool == true else { return .amount(own) }
        guard let inference = value["cost_details"]?["upstream_inference_cost"].flatMap(money),
            let total = own.adding(inference)
        else { return .unbelievable }
        return .amount(total)
    }

    private static func money(_ value: JSONValue) -> Money? {
        // By its sign, not its amount: -1e-12 would round to zero.
        guard value.kind == .number, value.text.first != UInt8(ascii: "-") else { return nil }
        return try? Money(usd: value.text, rounding: .halfUp)
    }
}

extension ReportedUsage {
    /// The amount to book and where it comes from; nil where the true cost is not known.
    ///
    /// - Parameter prices: the sheet in force when the call was admitted.
    public func amount(prices: PriceSheet) -> (cost: Money, isStated: Bool)? {
        if case .amount(let money) = cost { return (money, true) }
        return usage.flatMap { prices.cost(of: $0) }.map { ($0, false) }
    }
}
