import ExactMoney
public import Pricing

/// A request to a priced path as read from the client's bytes: what matters for its cost, and where it stands in the text.
public struct PricedRequest: Sendable {
    public let endpoint: Endpoint
    let document: JSONDocument
    /// As the client wrote it; nil where it named none.
    public let model: String?
    public let isStream: Bool
    /// The output limit that the client named; the largest where it gave several.
    public let outputLimit: Int64?
    /// The user that the body names, for attribution.
    public let user: String?
    /// The session that the body names: calls that belong together.
    public let run: String?
    /// What the model must be able to do.
    public let needs: Capabilities
    /// All that its cost depends on.
    public let demand: Demand
    /// Other models that the client lets upstream fall back to (`models`).
    public let alternatives: [String]
    /// The conversation holds reasoning that only its vendor can read, or waits for the answer to a tool's result.
    public let staysWithVendor: Bool

    /// Server tools and plugins that were taken out of the body before it was priced, by name.
    public let dropped: [String]
    /// A lower output limit would be refused upstream.
    public let leastOutputTokens: Int64
    /// Texts that the model takes one by one, each with a whole context to itself.
    public var inputs: Int64 { demand.inputs }

    /// Tokens that chat templates may add: per message, per request, per function, and once for tools.
    static let perMessage: Int64 = 16
    static let perRequest: Int64 = 64
    private static let perFunction: Int64 = 32
    private static let forTools: Int64 = 600

    /// Reads and checks a body.
    ///
    /// - Throws: ``RequestProblem`` for text that is no JSON, a field of the wrong type, or a field whose cost has no bound.
    public init(_ bytes: [UInt8], at endpoint: Endpoint) throws(RequestProblem) {
        try self.init(RequestBody(bytes), at: endpoint)
    }

    /// Checks a body that is read already.
    public init(_ body: RequestBody, at endpoint: Endpoint) throws(RequestProblem) {
        try PricedRequest.refuseUnbounded(body, at: endpoint)
        self.endpoint = endpoint
        document = body.document
        user = body.user
        run = body.run
        dropped = body.dropped
        model = try body.modelName()
        isStream = try body.flag("stream")
        var largest: Int64?
        for name in endpoint.limitNames {
            if let limit = try body.limit(name) { largest = max(largest ?? limit, limit) }
        }
        outputLimit = largest
        // Objects that are rewritten must be objects.
        try body.checkObjects(["provider", "stream_options"])
        try PricedRequest.checkMaxPrice(body["provider"]?["max_price"])
        let parts = try endpoint.parts(body)
        needs = parts.needs
        staysWithVendor = parts.staysWithVendor
        leastOutputTokens = parts.leastOutputTokens
        alternatives = try body.names("models")
        demand = try PricedRequest.demand(body, parts)
    }

    /// The prompt's text has at most this many tokens: every byte of the body may be one, and templates add their own.
    public var inputTokensBound: Int64 { demand.textTokens }

    private static func demand(_ body: RequestBody, _ parts: RequestParts) throws(RequestProblem) -> Demand {
        let carried = parts.carried
        let plugins = try Plugins(body["plugins"])
        var demand = Demand(
            textTokens: Int64(body.document.decodedByteCount) - carried.mediaBytes + perRequest
                + perMessage * parts.messages + perFunction * parts.functions + (parts.functions > 0 ? forTools : 0))
        demand.textTokens += parts.addedByEscaping
        for name in ["tools", "functions", "response_format", "text", "output_config", "output_format"] {
            if let value = body[name] { demand.textTokens += value.bytesAddedByEscaping }
        }
        demand.images = carried.images
        demand.audioTokens = carried.audioTokens
        demand.mediaBytes = carried.mediaBytes
        demand.open = carried.open
        // What a search or a fetched page says comes on top of the prompt, at any length.
        if plugins.searches || parts.serverTools.areAsked { demand.open.formUnion([.text, .document]) }
        demand.files = .init(count: carried.files, reader: plugins.reader)
        demand.answers = try body.answers() * parts.answers
        demand.inputs = parts.inputs
        demand.predictedTokens = body["prediction"].map { Int64($0.range.count) } ?? 0
        demand.caching = CacheControl.asked(in: body.document)
        demand.fees = plugins.fees + parts.serverTools.fees
        return demand
    }

    /// What the prompt probably has, on the high side: a token has seldom fewer than three bytes.
    public var inputTokensEstimate: Int64 { (inputTokensBound + 2) / 3 }

    /// Whether the answer has an output that a limit can bound.
    public var hasOutput: Bool {
        switch endpoint.output {
        case .limited: true
        case .none: false
        }
    }

    /// The client itself says what it pays at most.
    public var namesMaxPrice: Bool {
        document.root["provider"]?["max_price"]?.members.contains { !$0.value.isNull } ?? false
    }

    private static func checkMaxPrice(_ prices: JSONValue?) throws(RequestProblem) {
        guard let prices, !prices.isNull else { return }
        guard prices.kind == .object else { throw .wrongType("provider.max_price", expected: "an object") }
        for name in PricePin.names {
            guard let price = prices[name], !price.isNull else { continue }
            guard PricePin.picodollars(price, name) != nil else {
                let unit = name == "request" ? "USD" : "USD per million tokens"
                throw .wrongType("provider.max_price.\(name)", expected: "an amount of \(unit), 0 or more")
            }
        }
    }
}
