import Pricing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// All models that the sandbox sells, read from a list in the shape of OpenRouter's `GET /models`.
///
/// Left out: models without a price (`"-1"`), and overrides by the clock, as the list's own prices are those of the
/// hour.
struct PriceList: Sendable {
    /// The list as it was given; `GET /models` answers with it.
    let json: String
    private var offers: [String: Offer] = [:]

    init(json: String) throws {
        self.json = json
        let list = try JSONDecoder().decode(Listing.self, from: Data(json.utf8))
        for model in list.data {
            guard let offer = try model.offer() else { continue }
            offers[model.id] = offer
        }
        for model in list.data {
            guard let canonical = model.canonicalSlug, offers[canonical] == nil else { continue }
            offers[canonical] = offers[model.id]
        }
    }

    /// By name, or by canonical name where no model has that name.
    subscript(_ name: String) -> Offer? { offers[name] }
}

private struct Listing: Decodable {
    var data: [ListedModel]
}

private struct ListedModel: Decodable {
    var id: String
    var canonicalSlug: String?
    var contextLength: Int
    var pricing: JSON
    var topProvider: TopProvider?

    struct TopProvider: Decodable {
        var maxCompletionTokens: Int?

        enum CodingKeys: String, CodingKey {
            case maxCompletionTokens = "max_completion_tokens"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id
        case canonicalSlug = "canonical_slug"
        case contextLength = "context_length"
        case pricing
        case topProvider = "top_provider"
    }

    /// Nil for a model whose price depends on where a call goes.
    func offer() throws -> Offer? {
        let prices = pricing.prices
        guard !prices.values.contains(where: { $0.hasPrefix("-") }) else { return nil }
        let most = min(topProvider?.maxCompletionTokens ?? contextLength, contextLength)
        let sheet = try PriceSheet(pricing: prices, overrides: pricing.tiers)
        return Offer(name: id, contextTokens: contextLength, maxOutputTokens: most, sheet: sheet)
    }
}

extension JSON {
    /// The members that are strings: prices. `discount` is a number, `overrides` an array.
    fileprivate var prices: [String: String] {
        guard case .object(let members) = self else { return [:] }
        var prices: [String: String] = [:]
        for member in members { prices[member.key] = member.value.string }
        return prices
    }

    fileprivate var tiers: [PriceSheet.ListedOverride] {
        guard case .array(let overrides)? = self["overrides"] else { return [] }
        return overrides.compactMap { override in
            guard case .number(let text)? = override["min_prompt_tokens"], let tokens = Int64(text),
                override["utc_start"] == nil
            else { return nil }
            return PriceSheet.ListedOverride(abovePromptTokens: tokens, pricing: override.prices)
        }
    }
}
