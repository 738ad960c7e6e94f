/// Fields whose cost has no bound. Facts: OpenRouter's documentation as of 2026-08, gathered in
/// `docs/decisions/0006` and `0017`.
extension PricedRequest {
    private static let refused = [
        UnboundedField(name: "route", why: "it lets upstream choose another model"),
        UnboundedField(name: "preset", why: "a preset stored upstream can add tools and models"),
        UnboundedField(name: "speed", why: "a faster tier is dearer than the list price"),
    ]

    static func refuseUnbounded(_ body: RequestBody, at endpoint: Endpoint) throws(RequestProblem) {
        for field in refused + endpoint.unbounded {
            guard let value = body[field.name], !value.isEmptyArray else { continue }
            throw .unbounded(field.name, field.why)
        }
        if let tier = body["service_tier"]?.string ?? body["service_tier"].map({ _ in "" }),
            !["default", "flex", endpoint.plainTier].contains(tier)
        {
            throw .unbounded("service_tier", "only the tiers 'default' and 'flex' are sold at the list price or below")
        }
        if let mode = body["reasoning"]?["mode"], !mode.isNull {
            throw .unbounded("reasoning.mode", "it reroutes the call to another model at another price")
        }
        try refuseDearTiers(body["provider"])
        if let control = body["cache_control"] { try CacheControl.check(control, "cache_control") }
        if let model = body["model"]?.string { try refuseUnbounded(model: model, "model") }
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

    private static let routers: Set = [
        "openrouter/auto", "openrouter/auto-beta", "openrouter/free", "openrouter/fusion", "openrouter/pareto-code",
        "openrouter/bodybuilder",
    ]

    /// Names that stand for no one price, in whatever case: a catalogue is searched in lower case too.
    static func refuseUnbounded(model: String, _ param: String) throws(RequestProblem) {
        let model = model.lowercased()
        if routers.contains(model) {
            throw .unbounded(param, "'\(model)' is a router that chooses a model, and so a price, by itself")
        }
        if model.hasPrefix("~") { throw .unbounded(param, "an alias that moves has a price that moves") }
        if model.utf8.contains(UInt8(ascii: "@")), model.contains("@preset/") {
            throw .unbounded(param, "a preset stored upstream can add tools and models")
        }
        guard model.utf8.contains(UInt8(ascii: ":")) else { return }
        for suffix in [":nitro", ":online", ":batch"] where model.hasSuffix(suffix) {
            throw .unbounded(param, "the variant '\(suffix)' is not sold at the list price")
        }
    }
}
