import ExactMoney

/// What an answer says about its own usage: the truth, or what a fault makes of it.
struct Invoice: Hashable, Sendable {
    let promptTokens: Int
    let completionTokens: Int
    var cacheWriteTokens = 0
    var audioTokens = 0
    let charge: Charge
    let fault: Fault?

    /// The `usage` object; nil where it is missing. Facts: https://openrouter.ai/docs, `ChatUsage`, read 2026-08.
    var usage: JSON? {
        guard fault != .missingUsage else { return nil }
        let upstream = charge.upstream
        let usage: JSON = [
            "prompt_tokens": .integer(promptTokens),
            "completion_tokens": .integer(completionTokens),
            "total_tokens": .integer(promptTokens + completionTokens),
            "cost": cost,
            "is_byok": .bool(charge.isOwnKey),
            "prompt_tokens_details": [
                "cached_tokens": 0, "cache_write_tokens": .integer(cacheWriteTokens),
                "audio_tokens": .integer(audioTokens),
            ],
            "completion_tokens_details": ["reasoning_tokens": 0, "audio_tokens": 0],
            "cost_details": [
                "upstream_inference_cost": .usd(upstream.total),
                "upstream_inference_prompt_cost": .usd(upstream.prompt),
                "upstream_inference_completions_cost": .usd(upstream.completion),
            ],
        ]
        guard fault == .negativeDiscount, case .object(let members) = usage else { return usage }
        return .object(members + [JSON.Member(key: "cache_discount", value: .usd(Invoice.negativeDiscount))])
    }

    /// A millicent: more than many calls cost.
    static let negativeDiscount = Picodollars(-10_000_000)

    private var cost: JSON {
        switch fault {
        case .nullCost: nil
        case .exponentCost: .number(charge.credits.usdWithExponent)
        // A free call lies too, by a microdollar.
        case .lyingUsage: .usd(Picodollars(-max(charge.credits.value, 1_000_000)))
        default: .usd(charge.credits)
        }
    }
}

extension Picodollars {
    /// USD with one digit before the point and an exponent, as Python writes small numbers: `1.375e-05`.
    var usdWithExponent: String {
        let digits = String(value.magnitude)
        let exponent = digits.count - 1 - 12
        var fraction = digits.dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        let point = fraction.isEmpty ? "" : "."
        let sign = exponent < 0 ? "-" : "+"
        let power = value == 0 ? "00" : (abs(exponent) < 10 ? "0" : "") + String(abs(exponent))
        return (value < 0 ? "-" : "") + digits.prefix(1) + point + fraction + "e" + (value == 0 ? "+" : sign) + power
    }
}
