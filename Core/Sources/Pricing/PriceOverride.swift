public import ExactMoney

/// What an operator knows better than the list: prices of a model, or a model that is not listed at all.
public struct PriceOverride: Hashable, Sendable {
    /// By listed name. They hold at any prompt length and hour.
    public var prices: [String: Rate]
    public var contextTokens: Int64?
    public var maxOutputTokens: Int64?

    public init(prices: [String: Rate], contextTokens: Int64? = nil, maxOutputTokens: Int64? = nil) {
        self.prices = prices
        self.contextTokens = contextTokens
        self.maxOutputTokens = maxOutputTokens
    }

    /// Why an override cannot be used.
    public enum Failure: Error, Hashable, Sendable {
        /// No price has this name.
        case unknownPrice(String)
        /// The list does not have the model, and this does not say all that is needed: prompt, completion and context.
        case incomplete
    }
}

extension Catalogue {
    /// Puts an operator's override over what is listed.
    public mutating func apply(_ override: PriceOverride, to name: ModelName) throws(PriceOverride.Failure) {
        var model: Model
        if let listed = self[name] {
            model = listed
        } else {
            guard let prompt = override.prices["prompt"], let completion = override.prices["completion"],
                let context = override.contextTokens
            else { throw .incomplete }
            model = Model(
                name: name, contextTokens: context, maxOutputTokens: nil,
                capabilities: [.tools, .jsonSchema, .reasoning],
                prices: PriceSheet(base: Rates(prompt: prompt, completion: completion)))
        }
        model.contextTokens = override.contextTokens ?? model.contextTokens
        model.maxOutputTokens = override.maxOutputTokens ?? model.maxOutputTokens
        for (key, rate) in override.prices.sorted(by: { $0.key < $1.key }) {
            guard model.prices.base.set(key, to: rate) else { throw .unknownPrice(key) }
            for index in model.prices.overrides.indices { _ = model.prices.overrides[index].rates.set(key, to: rate) }
        }
        insert(model)
    }
}
