import ExactMoney
import Pricing
import Upstream

extension SettingsReader {
    func ownPrices() throws -> OwnPrices {
        OwnPrices(
            overrides: try overrides("PRICE_OVERRIDES"), aliases: try aliases("MODEL_ALIASES"),
            text: environment["PRICE_OVERRIDES"] ?? "{}")
    }

    /// `{"fast":"openai/gpt-5-mini"}`
    private func aliases(_ variable: String) throws -> [String: String] {
        var aliases: [String: String] = [:]
        for alias in try table(variable, expected: #"JSON such as {"fast":"openai/gpt-5-mini"}"#) {
            guard let model = alias.value.string, !model.isEmpty, !alias.name.isEmpty else {
                throw SettingsProblem(alias.spot, value: text(alias.value), expected: "a model's name")
            }
            aliases[alias.name] = model
        }
        return aliases
    }

    /// `{"openai/gpt-5.2":{"prompt":"0.000002","completion":"0.00002"}}`, in USD per token or unit as upstream lists them; for a
    /// model that is not listed `context_length` too.
    private func overrides(_ variable: String) throws -> [(model: ModelName, override: PriceOverride)] {
        let expected = #"JSON such as {"openai/gpt-5.2":{"prompt":"0.000002","completion":"0.00002"}}"#
        return try table(variable, expected: expected).map { model in
            var override = PriceOverride(prices: [:])
            for part in try parts(model.value, model.spot, expected: expected) {
                switch part.name {
                case "context_length": override.contextTokens = try whole(part.value, part.spot, 1...Int64.max)
                case "max_completion_tokens": override.maxOutputTokens = try whole(part.value, part.spot, 1...Int64.max)
                default: override.prices[part.name] = try rate(part.value, part.spot)
                }
            }
            return (ModelName(model.name), override)
        }
    }

    private func rate(_ value: JSONValue, _ spot: Spot) throws -> Rate {
        guard value.kind == .string || value.kind == .number, let rate = try? Rate(usd: text(value)) else {
            throw SettingsProblem(spot, value: text(value), expected: "a price in USD per token, such as 0.000002")
        }
        return rate
    }
}
