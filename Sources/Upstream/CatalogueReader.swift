public import Pricing

/// Reads OpenRouter's `GET /models`.
public enum CatalogueReader {
    public struct NotACatalogue: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// The priced models of a list. Left out is a model without a price, with a field that cannot be read, or with charges that
    /// have no bound; so is a name that requests are refused for, as it could be reached by a shorter one.
    ///
    /// - Throws: ``NotACatalogue`` where the text is no JSON or has no list `data` with at least one priced model.
    public static func models(_ bytes: [UInt8]) throws(NotACatalogue) -> [Model] {
        let document: JSONDocument
        do { document = try JSONDocument(bytes) } catch { throw NotACatalogue(description: "no JSON: \(error)") }
        guard let data = document.root["data"], data.kind == .array else {
            throw NotACatalogue(description: "no list 'data'")
        }
        let models = data.elements.compactMap(model)
        guard !models.isEmpty else { throw NotACatalogue(description: "no model with a price") }
        return models
    }

    /// Reads `GET /models/{author}/{slug}/endpoints`: a sheet on which nothing is cheaper than at any endpoint with a price.
    ///
    /// - Throws: ``NotACatalogue`` where none has one.
    public static func dearestEndpoint(_ bytes: [UInt8]) throws(NotACatalogue) -> PriceSheet {
        guard let root = try? JSONDocument(bytes).root, let endpoints = root["data"]?["endpoints"] else {
            throw NotACatalogue(description: "no list of endpoints")
        }
        let sheets = endpoints.elements.compactMap { $0["pricing"].flatMap(sheet) }
        guard let first = sheets.first else { throw NotACatalogue(description: "no endpoint with a price") }
        return sheets.dropFirst().reduce(first, PriceSheet.dearest)
    }

    private static func model(_ value: JSONValue) -> Model? {
        guard let id = value["id"]?.string, !id.isEmpty, let context = value["context_length"]?.integer, context > 0,
            (try? PricedRequest.refuseUnbounded(model: id, "id")) != nil, let pricing = value["pricing"],
            let prices = sheet(pricing), let answers = answers(value, prices.base),
            let search = search(id, prices.base)
        else { return nil }
        let top = value["top_provider"]
        let parameters = Set((value["supported_parameters"]?.elements).map { $0.compactMap(\.string) } ?? [])
        let inputs = value["architecture"]?["input_modalities"]?.elements.compactMap(\.string) ?? []
        var capabilities = answers
        if parameters.contains("tools") { capabilities.insert(.tools) }
        if parameters.contains("structured_outputs") { capabilities.insert(.jsonSchema) }
        if parameters.contains("reasoning") { capabilities.insert(.reasoning) }
        if inputs.contains("image") { capabilities.insert(.images) }
        if inputs.contains("audio") { capabilities.insert(.audio) }
        if inputs.contains("video") { capabilities.insert(.video) }
        if inputs.contains("file") { capabilities.insert(.documents) }
        var model = Model(
            name: ModelName(id), canonicalName: value["canonical_slug"]?.string.map(ModelName.init),
            // Endpoints differ; the larger context bounds the prompt.
            contextTokens: max(context, top?["context_length"]?.integer ?? 0),
            maxOutputTokens: top?["max_completion_tokens"]?.integer.flatMap { $0 > 0 ? $0 : nil },
            capabilities: capabilities, prices: prices)
        model.searchesUnasked = search == .everyCall
        return model
    }

    /// What a model answers in beside text; nil where what it makes has no price on the list. Lyria's songs are listed at zero
    /// and yet cost money.
    private static func answers(_ value: JSONValue, _ rates: Rates) -> Capabilities? {
        var answers: Capabilities = []
        for output in value["architecture"]?["output_modalities"].map({ Array($0.elements) }) ?? [] {
            switch output.string {
            case "text": break
            case "embeddings": answers.insert(.embeddings)
            case "image" where rates.imageOutput != nil: answers.insert(.paints)
            case "audio" where rates.audioOutput != nil: answers.insert(.speaks)
            default: return nil
            }
        }
        return answers
    }

    private enum Search {
        case onRequest
        case everyCall
    }

    /// Models that search the web on every call take their listed fee, whatever the request says; nil where none is listed, and
    /// where one call searches as often as it likes.
    private static func search(_ name: String, _ rates: Rates) -> Search? {
        if name.contains("deep-research") { return nil }
        guard name.hasPrefix("perplexity/") || name.contains("-search-preview") else { return .onRequest }
        return rates.webSearch == nil ? nil : .everyCall
    }

    private static func sheet(_ pricing: JSONValue) -> PriceSheet? {
        let overrides = pricing["overrides"]?.elements.map { override in
            PriceSheet.ListedOverride(
                abovePromptTokens: override["min_prompt_tokens"]?.integer, pricing: texts(override))
        }
        return try? PriceSheet(pricing: texts(pricing), overrides: overrides ?? [])
    }

    /// The members that are amounts: decimal strings, and numbers by their text.
    private static func texts(_ value: JSONValue) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in value.members {
            switch value.kind {
            case .string: texts[key] = value.string
            case .number: texts[key] = String(decoding: value.text, as: UTF8.self)
            default: break
            }
        }
        return texts
    }
}
