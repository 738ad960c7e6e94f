/// Fields whose cost has no bound that we can price yet. Facts: OpenRouter's documentation as of 2026-08, gathered in
/// `docs/decisions/0006`.
extension PricedRequest {
    private static let refused = [
        UnboundedField(name: "models", why: "each of the models listed may serve it at its own price"),
        UnboundedField(name: "route", why: "it lets upstream choose another model"),
        UnboundedField(name: "plugins", why: "a plugin costs extra and lengthens the prompt"),
        UnboundedField(name: "preset", why: "a preset stored upstream can add tools and models"),
        UnboundedField(name: "speed", why: "a faster tier is dearer than the list price"),
    ]

    static func refuseUnbounded(_ body: RequestBody, at endpoint: Endpoint) throws(RequestProblem) {
        for field in refused + endpoint.unbounded {
            guard let value = body[field.name], !value.isEmptyArray else { continue }
            throw .unbounded(field.name, field.why)
        }
        if let tier = body["service_tier"], tier.string != "default" {
            throw .unbounded("service_tier", "only the default tier is sold at the list price")
        }
        if let mode = body["reasoning"]?["mode"], !mode.isNull {
            throw .unbounded("reasoning.mode", "it reroutes the call to another model at another price")
        }
        if let count = body["n"] {
            guard let n = count.integer, n >= 1 else { throw .wrongType("n", expected: "1") }
            guard n == 1 else { throw .unbounded("n", "several answers at once are not priced yet") }
        }
        if let modalities = body["modalities"] {
            guard modalities.kind == .array else { throw .wrongType("modalities", expected: "a list") }
            guard modalities.elements.allSatisfy({ $0.string == "text" }) else {
                throw .unbounded("modalities", "only text output is priced yet")
            }
        }
        try refuseDearTiers(body["provider"])
        if let control = body["cache_control"] { try refuseLifetime(control, "cache_control") }
        if let model = body["model"]?.string { try refuseUnbounded(model: model) }
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
