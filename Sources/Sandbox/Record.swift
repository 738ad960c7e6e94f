import ExactMoney

/// One call as the sandbox keeps it. `GET /generation` shows it, the bill is made of it.
struct Record: Hashable, Sendable {
    /// Legal moves: `running` to each of the others, once.
    enum Status: String, Hashable, Sendable {
        case running
        /// Answered whole. Costs its usage.
        case complete
        /// The client left first. A stream costs its input and the output so far; a whole answer costs all of it, as a
        /// provider cannot stop it.
        case cancelled
        /// The sandbox broke off. Costs as a cancelled one.
        case cut
        /// Ended by an error in the answer. Free, as OpenRouter promises: see "zero completion insurance" in its
        /// documentation.
        case failed = "error"
    }

    let id: String
    let model: String
    let streamed: Bool
    let promptTokens: Int
    let createdAt: Moment
    var outcome: Outcome?
    var endedAt: Moment?

    var status: Status { outcome?.status ?? .running }

    /// How a call ended.
    struct Outcome: Hashable, Sendable {
        var status: Status
        var completionTokens: Int
        var charge: Charge
        var finishReason: String?
        /// What `cache_discount` says; nil: nothing.
        var cacheDiscount: Picodollars?
    }
}

extension Record {
    /// As `GET /generation` shows it. Facts: https://openrouter.ai/docs, `GenerationResponse`, read 2026-08.
    var generation: JSON {
        let completionTokens = JSON.integer(outcome?.completionTokens ?? 0)
        let charge = outcome?.charge ?? .free
        return [
            "data": [
                "id": .string(id),
                "model": .string(model),
                "api_type": "completions",
                "created_at": .string(createdAt.text),
                "provider_name": "Sandbox",
                "total_cost": .usd(charge.credits),
                "usage": .usd(charge.credits),
                "cache_discount": outcome?.cacheDiscount.map(JSON.usd) ?? nil,
                "upstream_inference_cost": charge.isOwnKey ? .usd(charge.upstream.total) : nil,
                "is_byok": .bool(charge.isOwnKey),
                "cancelled": .bool(status == .cancelled),
                "streamed": .bool(streamed),
                "finish_reason": outcome?.finishReason.map(JSON.string) ?? nil,
                "tokens_prompt": .integer(promptTokens),
                "tokens_completion": completionTokens,
                "native_tokens_prompt": .integer(promptTokens),
                "native_tokens_completion": completionTokens,
                "native_tokens_reasoning": 0,
                "native_tokens_cached": 0,
            ]
        ]
    }
}
