#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// All models that the sandbox sells, read from a list in the shape of OpenRouter's `GET /models`.
///
/// Left out: models without a price (`"-1"`).
struct PriceList: Sendable {
    /// The list as it was given; `GET /models` answers with it.
    let json: String
    /// `GET /embeddings/models` answers with it.
    let embeddingsJSON: String
    private var offers: [String: Offer] = [:]

    init(json: String, embeddingsJSON: String = #"{"data":[]}"#) throws {
        self.json = json
        self.embeddingsJSON = embeddingsJSON
        let listed = try [json, embeddingsJSON].flatMap {
            try JSONDecoder().decode(Listing.self, from: Data($0.utf8)).data
        }
        for model in listed {
            guard let offer = try model.offer() else { continue }
            offers[model.id] = offer
        }
        for model in listed {
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
    var architecture: Architecture?

    struct Architecture: Decodable {
        var inputs: [String]?
        var outputs: [String]?

        enum CodingKeys: String, CodingKey {
            case inputs = "input_modalities"
            case outputs = "output_modalities"
        }
    }

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
        case architecture
        case topProvider = "top_provider"
    }

    /// Nil for a model whose price depends on where a call goes.
    func offer() throws -> Offer? {
        guard let tariff = try Tariff(pricing) else { return nil }
        let most = min(topProvider?.maxCompletionTokens ?? contextLength, contextLength)
        let outputs = architecture?.outputs ?? []
        return Offer(
            name: id, contextTokens: contextLength, maxOutputTokens: most, tariff: tariff,
            readsFiles: architecture?.inputs?.contains("file") ?? false, paints: outputs.contains("image"),
            speaks: outputs.contains("audio"))
    }
}
