import ExactMoney

/// What a request uses before a word of the answer is made: the sandbox's own count, as dear as a vendor's rules allow.
///
/// Facts: the vendors' pages named in `Vision`, and https://openrouter.ai/docs (plugins, server tools, prompt caching), read
/// 2026-08.
struct Consumption: Hashable, Sendable {
    enum Cache: Hashable, Sendable {
        case none
        case fiveMinutes
        case hour
    }

    var textTokens: Int
    var imageTokens = 0
    var audioTokens = 0
    /// Video, files, and what a search found.
    var otherTokens = 0
    var answers = 1
    /// Predicted tokens that did not come true.
    var rejectedTokens = 0
    var cache = Cache.none
    var fees = Picodollars.zero
    /// Searches at the model's own price.
    var searches = 0
    var wantsReasoning = false

    var promptTokens: Int { textTokens + imageTokens + audioTokens + otherTokens }

    init(textTokens: Int) {
        self.textTokens = textTokens
    }

    /// - Parameter textTokens: what the request's text comes to.
    init(of body: JSON, on offer: Offer, textTokens: Int) {
        self.textTokens = textTokens
        answers = body["n"]?.whole ?? 1
        rejectedTokens = body["prediction"]?["content"]?.string?.utf8.count ?? 0
        wantsReasoning = body["reasoning"] != nil || body["reasoning_effort"] != nil
        let parts = (body["messages"]?.elements ?? []).flatMap { $0["content"]?.elements ?? [] }
        for part in parts { add(part, offer) }
        addPlugins(body["plugins"]?.elements ?? [], files: parts.count { $0["type"]?.string == "file" }, offer)
        addServerTools(body, offer)
        cache = Consumption.cache(in: body)
        if offer.searchesItself {
            searches += 1
            otherTokens += 2_000
        }
        otherTokens = min(otherTokens, max(0, offer.contextTokens - textTokens - imageTokens - audioTokens - 1))
    }

    private mutating func add(_ part: JSON, _ offer: Offer) {
        switch part["type"]?.string {
        case "image_url":
            imageTokens += Vision(model: offer.name).tokens(Picture(url: part["image_url"]?["url"]?.string ?? ""))
        case "input_audio":
            audioTokens += Sound(base64: part["input_audio"]?["data"]?.string ?? "").tokens
        case "video_url": otherTokens += 263 * 3_600
        case "file": otherTokens += 100 * (1_500 + 560)
        default: break
        }
    }

    /// A request that names no plugin has its files read by OCR too, if the model cannot do it itself.
    private mutating func addPlugins(_ plugins: [JSON], files: Int, _ offer: Offer) {
        let enabled = plugins.filter { $0["enabled"] != false }
        if let web = enabled.first(where: { $0["id"]?.string == "web" }) {
            let results = web["max_results"]?.whole ?? 5
            fees = fees + Consumption.searchFee(web, results)
            otherTokens += results * 1_000
        }
        let engine = enabled.first { $0["id"]?.string == "file-parser" }?["pdf"]?["engine"]?.string
        if files > 0, engine == "mistral-ocr" || engine == nil && !offer.readsFiles {
            fees = fees + Rate(picodollars: 2_000_000_000) * Int64(files * 1_000)
        }
    }

    /// The loop ends after the step that reaches the amount; that step may call as many tools as are allowed at all.
    private mutating func addServerTools(_ body: JSON, _ offer: Offer) {
        let tools = (body["tools"]?.elements ?? []).filter { $0["type"]?.string?.hasPrefix("openrouter:") ?? false }
        guard !tools.isEmpty else { return }
        let most = (body["stop_server_tools_when"]?.elements ?? []).compactMap { condition -> Picodollars? in
            guard case .number(let text)? = condition["max_cost_in_dollars"] else { return nil }
            return (try? ExactDecimal.scaled(Array(text.utf8), decimals: 12, rounding: .down)).map(Picodollars.init)
        }.min()
        let dearest = tools.map { tool -> Picodollars in
            switch tool["type"]?.string {
            case "openrouter:web_search":
                Consumption.searchFee(tool["parameters"] ?? .null, tool["parameters"]?["max_results"]?.whole ?? 5)
            case "openrouter:web_fetch": Rate(picodollars: 1_000_000_000) * 1
            default: .zero
            }
        }.max()
        fees = fees + (most ?? .zero) + Picodollars((dearest ?? .zero).value * 30)
        otherTokens += offer.contextTokens
    }

    private static func searchFee(_ options: JSON, _ results: Int) -> Picodollars {
        let first: Int64 = options["engine"]?.string == "exa" ? 15_000_000_000 : 5_000_000_000
        return Rate(picodollars: first) * 1 + Rate(picodollars: 1_000_000_000) * Int64(max(0, results - 10))
    }

    private static func cache(in body: JSON) -> Cache {
        let controls = body.all("cache_control").filter { $0 != .null }
        if controls.contains(where: { $0["ttl"]?.string == "1h" }) { return .hour }
        return controls.isEmpty ? .none : .fiveMinutes
    }
}

extension JSON {
    /// Every member of this name, at any depth.
    fileprivate func all(_ name: String) -> [JSON] {
        switch self {
        case .object(let members): members.flatMap { ($0.key == name ? [$0.value] : []) + $0.value.all(name) }
        case .array(let values): values.flatMap { $0.all(name) }
        default: []
        }
    }
}
