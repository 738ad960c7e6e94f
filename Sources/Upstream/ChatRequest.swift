public import Pricing

/// A chat request as read from the client's bytes: what matters for its cost, and where it stands in the text.
public struct ChatRequest: Sendable {
    let document: JSONDocument
    /// As the client wrote it; nil where it named none.
    public let model: String?
    public let isStream: Bool
    /// The output limit that the client named: the larger of `max_tokens` and `max_completion_tokens`.
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
    public init(_ bytes: [UInt8]) throws(RequestProblem) {
        do { document = try JSONDocument(bytes) } catch { throw RequestProblem(error) }
        let root = document.root
        guard root.kind == .object else {
            throw RequestProblem(.invalidJSON, param: nil, "The body must be a JSON object.")
        }
        // Keys that differ in their bytes may be equal as strings ("\u{E9}" and "e\u{301}"); none of those is a field of ours.
        let fields = Dictionary(
            root.members.filter { !$0.value.isNull }.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }
        )

        try ChatRequest.refuseUnbounded(fields)
        model = try ChatRequest.modelName(fields["model"])
        isStream = try ChatRequest.flag(fields["stream"], "stream")
        let limits = [
            try ChatRequest.limit(fields["max_tokens"], "max_tokens"),
            try ChatRequest.limit(fields["max_completion_tokens"], "max_completion_tokens"),
        ]
        outputLimit = limits.compactMap { $0 }.max()
        try ChatRequest.checkObjects(fields)

        guard let messages = fields["messages"] else {
            throw RequestProblem(
                .invalidField, param: "messages", "'messages' is missing. Send a list of at least one message.")
        }
        let conversation = try Conversation(messages)
        let functions = try ChatRequest.functions(fields["tools"])
        needs = ChatRequest.needs(fields, functions: functions)
        staysWithVendor = conversation.staysWithVendor
        inputTokensBound =
            Int64(document.decodedByteCount) + ChatRequest.perRequest + ChatRequest.perMessage * conversation.count
            + ChatRequest.perFunction * functions + (functions > 0 ? ChatRequest.forTools : 0)
    }

    /// The user that the body names, for attribution.
    public var user: String? {
        let root = document.root
        return root["user"]?.string ?? root["safety_identifier"]?.string ?? root["metadata"]?["user_id"]?.string
    }

    /// The session that the body names: calls that belong together.
    public var run: String? { document.root["session_id"]?.string }
}

// MARK: - Fields

extension ChatRequest {
    private static func modelName(_ value: JSONValue?) throws(RequestProblem) -> String? {
        guard let value else { return nil }
        guard let name = value.string, !name.isEmpty else { throw .wrongType("model", expected: "a model's name") }
        return name
    }

    private static func flag(_ value: JSONValue?, _ name: String) throws(RequestProblem) -> Bool {
        guard let value else { return false }
        guard let flag = value.bool else { throw .wrongType(name, expected: "true or false") }
        return flag
    }

    private static func limit(_ value: JSONValue?, _ name: String) throws(RequestProblem) -> Int64? {
        guard let value else { return nil }
        guard let limit = value.integer, limit >= 1, limit <= Int64(Int32.max) else {
            throw .wrongType(name, expected: "a whole number from 1 to 2147483647")
        }
        return limit
    }

    /// Objects that are rewritten must be objects.
    private static func checkObjects(_ fields: [String: JSONValue]) throws(RequestProblem) {
        for name in ["provider", "stream_options", "reasoning", "response_format"] {
            guard let value = fields[name] else { continue }
            guard value.kind == .object else { throw .wrongType(name, expected: "an object") }
        }
        guard let prices = fields["provider"]?["max_price"], !prices.isNull else { return }
        guard prices.kind == .object else { throw .wrongType("provider.max_price", expected: "an object") }
        for name in ["prompt", "completion"] {
            guard let price = prices[name], !price.isNull else { continue }
            guard PricePin.picodollars(price) != nil else {
                throw .wrongType(
                    "provider.max_price.\(name)", expected: "an amount of USD per million tokens, 0 or more")
            }
        }
    }

    private static func functions(_ tools: JSONValue?) throws(RequestProblem) -> Int64 {
        guard let tools else { return 0 }
        guard tools.kind == .array else { throw .wrongType("tools", expected: "a list") }
        var count: Int64 = 0
        for (index, tool) in tools.elements.enumerated() {
            guard tool.kind == .object, let type = tool["type"]?.string else {
                throw .wrongType("tools[\(index)].type", expected: "\"function\"")
            }
            guard type == "function" else {
                throw .unbounded(
                    "tools[\(index)].type",
                    "a tool of type '\(type.prefix(64))' runs at the provider at a cost of its own")
            }
            if let control = tool["cache_control"] { try refuseLifetime(control, "tools[\(index)].cache_control") }
            count += 1
        }
        return count
    }

    private static func needs(_ fields: [String: JSONValue], functions: Int64) -> Capabilities {
        var needs: Capabilities = []
        if functions > 0 { needs.insert(.tools) }
        if fields["response_format"]?["type"]?.string == "json_schema" { needs.insert(.jsonSchema) }
        if fields["reasoning"] != nil || fields["reasoning_effort"] != nil { needs.insert(.reasoning) }
        return needs
    }
}
