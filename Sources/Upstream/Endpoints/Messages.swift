import Pricing

extension Endpoint {
    /// `POST /messages`, Anthropic's, as OpenRouter serves it for all models.
    public static let messages = Endpoint(
        path: "/messages", output: .limited(by: ["max_tokens"]), asksForUsage: false,
        unbounded: Messages.unbounded, plainTier: "standard_only", parts: Messages.parts,
        usage: { $0["usage"].flatMap { Messages.usage($0, after: nil) } }, hear: Messages.hear,
        ending: Messages.ending, refusals: .anthropic)
}

/// The rules of `POST /messages`. Facts: Anthropic's Messages API and OpenRouter's `AnthropicMessagesRequest`, read 2026-08.
enum Messages {
    fileprivate static let unbounded = [
        UnboundedField(name: "fallbacks", why: "each of the models listed may serve it at its own price"),
        UnboundedField(name: "mcp_servers", why: "the provider calls them in a loop that has no bound"),
        UnboundedField(name: "container", why: "code that runs at the provider costs extra"),
    ]

    static func parts(_ body: RequestBody) throws(RequestProblem) -> RequestParts {
        try body.checkObjects(["thinking", "metadata", "output_config", "context_management"])
        try refuseDearWays(body)
        guard let list = body["messages"] else {
            throw RequestProblem(
                .invalidField, param: "messages", "'messages' is missing. Send a list of at least one message.")
        }
        var turns = try MessageTurns(list)
        if let system = body["system"] { try turns.read(content: system, "system", in: .system) }
        let (functions, serverTools) = try ClientTools.read(body, own: ["custom"], typeMayBeAbsent: true)
        var parts = RequestParts(
            needs: turns.carried.needs, messages: turns.count + 1, functions: functions,
            staysWithVendor: turns.staysWithVendor, carried: turns.carried, serverTools: serverTools)
        parts.addedByEscaping = turns.addedByEscaping
        if functions > 0 { parts.needs.insert(.tools) }
        let format = body["output_config"]?["format"] ?? body["output_format"]
        if format?["type"]?.string == "json_schema" { parts.needs.insert(.jsonSchema) }
        if let thinking = body["thinking"], thinking["type"]?.string != "disabled" {
            parts.needs.insert(.reasoning)
            // Anthropic refuses a limit that is not above the budget for thinking.
            if let budget = thinking["budget_tokens"]?.integer, (1..<Int64(Int32.max)).contains(budget) {
                parts.leastOutputTokens = budget + 1
            }
        }
        return parts
    }

    /// Options that change the price of the whole call.
    private static func refuseDearWays(_ body: RequestBody) throws(RequestProblem) {
        if let place = body["inference_geo"], place.string != "global" {
            throw .unbounded("inference_geo", "a place of one's own is not sold at the list price")
        }
        guard let edits = body["context_management"]?["edits"] else { return }
        for (index, edit) in edits.elements.enumerated() {
            let type = edit["type"]?.string ?? ""
            guard type.hasPrefix("clear_") else {
                throw .unbounded(
                    "context_management.edits[\(index)].type", "'\(type.prefix(64))' makes the provider call a model")
            }
        }
    }
}

// MARK: - Usage

extension Messages {
    /// Anthropic's counts: `input_tokens` are those that no cache had a part in.
    ///
    /// - Parameter earlier: what an event before this one told; a count that this one lacks is taken from there.
    static func usage(_ value: JSONValue, after earlier: ReportedUsage?) -> ReportedUsage? {
        guard value.kind == .object else { return nil }
        let before = earlier?.usage
        let plainBefore = before.map { $0.inputTokens - $0.cachedTokens - $0.cacheWriteTokens }
        func count(_ name: String, else earlier: Int64?) -> Int64? {
            guard let told = value[name], !told.isNull else { return earlier }
            return told.integer.flatMap { (0..<1 << 40).contains($0) ? $0 : nil }
        }
        var usage: Usage?
        if let plain = count("input_tokens", else: plainBefore),
            let output = count("output_tokens", else: before?.outputTokens),
            let read = count("cache_read_input_tokens", else: before?.cachedTokens ?? 0),
            let written = count("cache_creation_input_tokens", else: before?.cacheWriteTokens ?? 0)
        {
            usage = Usage(
                inputTokens: plain + read + written, outputTokens: output, cachedTokens: read,
                cacheWriteTokens: written)
        }
        return ReportedUsage(usage: usage, costIn: value)
    }
}

// MARK: - Streams

extension Messages {
    /// `message_start` counts the input, `message_delta` the output and the cost, `message_stop` is last.
    fileprivate static func hear(_ event: StreamEvent, _ news: inout StreamNews) -> StreamEvent.Meaning {
        let tells =
            event.data.holds("\"usage\"") || event.data.holds("\"message_stop\"") || event.data.holds("\"error\"")
            || event.data.holds("\"content_block_st")
        guard tells, let root = event.document?.root else { return .passing }
        switch root["type"]?.string {
        case "message_start":
            let message = root["message"]
            news.usage = message?["usage"].flatMap { usage($0, after: nil) }
            if let id = message?["id"]?.string, id.hasPrefix("gen-") { news.generation = id }
        case "message_delta":
            // Without this last count the first one, which knows no output, would be taken for all of it.
            news.usage = root["usage"].flatMap { usage($0, after: news.usage) }
            if let reason = root["delta"]?["stop_reason"], !reason.isNull { news.isFinished = true }
        case "content_block_start": news.openPart = root["index"]?.integer
        case "content_block_stop": news.openPart = nil
        case "message_stop": return .last
        case "error":
            news.hasError = true
            return .last
        default: break
        }
        return .passing
    }

    fileprivate static func ending(_ end: StreamEnd, _ facts: StreamEnd.Facts) -> StreamEnd.Words {
        switch end {
        case .complete:
            StreamEnd.Words(last: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
        case .broken:
            StreamEnd.Words(
                last: """
                    event: error
                    data: {"type":"error","error":{"type":"api_error","message":"\(StreamEnd.brokenMessage)"}}


                    """)
        case .full:
            StreamEnd.Words(first: full(facts), last: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
        }
    }

    /// Ends the block that is open, then the message, as one that has reached its length.
    private static func full(_ facts: StreamEnd.Facts) -> String {
        var text = ""
        if let index = facts.openPart {
            text += "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":\(index)}\n\n"
        }
        let usage = facts.usage.map { usage in
            """
            "input_tokens":\(usage.inputTokens - usage.cachedTokens - usage.cacheWriteTokens),\
            "cache_read_input_tokens":\(usage.cachedTokens),"cache_creation_input_tokens":\(usage.cacheWriteTokens),\
            "output_tokens":\(usage.outputTokens)
            """
        }
        return text + """
            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},\
            "usage":{\(usage ?? "\"output_tokens\":0")}}


            """
    }
}
