import ExactMoney
import Pricing
import Upstream

extension SettingsReader {
    func ownPrices() throws -> PriceSource.OwnPrices {
        PriceSource.OwnPrices(overrides: try overrides("PRICE_OVERRIDES"), aliases: try aliases("MODEL_ALIASES"))
    }

    /// `{"fast":"openai/gpt-5-mini"}`
    private func aliases(_ name: String) throws -> [String: String] {
        var aliases: [String: String] = [:]
        for (alias, model) in try object(name, expected: #"JSON such as {"fast":"openai/gpt-5-mini"}"#) {
            guard let model = model.string, !model.isEmpty, !alias.isEmpty else {
                throw SettingsProblem("\(name) of '\(alias)'", value: "no text", expected: "a model's name")
            }
            aliases[alias] = model
        }
        return aliases
    }

    /// `{"openai/gpt-5.2":{"prompt":"0.000002","completion":"0.00002"}}`, in USD per token or unit as upstream lists them; for a
    /// model that is not listed `context_length` too.
    private func overrides(_ name: String) throws -> [(model: ModelName, override: PriceOverride)] {
        let expected = #"JSON such as {"openai/gpt-5.2":{"prompt":"0.000002","completion":"0.00002"}}"#
        return try object(name, expected: expected).map { model, prices in
            guard prices.kind == .object else {
                throw SettingsProblem("\(name) of \(model)", value: "no object", expected: expected)
            }
            var override = PriceOverride(prices: [:])
            for (key, value) in prices.members {
                let part = "\(name) of \(model), \(key),"
                switch key {
                case "context_length": override.contextTokens = try tokens(value, part)
                case "max_completion_tokens": override.maxOutputTokens = try tokens(value, part)
                default: override.prices[key] = try rate(value, part)
                }
            }
            return (ModelName(model), override)
        }
    }

    private func tokens(_ value: JSONValue, _ name: String) throws -> Int64 {
        guard let tokens = value.integer, tokens > 0 else {
            throw SettingsProblem(name, value: text(value), expected: "a whole number of tokens")
        }
        return tokens
    }

    private func rate(_ value: JSONValue, _ name: String) throws -> Rate {
        guard value.kind == .string || value.kind == .number, let rate = try? Rate(usd: text(value)) else {
            throw SettingsProblem(name, value: text(value), expected: "a price in USD per token, such as 0.000002")
        }
        return rate
    }

    private func text(_ value: JSONValue) -> String { value.string ?? String(decoding: value.text, as: UTF8.self) }

    private func object(_ name: String, expected: String) throws -> [(key: String, value: JSONValue)] {
        guard let text = environment[name] else { return [] }
        guard let document = try? JSONDocument(Array(text.utf8)), document.root.kind == .object else {
            throw SettingsProblem(name, value: text, expected: expected)
        }
        return Array(document.root.members)
    }
}
