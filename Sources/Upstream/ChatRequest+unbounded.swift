/// Fields whose cost has no bound that we can price yet. Facts: OpenRouter's documentation as of 2026-08, gathered in
/// `docs/decisions/0006`.
extension ChatRequest {
    private static let refused: [(name: String, why: String)] = [
        ("models", "each of the models listed may serve it at its own price"),
        ("route", "it lets upstream choose another model"),
        ("plugins", "a plugin costs extra and lengthens the prompt"),
        ("web_search_options", "a web search costs extra and lengthens the prompt"),
        ("preset", "a preset stored upstream can add tools and models"),
        ("speed", "a faster tier is dearer than the list price"),
        ("prediction", "rejected predicted tokens are billed as output"),
    ]

    /// - Parameter fields: the members of the body that are not null.
    static func refuseUnbounded(_ fields: [String: JSONValue]) throws(RequestProblem) {
        for (name, why) in refused {
            guard let value = fields[name], !value.isEmptyArray else { continue }
            throw .unbounded(name, why)
        }
        if let tier = fields["service_tier"], tier.string != "default" {
            throw .unbounded("service_tier", "only the default tier is sold at the list price")
        }
        if let mode = fields["reasoning"]?["mode"], !mode.isNull {
            throw .unbounded("reasoning.mode", "it reroutes the call to another model at another price")
        }
        if let count = fields["n"] {
            guard let n = count.integer, n >= 1 else { throw .wrongType("n", expected: "1") }
            guard n == 1 else { throw .unbounded("n", "several answers at once are not priced yet") }
        }
        if let modalities = fields["modalities"] {
            guard modalities.kind == .array else { throw .wrongType("modalities", expected: "a list") }
            guard modalities.elements.allSatisfy({ $0.string == "text" }) else {
                throw .unbounded("modalities", "only text output is priced yet")
            }
        }
        try refuseDearTiers(fields["provider"])
        if let control = fields["cache_control"] { try refuseLifetime(control, "cache_control") }
        if let model = fields["model"]?.string { try refuseUnbounded(model: model) }
    }

    /// `provider.order` and `provider.only` may name an endpoint's dearer tier.
    private static func refuseDearTiers(_ provider: JSONValue?) throws(RequestProblem) {
        for name in ["order", "only"] {
            guard let listed = provider?[name] else { continue }
            for endpoint in listed.elements {
                let text = endpoint.string?.lowercased() ?? ""
                guard ["/priority", "/fast", "/scale"].contains(where: text.hasSuffix) else { continue }
                throw .unbounded("provider.\(name)", "'\(text.prefix(64))' is not sold at the list price")
            }
        }
    }

    static func refuseLifetime(_ control: JSONValue, _ param: String) throws(RequestProblem) {
        guard let lifetime = control["ttl"], !lifetime.isNull else { return }
        throw .unbounded("\(param).ttl", "longer cache writes have prices of their own")
    }

    /// Names that stand for no one price, in whatever case: a catalogue is searched in lower case too.
    static func refuseUnbounded(model: String) throws(RequestProblem) {
        let model = model.lowercased()
        let routers = ["auto", "auto-beta", "free", "fusion", "pareto-code", "bodybuilder"]
        if routers.contains(where: { model == "openrouter/\($0)" }) {
            throw .unbounded("model", "'\(model)' is a router that chooses a model, and so a price, by itself")
        }
        if model.hasPrefix("~") { throw .unbounded("model", "an alias that moves has a price that moves") }
        if model.contains("@preset/") { throw .unbounded("model", "a preset stored upstream can add tools and models") }
        for suffix in [":nitro", ":online", ":batch"] where model.hasSuffix(suffix) {
            throw .unbounded("model", "the variant '\(suffix)' is not sold at the list price")
        }
    }
}
