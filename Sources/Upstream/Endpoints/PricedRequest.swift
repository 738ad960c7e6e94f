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
    /// What the model must be able to do.
    public let needs: Capabilities
    /// The prompt has at most this many tokens: every byte of the body may be one, and templates add their own.
    public let inputTokensBound: Int64
    /// The conversation holds reasoning that only its vendor can read, or waits for the answer to a tool's result.
    public let staysWithVendor: Bool

    /// Tokens that chat templates may add: per message, per request, per function, and once for tools.
    private static let perMessage: Int64 = 16
    private static let perRequest: Int64 = 64
    private static let perFunction: Int64 = 32
    private static let forTools: Int64 = 600

    /// Reads and checks a body.
    ///
    /// - Throws: ``RequestProblem`` for text that is no JSON, a field of the wrong type, or a field whose cost has no bound.
    public init(_ bytes: [UInt8], at endpoint: Endpoint) throws(RequestProblem) {
        let body = try RequestBody(bytes)
        try PricedRequest.refuseUnbounded(body, at: endpoint)
        self.endpoint = endpoint
        document = body.document
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
        inputTokensBound =
            Int64(document.decodedByteCount) + PricedRequest.perRequest + PricedRequest.perMessage * parts.messages
            + PricedRequest.perFunction * parts.functions + (parts.functions > 0 ? PricedRequest.forTools : 0)
    }

    /// The user that the body names, for attribution.
    public var user: String? {
        let root = document.root
        return root["user"]?.string ?? root["safety_identifier"]?.string ?? root["metadata"]?["user_id"]?.string
    }

    /// The session that the body names: calls that belong together.
    public var run: String? { document.root["session_id"]?.string }

    private static func checkMaxPrice(_ prices: JSONValue?) throws(RequestProblem) {
        guard let prices, !prices.isNull else { return }
        guard prices.kind == .object else { throw .wrongType("provider.max_price", expected: "an object") }
        for name in ["prompt", "completion"] {
            guard let price = prices[name], !price.isNull else { continue }
            guard PricePin.picodollars(price) != nil else {
                throw .wrongType(
                    "provider.max_price.\(name)", expected: "an amount of USD per million tokens, 0 or more")
            }
        }
    }
}
