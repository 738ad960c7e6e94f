extension Endpoint {
    /// `POST /responses`. Facts: OpenAI's API reference and OpenRouter's "Responses API", read 2026-08.
    static let responses = Endpoint(
        path: "/responses", chat: { body throws(Refusal) in try ResponsesRequest.chat(body) },
        reply: { call in ResponsesReply(call: call, usage: call.invoice.responsesUsage) })
}

/// A response's request, in chat's words.
private enum ResponsesRequest {
    static func chat(_ body: JSON) throws(Refusal) -> JSON {
        if body["store"] == true { throw .invalid("store: true is not supported") }
        if body["previous_response_id"]?.string != nil { throw .invalid("previous_response_id is not supported") }
        guard let input = body["input"] else { throw .invalid("Input required: specify \"input\"") }
        var messages: [JSON] = []
        if let text = body["instructions"]?.string { messages.append(["role": "system", "content": .string(text)]) }
        if let text = input.string {
            messages.append(["role": "user", "content": .string(text)])
        } else {
            messages += input.elements.map(message)
        }
        var members = body.picking([
            ("model", "model"), ("stream", "stream"), ("provider", "provider"), ("max_output_tokens", "max_tokens"),
            ("tool_choice", "tool_choice"),
        ])
        members.append(JSON.Member(key: "messages", value: .array(messages)))
        if let tools = body["tools"]?.elements, !tools.isEmpty {
            members.append(JSON.Member(key: "tools", value: .array(tools.map(tool))))
        }
        return .object(members)
    }

    private static func message(_ item: JSON) -> JSON {
        switch item["type"]?.string {
        case "function_call_output", "custom_tool_call_output":
            ["role": "tool", "content": .string(item["output"]?.plainText ?? "")]
        case "function_call", "custom_tool_call":
            ["role": "assistant", "content": .string((item["arguments"] ?? item["input"])?.string ?? "")]
        case "reasoning":
            ["role": "assistant", "content": .string(item["encrypted_content"]?.string ?? "")]
        default:
            ["role": .string(item["role"]?.string ?? "user"), "content": .string(item["content"]?.plainText ?? "")]
        }
    }

    private static func tool(_ tool: JSON) -> JSON {
        [
            "type": "function",
            "function": ["name": tool["name"] ?? nil, "parameters": tool["parameters"] ?? .object([])],
        ]
    }
}

extension Invoice {
    /// As `/responses` and, but for its cache counts, Anthropic name things.
    fileprivate var responsesUsage: JSON? {
        guard let usage else { return nil }
        let told: JSON = [
            "input_tokens": .integer(promptTokens),
            "input_tokens_details": ["cached_tokens": 0],
            "output_tokens": .integer(completionTokens),
            "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": .integer(promptTokens + completionTokens),
            "cost": usage["cost"] ?? nil,
            "is_byok": usage["is_byok"] ?? nil,
            "cost_details": [
                "upstream_inference_cost": usage["cost_details"]?["upstream_inference_cost"] ?? nil
            ],
        ]
        guard let discount = usage["cache_discount"], case .object(let members) = told else { return told }
        return .object(members + [JSON.Member(key: "cache_discount", value: discount)])
    }
}

/// A response's words: events with a type and a number, of which the last holds the whole response.
struct ResponsesReply: Reply {
    let call: Call
    let usage: JSON?

    private var answer: Answer { call.answer }
    private var isCut: Bool { answer.finishReason == "length" }

    var whole: JSON { response(status: isCut ? "incomplete" : "completed", output: [item(done: true)], usage) }

    var wholeError: JSON { response(status: "failed", output: [], nil) }

    var opening: String {
        let created = response(status: "in_progress", output: [], nil)
        var events: [JSON] = [
            ["type": "response.created", "response": created], ["type": "response.in_progress", "response": created],
            ["type": "response.output_item.added", "output_index": 0, "item": item(done: false)],
        ]
        if case .text = answer.kind { events.append(part("response.content_part.added", text: "")) }
        return numbered(events, from: 0)
    }

    private var openingCount: Int { if case .text = answer.kind { 4 } else { 3 } }

    func event(piece: String, at index: Int) -> String {
        let event: JSON =
            switch answer.kind {
            case .text:
                [
                    "type": "response.output_text.delta", "item_id": itemID, "output_index": 0, "content_index": 0,
                    "delta": .string(piece), "logprobs": [],
                ]
            case .toolCall:
                [
                    "type": "response.function_call_arguments.delta", "item_id": itemID, "output_index": 0,
                    "delta": .string(piece),
                ]
            }
        let running = running(index + 1)
        return numbered([event] + running, from: openingCount + index * (1 + running.count))
    }

    /// The usage so far, where it is told as it goes.
    private func running(_ tokens: Int) -> [JSON] {
        guard call.runningUsage(after: tokens) != nil,
            case .object(var members) = response(status: "in_progress", output: [], nil)
        else { return [] }
        members.removeLast()
        let usage: JSON = [
            "input_tokens": .integer(call.used.promptTokens), "input_tokens_details": ["cached_tokens": 0],
            "output_tokens": .integer(tokens), "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": .integer(call.used.promptTokens + tokens),
        ]
        return [
            ["type": "response.in_progress", "response": .object(members + [JSON.Member(key: "usage", value: usage)])]
        ]
    }

    var closing: String {
        var events: [JSON] = []
        switch answer.kind {
        case .text:
            events.append([
                "type": "response.output_text.done", "item_id": itemID, "output_index": 0, "content_index": 0,
                "text": .string(answer.text), "logprobs": [],
            ])
            events.append(part("response.content_part.done", text: answer.text))
        case .toolCall(let name):
            events.append([
                "type": "response.function_call_arguments.done", "item_id": itemID, "output_index": 0,
                "name": .string(name), "arguments": .string(answer.text),
            ])
        }
        events.append(["type": "response.output_item.done", "output_index": 0, "item": item(done: true)])
        events.append(["type": isCut ? "response.incomplete" : "response.completed", "response": whole])
        return numbered(events, from: openingCount + answer.pieces.count)
    }

    var errorEvent: String {
        numbered(
            [["type": "response.failed", "response": wholeError]], from: openingCount + answer.pieces.count / 2)
    }

    var brokenEvent: String { "event: response.output_text.delta\ndata: {\"type\":\"response.output\n\n" }
}

extension ResponsesReply {
    private var itemID: JSON { .string("item_\(call.ticket.id)") }

    private func item(done: Bool) -> JSON {
        let status: JSON = done ? (isCut ? "incomplete" : "completed") : "in_progress"
        switch answer.kind {
        case .text:
            return [
                "id": itemID, "type": "message", "role": "assistant", "status": status,
                "content": done ? [content(answer.text)] : [],
            ]
        case .toolCall(let name):
            return [
                "id": itemID, "type": "function_call", "status": status, "call_id": .string("call_\(call.ticket.id)"),
                "name": .string(name), "arguments": .string(done ? answer.text : ""),
            ]
        }
    }

    private func content(_ text: String) -> JSON {
        ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": []]
    }

    private func part(_ type: String, text: String) -> JSON {
        [
            "type": .string(type), "item_id": itemID, "output_index": 0, "content_index": 0, "part": content(text),
        ]
    }

    private func response(status: String, output: [JSON], _ usage: JSON?) -> JSON {
        let error: JSON =
            status == "failed"
            ? ["code": "server_error", "message": "Provider disconnected unexpectedly"] : nil
        return [
            "id": .string(call.ticket.id), "object": "response", "created_at": .integer(call.ticket.createdAt.seconds),
            "status": .string(status), "background": false, "error": error,
            "incomplete_details": status == "incomplete" ? ["reason": "max_output_tokens"] : nil, "instructions": nil,
            "max_output_tokens": .integer(call.outputLimit), "metadata": .object([]), "model": .string(call.offer.name),
            "output": .array(output), "parallel_tool_calls": true, "previous_response_id": nil,
            "reasoning": ["effort": nil, "summary": nil], "store": false, "temperature": 1,
            "text": ["format": ["type": "text"]], "tool_choice": "auto", "tools": [], "top_p": 1,
            "truncation": "disabled", "user": nil, "usage": usage ?? nil,
        ]
    }

    /// The events' text, each with its number after its type.
    private func numbered(_ events: [JSON], from first: Int) -> String {
        events.enumerated().map { place, event in
            guard case .object(var members) = event else { return "" }
            members.insert(JSON.Member(key: "sequence_number", value: .integer(first + place)), at: 1)
            return JSON.object(members).namedEvent
        }.joined()
    }
}
