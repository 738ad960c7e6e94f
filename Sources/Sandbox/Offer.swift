import ExactMoney
import Pricing

/// One model as the sandbox sells it.
struct Offer: Hashable, Sendable {
    let name: String
    let contextTokens: Int
    let maxOutputTokens: Int
    let sheet: PriceSheet

    /// What a call costs: the base rates, or those of the last tier that the prompt passes, for the whole call.
    func price(promptTokens: Int, completionTokens: Int) -> Price {
        let rates = sheet.overrides.last { ($0.abovePromptTokens ?? .max) < Int64(promptTokens) }?.rates ?? sheet.base
        return Price(
            prompt: rates.prompt * Int64(promptTokens) + rates.request * 1,
            completion: rates.completion * Int64(completionTokens))
    }

    /// More than any bound that a buyer can have worked out for a request of so many bytes and so many output tokens.
    func exorbitantPrice(requestBytes: Int, outputTokens: Int) -> Price {
        let ceiling = sheet.ceiling(inputTokens: Int64(requestBytes))
        let output = ceiling.perOutputToken * Int64(outputTokens)
        return Price(prompt: Picodollars(ceiling.fixed.value * 10), completion: Picodollars(output.value * 10))
    }

    /// Whether the list prices are within `limit`, part by part.
    func fits(_ limit: MaxPrice) throws(ExactDecimal.Failure) -> Bool {
        // USD per million tokens with six decimals are picodollars per token.
        func admits(_ rate: Rate, _ most: DecimalText?) throws(ExactDecimal.Failure) -> Bool {
            guard let most else { return true }
            let picodollars = try ExactDecimal.scaled(Array(most.text.utf8), decimals: 6, rounding: .down)
            return Int128(rate.picodollars) <= picodollars
        }
        guard try admits(sheet.base.prompt, limit.prompt) else { return false }
        return try admits(sheet.base.completion, limit.completion)
    }
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
}
