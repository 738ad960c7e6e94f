import ExactMoney

/// One model as the sandbox sells it.
struct Offer: Hashable, Sendable {
    let name: String
    let contextTokens: Int
    let maxOutputTokens: Int
    let tariff: Tariff
    /// It reads files by itself.
    var readsFiles = false
    /// What it answers in beside text.
    var paints = false
    var speaks = false

    /// Searches the web on every call.
    var searchesItself: Bool { name.hasPrefix("perplexity/") && tariff["web_search"] != nil }

    /// What a call of text costs.
    func price(promptTokens: Int, completionTokens: Int) -> Price {
        price(Consumption(textTokens: promptTokens), completionTokens: completionTokens)
    }

    /// What a call costs: the prices that hold for so many prompt tokens at this hour, for the whole call.
    ///
    /// - Parameters:
    ///   - completionTokens: of one answer.
    ///   - minute: of the UTC day.
    func price(_ used: Consumption, completionTokens: Int, minute: Int = 0) -> Price {
        let prices = tariff.prices(promptTokens: used.promptTokens, minute: minute)
        let answers = Int64(used.answers)
        let prompt = Picodollars((input(used, prices).value + (prices["request"] ?? .zero).picos) * Int128(answers))
        let output = output(used, completionTokens, prices).value * Int128(answers)
        let searches = (prices["web_search"] ?? .zero) * Int64(used.searches)
        return Price(prompt: prompt + searches + used.fees, completion: Picodollars(output))
    }

    private func input(_ used: Consumption, _ prices: [String: Rate]) -> Picodollars {
        let prompt = prices["prompt"] ?? .zero
        let image = prices["image_token"] ?? prices["image"] ?? prompt
        let plain =
            prompt * Int64(used.textTokens) + image * Int64(used.imageTokens)
            + (prices["audio"] ?? prompt) * Int64(used.audioTokens)
            + max(prompt, image) * Int64(used.otherTokens)
        return plain + premium(used.cache, prices) * Int64(used.promptTokens)
    }

    /// Whether a call's prompt is written to a cache.
    func writesCaches(_ used: Consumption) -> Bool {
        premium(used.cache, tariff.prices(promptTokens: used.promptTokens, minute: 0)) > .zero
    }

    /// What writing a cache adds to a prompt token. Where it is dearer than the prompt it is written unasked.
    private func premium(_ cache: Consumption.Cache, _ prices: [String: Rate]) -> Rate {
        guard let write = prices["input_cache_write"], let prompt = prices["prompt"] else { return .zero }
        let isStorage = write < prompt
        switch cache {
        case .none: return isStorage ? .zero : Rate(picodollars: write.picodollars - prompt.picodollars)
        case .fiveMinutes: return isStorage ? write : Rate(picodollars: write.picodollars - prompt.picodollars)
        case .hour:
            if isStorage { return Rate(picodollars: write.picodollars * 12) }
            let hour = prices["input_cache_write_1h"] ?? Rate(picodollars: prompt.picodollars * 2)
            return Rate(picodollars: max(hour, write).picodollars - prompt.picodollars)
        }
    }

    private func output(_ used: Consumption, _ tokens: Int, _ prices: [String: Rate]) -> Picodollars {
        let completion = prices["completion"] ?? .zero
        let thought = used.wantsReasoning ? tokens / 2 : 0
        var said = completion
        if paints { said = max(said, prices["image_output"] ?? .zero) }
        if speaks { said = max(said, prices["audio_output"] ?? .zero) }
        // A picture does not always keep to the limit.
        let picture = paints ? (prices["image_output"] ?? .zero) * 6_240 : .zero
        return said * Int64(tokens - thought) + (prices["internal_reasoning"] ?? completion) * Int64(thought)
            + completion * Int64(used.rejectedTokens) + picture
    }

    /// More than any bound that a buyer can have worked out for a request of so many bytes and so many output tokens.
    func exorbitantPrice(requestBytes: Int, outputTokens: Int) -> Price {
        let input = tariff.dearest(["prompt", "input_cache_write", "input_cache_write_1h"])
        let output = tariff.dearest(["completion", "internal_reasoning", "image_output", "audio_output"])
        return Price(prompt: input * Int64(10 * requestBytes), completion: output * Int64(10 * outputTokens))
    }

    /// Whether the list prices are within `limit`, part by part.
    func fits(_ limit: MaxPrice) throws(ExactDecimal.Failure) -> Bool {
        // USD per million tokens with six decimals are picodollars per token.
        func admits(_ key: String, _ most: DecimalText?) throws(ExactDecimal.Failure) -> Bool {
            guard let most, let rate = tariff[key] else { return true }
            let picodollars = try ExactDecimal.scaled(Array(most.text.utf8), decimals: 6, rounding: .down)
            return rate.picos <= picodollars
        }
        guard try admits("prompt", limit.prompt), try admits("completion", limit.completion) else { return false }
        guard try admits("image", limit.image) else { return false }
        return try admits("audio", limit.audio)
    }
}

extension Rate {
    fileprivate var picos: Int128 { Int128(picodollars) }
}

/// The price of one call, in its two parts.
struct Price: Hashable, Sendable {
    var prompt: Picodollars
    var completion: Picodollars

    var total: Picodollars { prompt + completion }

    static let zero = Price(prompt: .zero, completion: .zero)
}

/// `provider.max_price`, in USD per million tokens.
struct MaxPrice: Decodable, Hashable, Sendable {
    var prompt: DecimalText?
    var completion: DecimalText?
    var image: DecimalText?
    var audio: DecimalText?
}
