extension Endpoint {
    /// `POST /completions`: the prompt is the one message.
    static let completions = Endpoint(
        path: "/completions",
        chat: { body throws(Refusal) in
            guard let prompt = body["prompt"] else { throw .invalid("Input required: specify \"prompt\"") }
            let texts = try TextInput.texts(of: prompt)
            guard texts.count == 1 else { throw .invalid("only one prompt at a time") }
            return TextInput.chat(texts, body)
        },
        reply: { call in CompletionReply(call: call, usage: call.invoice.usage) })
}

/// The older completions' words: like chat, with text in place of messages.
struct CompletionReply: Reply {
    let call: Call
    let usage: JSON?

    var whole: JSON { json([choice(call.answer.text, call.answer.finishReason)], usage) }

    var wholeError: JSON {
        guard case .object(let members) = choice("", "error") else { return nil }
        return json([.object(members + [JSON.Member(key: "error", value: CompletionReply.error)])], nil)
    }

    var opening: String { "" }

    func event(piece: String, at index: Int) -> String {
        event([choice(piece, nil)], call.runningUsage(after: index + 1))
    }

    var closing: String {
        event([choice("", call.answer.finishReason)], nil) + (usage.map { event([], $0) } ?? "") + ChatReply.done
    }

    var errorEvent: String {
        guard case .object(let members) = json([choice("", "error")], nil) else { return "" }
        return "data: \(JSON.object(members + [JSON.Member(key: "error", value: CompletionReply.error)]).text)\n\n"
    }

    var brokenEvent: String { "data: {\"id\":\"\(call.ticket.id)\",\"choices\":[{\"text\":\"\n\n" }

    private static let error: JSON = [
        "code": 502, "message": "Provider disconnected unexpectedly",
        "metadata": ["error_type": "provider_unavailable", "provider_name": "Sandbox"],
    ]

    private func choice(_ text: String, _ reason: String?) -> JSON {
        ["index": 0, "text": .string(text), "logprobs": nil, "finish_reason": reason.map(JSON.string) ?? nil]
    }

    private func json(_ choices: [JSON], _ usage: JSON?) -> JSON {
        .object(
            [
                JSON.Member(key: "id", value: .string(call.ticket.id)),
                JSON.Member(key: "provider", value: "Sandbox"),
                JSON.Member(key: "model", value: .string(call.offer.name)),
                JSON.Member(key: "object", value: "text_completion"),
                JSON.Member(key: "created", value: .integer(call.ticket.createdAt.seconds)),
                JSON.Member(key: "choices", value: .array(choices)),
            ] + (usage.map { [JSON.Member(key: "usage", value: $0)] } ?? []))
    }

    private func event(_ choices: [JSON], _ usage: JSON?) -> String { "data: \(json(choices, usage).text)\n\n" }
}

/// Text as the older endpoints take it.
enum TextInput {
    /// The texts; tokens become as much text as they are counted for.
    static func texts(of value: JSON) throws(Refusal) -> [String] {
        switch value {
        case .string(let text): return [text]
        case .array(let values) where !values.isEmpty:
            if case .number = values[0] { return [String(repeating: "tok ", count: values.count)] }
            var texts: [String] = []
            for value in values { texts += try self.texts(of: value) }
            return texts
        default: throw .invalid("input must be a string, a list of strings, or tokens")
        }
    }

    static func chat(_ texts: [String], _ body: JSON) -> JSON {
        let messages = texts.map { text -> JSON in ["role": "user", "content": .string(text)] }
        return .object(
            body.picking([
                ("model", "model"), ("stream", "stream"), ("provider", "provider"), ("max_tokens", "max_tokens"),
            ]) + [JSON.Member(key: "messages", value: .array(messages))])
    }
}
