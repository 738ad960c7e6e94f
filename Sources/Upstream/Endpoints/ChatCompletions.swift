import Pricing

extension Endpoint {
    /// `POST /chat/completions`, OpenAI's, as OpenRouter serves it.
    public static let chatCompletions = Endpoint(
        path: "/chat/completions", output: .limited(by: ["max_tokens", "max_completion_tokens"]), asksForUsage: true,
        unbounded: ChatCompletions.unbounded, parts: ChatCompletions.parts,
        usage: { $0["usage"].flatMap(ReportedUsage.init) }, hear: ChatCompletions.hear, ending: ChatCompletions.ending,
        refusals: .openAI)
}

/// The rules of `POST /chat/completions`.
enum ChatCompletions {
    fileprivate static let unbounded = [
        UnboundedField(name: "web_search_options", why: "a web search costs extra and lengthens the prompt")
    ]

    fileprivate static func parts(_ body: RequestBody) throws(RequestProblem) -> RequestParts {
        try body.checkObjects(["reasoning", "response_format"])
        guard let messages = body["messages"] else {
            throw RequestProblem(
                .invalidField, param: "messages", "'messages' is missing. Send a list of at least one message.")
        }
        let conversation = try Conversation(messages)
        let (functions, serverTools) = try ClientTools.read(body, own: ["function"])
        var parts = RequestParts(
            needs: conversation.carried.needs, messages: conversation.count, functions: functions,
            staysWithVendor: conversation.staysWithVendor, carried: conversation.carried, serverTools: serverTools)
        if functions > 0 { parts.needs.insert(.tools) }
        if body["response_format"]?["type"]?.string == "json_schema" { parts.needs.insert(.jsonSchema) }
        parts.needs.formUnion(try body.modalities())
        if body["reasoning"] != nil || body["reasoning_effort"] != nil { parts.needs.insert(.reasoning) }
        parts.leastOutputTokens = RequestBody.leastOutputTokens(reasoning: body["reasoning"])
        return parts
    }
}

// MARK: - Streams

extension ChatCompletions {
    static let done = "data: [DONE]\n\n"

    /// `[DONE]` is last. The usage counts once a finish reason was seen, or with an event that has usage and no choices.
    static func hear(_ event: StreamEvent, _ news: inout StreamNews) -> StreamEvent.Meaning {
        if event.data.elementsEqual("[DONE]".utf8) {
            news.isFinished = true
            return .done
        }
        if let reason = finishReason(event.data) {
            news.isFinished = true
            news.finishReason = reason
        }
        let mayHoldUsage = event.data.holds("\"usage\"")
        let mayHoldError = event.data.holds("\"error\"")
        guard news.generation == nil || mayHoldUsage || mayHoldError else { return .passing }
        guard let document = event.document else { return .passing }
        if news.generation == nil { news.generation = document.root["id"]?.string }
        if news.provider == nil { news.provider = document.root["provider"]?.string }
        if mayHoldUsage, let usage = document.root["usage"].flatMap(ReportedUsage.init) {
            news.usage = usage
            if document.root["choices"]?.isEmptyArray ?? true { news.isFinished = true }
        }
        if mayHoldError, let error = document.root["error"], !error.isNull { news.hasError = true }
        return .passing
    }

    /// The first that is a text, of whichever choice: up to 32 plain characters of it.
    private static func finishReason(_ data: [UInt8]) -> String? {
        var rest = data[...]
        while let end = rest.end(of: "\"finish_reason\":") {
            rest = rest[end...]
            if rest.first == UInt8(ascii: " ") { rest.removeFirst() }
            guard rest.first == UInt8(ascii: "\"") else { continue }
            let reason = rest.dropFirst().prefix(32).prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            return String(decoding: reason, as: UTF8.self)
        }
        return nil
    }

    fileprivate static func ending(_ end: StreamEnd, _ facts: StreamEnd.Facts) -> StreamEnd.Words {
        switch end {
        case .complete: StreamEnd.Words(last: done)
        case .broken: StreamEnd.Words(first: errorChunk("chat.completion.chunk", facts), last: done)
        case .full:
            StreamEnd.Words(
                first: lastChunks(
                    "chat.completion.chunk", choice: #"{"index":0,"delta":{"content":""},"finish_reason":"length"}"#,
                    facts),
                last: done)
        }
    }

    /// The last choice, then the usage without one.
    static func lastChunks(_ object: String, choice: String, _ facts: StreamEnd.Facts) -> String {
        let head =
            #"{"id":\#(JSONText.quoted(facts.id)),"object":"\#(object)","created":0,"model":\#(JSONText.quoted(facts.model))"#
        var text = #"data: \#(head),"choices":[\#(choice)]}"# + "\n\n"
        if let usage = facts.usage {
            let total = usage.inputTokens + usage.outputTokens
            text += #"data: \#(head),"choices":[],"usage":{"prompt_tokens":\#(usage.inputTokens),"#
            text += #""completion_tokens":\#(usage.outputTokens),"total_tokens":\#(total)}}"# + "\n\n"
        }
        return text
    }

    /// As OpenRouter ends a stream that fails after its first token.
    static func errorChunk(_ object: String, _ facts: StreamEnd.Facts) -> String {
        """
        data: {"id":\(JSONText.quoted(facts.id)),"object":"\(object)","created":0,"model":\(JSONText.quoted(facts.model)),\
        "error":{"code":502,"message":"\(StreamEnd.brokenMessage)","metadata":{"error_type":"provider_unavailable"}},\
        "choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}


        """
    }
}
