extension Endpoint {
    /// `POST /messages`, Anthropic's. Facts: Anthropic's Messages API and OpenRouter's of the same path, read 2026-08.
    static let messages = Endpoint(
        path: "/messages", chat: { body throws(Refusal) in try MessagesRequest.chat(body) },
        reply: { call in MessagesReply(call: call, usage: call.invoice.usage) }, isAnthropic: true)
}

/// A request of Anthropic's shape, in chat's words.
private enum MessagesRequest {
    static func chat(_ body: JSON) throws(Refusal) -> JSON {
        guard body["max_tokens"] != nil else { throw .invalid("max_tokens: Field required") }
        guard let turns = body["messages"]?.elements else { throw .invalid("messages: Field required") }
        var messages: [JSON] = []
        if let system = body["system"] { messages.append(["role": "system", "content": .string(system.plainText)]) }
        for turn in turns { messages.append(message(turn)) }
        var members = body.picking([
            ("model", "model"), ("stream", "stream"), ("provider", "provider"), ("max_tokens", "max_tokens"),
        ])
        members.append(JSON.Member(key: "messages", value: .array(messages)))
        if body["tool_choice"]?["type"]?.string == "none" {
            members.append(JSON.Member(key: "tool_choice", value: "none"))
        }
        if let tools = body["tools"]?.elements, !tools.isEmpty {
            members.append(JSON.Member(key: "tools", value: .array(tools.map(tool))))
        }
        return .object(members)
    }

    /// Everything in the blocks counts as text; a turn with a tool's result is the tool's.
    private static func message(_ turn: JSON) -> JSON {
        let blocks = turn["content"]?.elements ?? []
        let texts = blocks.map { block -> String in
            switch block["type"]?.string {
            case "tool_use": block["input"]?.text ?? ""
            case "tool_result": block["content"]?.plainText ?? ""
            case "thinking": block["thinking"]?.string ?? ""
            case "redacted_thinking": block["data"]?.string ?? ""
            default: block["text"]?.string ?? ""
            }
        }
        let isResult = blocks.contains { $0["type"]?.string == "tool_result" }
        let text = turn["content"]?.string ?? texts.joined(separator: "\n")
        return [
            "role": isResult ? "tool" : .string(turn["role"]?.string ?? "user"), "content": .string(text),
        ]
    }

    private static func tool(_ tool: JSON) -> JSON {
        [
            "type": "function",
            "function": ["name": tool["name"] ?? nil, "parameters": tool["input_schema"] ?? .object([])],
        ]
    }
}

/// Anthropic's words: a message of blocks; streamed, the input is counted first, the output and the cost near the end.
struct MessagesReply: Reply {
    let call: Call
    /// In chat's shape; nil where it is missing.
    let usage: JSON?

    private var answer: Answer { call.answer }

    /// Input that was written to a cache is not among `input_tokens`.
    private var written: Int { call.invoice.cacheWriteTokens }

    var whole: JSON {
        message(
            content: [block(filled: true)], stop: stopReason,
            usage: usage.map { counts(output: answer.pieces.count, $0) })
    }

    var wholeError: JSON {
        ["type": "error", "error": ["type": "api_error", "message": "Provider disconnected unexpectedly"]]
    }

    var opening: String {
        let start: JSON = [
            "type": "message_start",
            "message": message(content: [], stop: nil, usage: usage.map { _ in counts(output: 1, nil) }),
        ]
        let block: JSON = ["type": "content_block_start", "index": 0, "content_block": block(filled: false)]
        return start.namedEvent + (["type": "ping"] as JSON).namedEvent + block.namedEvent
    }

    func event(piece: String, at index: Int) -> String {
        let delta: JSON =
            switch answer.kind {
            case .text: ["type": "text_delta", "text": .string(piece)]
            case .toolCall: ["type": "input_json_delta", "partial_json": .string(piece)]
            }
        return (["type": "content_block_delta", "index": 0, "delta": delta] as JSON).namedEvent + running(index + 1)
    }

    /// The output so far, where it is told as it goes; nothing of why it ends.
    private func running(_ tokens: Int) -> String {
        guard call.runningUsage(after: tokens) != nil else { return "" }
        let delta: JSON = [
            "type": "message_delta", "delta": ["stop_reason": nil, "stop_sequence": nil],
            "usage": ["output_tokens": .integer(tokens)],
        ]
        return delta.namedEvent
    }

    var closing: String {
        var delta: [JSON.Member] = [
            JSON.Member(key: "type", value: "message_delta"),
            JSON.Member(
                key: "delta", value: ["stop_reason": .string(stopReason), "stop_sequence": nil]),
        ]
        if let usage {
            let output = [JSON.Member(key: "output_tokens", value: .integer(answer.pieces.count))]
            delta.append(JSON.Member(key: "usage", value: .object(output + costs(usage))))
        }
        let stop: JSON = ["type": "content_block_stop", "index": 0]
        return stop.namedEvent + JSON.object(delta).namedEvent + (["type": "message_stop"] as JSON).namedEvent
    }

    var errorEvent: String { wholeError.namedEvent }

    var brokenEvent: String { "event: content_block_delta\ndata: {\"type\":\"content_block\n\n" }
}

extension MessagesReply {
    private var stopReason: String {
        switch answer.finishReason {
        case "length": "max_tokens"
        case "tool_calls": "tool_use"
        default: "end_turn"
        }
    }

    private func counts(output: Int, _ usage: JSON?) -> JSON {
        var members: [JSON.Member] = [
            JSON.Member(key: "input_tokens", value: .integer(call.used.promptTokens - written)),
            JSON.Member(key: "cache_creation_input_tokens", value: .integer(written)),
            JSON.Member(key: "cache_read_input_tokens", value: 0),
            JSON.Member(key: "output_tokens", value: .integer(output)),
        ]
        if let usage { members += costs(usage) }
        return .object(members)
    }

    /// What Anthropic's own usage does not have.
    private func costs(_ usage: JSON) -> [JSON.Member] {
        ["cost", "is_byok", "cost_details", "cache_discount"].compactMap { name in
            usage[name].map { JSON.Member(key: name, value: $0) }
        }
    }

    private func message(content: [JSON], stop: String?, usage: JSON?) -> JSON {
        var members: [JSON.Member] = [
            JSON.Member(key: "id", value: .string(call.ticket.id)),
            JSON.Member(key: "type", value: "message"),
            JSON.Member(key: "role", value: "assistant"),
            JSON.Member(key: "model", value: .string(call.offer.name)),
            JSON.Member(key: "content", value: .array(content)),
            JSON.Member(key: "stop_reason", value: stop.map(JSON.string) ?? nil),
            JSON.Member(key: "stop_sequence", value: nil),
        ]
        if let usage { members.append(JSON.Member(key: "usage", value: usage)) }
        return .object(members)
    }

    private func block(filled: Bool) -> JSON {
        switch answer.kind {
        case .text: return ["type": "text", "text": .string(filled ? answer.text : "")]
        case .toolCall(let name):
            return [
                "type": "tool_use", "id": .string("toolu_\(call.ticket.id)"), "name": .string(name),
                "input": filled ? parsed(answer.text) : .object([]),
            ]
        }
    }

    /// The arguments as JSON; what was cut off is no JSON, and no input.
    private func parsed(_ text: String) -> JSON { JSON(parsing: text) ?? .object([]) }
}
