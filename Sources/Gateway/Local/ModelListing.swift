import NIOHTTP1
import Pricing
import Upstream

/// `GET /models` and its siblings: what the caller may use and we can price, in OpenRouter's shape, at the prices that calls are
/// reserved at. What the catalogue does not know (descriptions, dates) is empty.
enum ModelListing {
    /// The lists; models by name are found by ``route(_:)``.
    static let lists = [
        list("/models", of: { !$0.capabilities.contains(.embeddings) }),
        list("/models/user", of: { _ in true }),
        list("/embeddings/models", of: { $0.capabilities.contains(.embeddings) }),
    ]

    /// What ``route(_:)`` finds.
    static let named = ["/models/{author}/{slug}", "/models/{author}/{slug}/endpoints"]

    private static func list(_ path: String, of isListed: @escaping @Sendable (Model) -> Bool) -> LocalRoute {
        LocalRoute(path: path, method: .GET) { request in
            let models = request.gateway.prices.current.models.filter { isListed($0) && request.mayUse($0) }
                .sorted { $0.name.text < $1.name.text }
            // All of it is one page.
            return """
                {"data":[\(models.map(json).joined(separator: ","))],"total_count":\(models.count),"links":{"next":null}}
                """
        }
    }

    /// `/models/{author}/{slug}`, `/models/{author}/{slug}/endpoints`. Clients that take a name for one segment write `%2F`.
    static func route(_ path: Substring) -> LocalRoute? {
        guard path.hasPrefix("/models/") else { return nil }
        var name = path.dropFirst("/models/".count)
        let suffix = "/endpoints"
        let isEndpoints = name.hasSuffix(suffix)
        if isEndpoints { name = name.dropLast(suffix.count) }
        let text = PercentText.decoded(name)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
        return LocalRoute(path: String(path), method: .GET) { request throws(Refusal) in
            guard let model = request.gateway.prices.current.resolve(text), request.mayUse(model) else {
                throw .invalid(
                    404, "model_not_priced",
                    "'\(text.prefix(128))' is no model that has a price here and is yours to use.")
            }
            return "{\"data\":\(isEndpoints ? endpoints(of: model) : json(model))}"
        }
    }
}

// MARK: - OpenRouter's shape

extension ModelListing {
    private static func json(_ model: Model) -> String {
        """
        {\(head(model)),"context_length":\(model.contextTokens),"pricing":\(pricing(model)),\
        "top_provider":{"context_length":\(model.contextTokens),"max_completion_tokens":\(number(model.maxOutputTokens)),\
        "is_moderated":false},"per_request_limits":null,"supported_parameters":\(parameters(model)),\
        "default_parameters":null,"supported_voices":null,"links":{"details":\(JSONText.quoted("/api/v1/models/\(model.name)/endpoints"))}}
        """
    }

    /// Upstream does not tell us which providers there are; the one listed is the price that calls are pinned to.
    private static func endpoints(of model: Model) -> String {
        let name = JSONText.quoted(model.name.text)
        let author = JSONText.quoted(String(model.author))
        return """
            {\(head(model)),"endpoints":[{"name":\(name),"model_id":\(name),"model_name":\(name),\
            "context_length":\(model.contextTokens),"pricing":\(pricing(model)),"provider_name":\(author),"tag":\(author),\
            "quantization":null,"max_completion_tokens":\(number(model.maxOutputTokens)),"max_prompt_tokens":null,\
            "supported_parameters":\(parameters(model)),"status":0,"uptime_last_30m":null,"uptime_last_5m":null,\
            "uptime_last_1d":null,"latency_last_30m":null,"throughput_last_30m":null,\
            "supports_implicit_caching":false}]}
            """
    }

    private static func head(_ model: Model) -> String {
        func kinds(_ first: String, _ more: [(Capabilities, String)]) -> [String] {
            [first] + more.filter { model.capabilities.contains($0.0) }.map(\.1)
        }
        let input = kinds(
            "text", [(.images, "image"), (.documents, "file"), (.audio, "audio"), (.video, "video")])
        let writes = model.capabilities.contains(.embeddings) ? "embeddings" : "text"
        let output = kinds(writes, [(.paints, "image"), (.speaks, "audio")])
        let name = JSONText.quoted(model.name.text)
        return """
            "id":\(name),"canonical_slug":\(JSONText.quoted((model.canonicalName ?? model.name).text)),"name":\(name),\
            "created":0,"description":"","architecture":{"modality":"\(input.joined(separator: "+"))->\(output.joined(separator: "+"))",\
            "input_modalities":\(list(input)),"output_modalities":\(list(output)),"tokenizer":"Other","instruct_type":null}
            """
    }

    /// Decimal strings, USD per token or request.
    private static func pricing(_ model: Model) -> String {
        func members(_ rates: Rates) -> String {
            rates.listed.filter { $0.name != "unknown" }.map { "\"\($0.name)\":\"\($0.rate)\"" }.joined(separator: ",")
        }
        let overrides = model.prices.overrides.compactMap { override in
            override.abovePromptTokens.map { "{\"min_prompt_tokens\":\($0),\(members(override.rates))}" }
        }
        let base = members(model.prices.base)
        return overrides.isEmpty ? "{\(base)}" : "{\(base),\"overrides\":[\(overrides.joined(separator: ","))]}"
    }

    private static func parameters(_ model: Model) -> String {
        guard !model.capabilities.contains(.embeddings) else { return "[]" }
        var names = ["max_tokens", "temperature", "top_p", "stop"]
        if model.capabilities.contains(.tools) { names += ["tools", "tool_choice"] }
        if model.capabilities.contains(.jsonSchema) { names += ["response_format", "structured_outputs"] }
        if model.capabilities.contains(.reasoning) { names += ["reasoning", "include_reasoning"] }
        return list(names.sorted())
    }

    private static func list(_ texts: [String]) -> String {
        "[\(texts.map(JSONText.quoted).joined(separator: ","))]"
    }

    private static func number(_ value: Int64?) -> String { value.map(String.init) ?? "null" }
}
