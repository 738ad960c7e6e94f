public import ExactMoney

/// What upstream says of one call afterwards: `GET /generation?id=`.
///
/// True spend is `total_cost`, plus `upstream_inference_cost` where the call ran on the account's own provider key. Fact:
/// `GenerationResponse` in OpenRouter's OpenAPI, https://openrouter.ai/docs/api-reference, read 2026-08.
public struct GenerationRecord: Hashable, Sendable {
    public let cost: Money
    public let inputTokens: Int64
    public let outputTokens: Int64
    /// Who served it.
    public let provider: String?

    /// Nil for what is no record, and for a cost that cannot be believed: negative, null, no number, or beyond what money holds.
    public init?(_ bytes: [UInt8]) {
        guard let data = (try? JSONDocument(bytes))?.root["data"],
            let own = data["total_cost"].flatMap(Money.init(stated:))
        else { return nil }
        if data["is_byok"]?.bool == true {
            guard let inference = data["upstream_inference_cost"].flatMap(Money.init(stated:)),
                let total = own.adding(inference)
            else { return nil }
            cost = total
        } else {
            cost = own
        }
        func count(_ names: String...) -> Int64 { max(0, names.lazy.compactMap { data[$0]?.integer }.first ?? 0) }
        inputTokens = count("native_tokens_prompt", "tokens_prompt")
        outputTokens = count("native_tokens_completion", "tokens_completion")
        provider = data["provider_name"]?.string
    }

    /// The path that asks for it. Nil for an id that upstream cannot have given.
    public static func path(id: String) -> String? {
        let isPlain = id.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || "-._~".utf8.contains($0)
        }
        return isPlain && !id.isEmpty ? "/generation?id=\(id)" : nil
    }
}

/// What upstream says of our key: `GET /key`. Fact: https://openrouter.ai/docs/api-reference/limits, read 2026-08.
public struct KeyStatus: Hashable, Sendable {
    /// All that was ever charged to it, own provider keys included.
    public let usage: Money
    /// Of the present UTC day; nil where it is not told.
    public let usageToday: Money?
    public let usageThisMonth: Money?
    /// Nil where the key has no limit of its own.
    public let limit: Money?

    public init?(_ bytes: [UInt8]) {
        guard let data = (try? JSONDocument(bytes))?.root["data"], data.kind == .object,
            let usage = KeyStatus.sum(data, "usage", "byok_usage")
        else { return nil }
        self.usage = usage
        usageToday = KeyStatus.sum(data, "usage_daily", "byok_usage_daily")
        usageThisMonth = KeyStatus.sum(data, "usage_monthly", "byok_usage_monthly")
        limit = data["limit"].flatMap(Money.init(stated:))
    }

    static func sum(_ data: JSONValue, _ name: String, _ ownKeys: String) -> Money? {
        guard let own = data[name].flatMap(Money.init(stated:)) else { return nil }
        guard let more = data[ownKeys], !more.isNull else { return own }
        return Money(stated: more).flatMap(own.adding)
    }
}

extension Money {
    /// An amount as upstream states it, rounded half up; nil where it is negative, no number, or too large.
    fileprivate init?(stated value: JSONValue) {
        // By its sign, not its amount: -1e-12 would round to zero.
        guard value.kind == .number, value.text.first != UInt8(ascii: "-"),
            let money = try? Money(usd: value.text, rounding: .halfUp)
        else { return nil }
        self = money
    }
}
