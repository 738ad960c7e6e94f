/// Chat's words.
///
/// Facts: https://openrouter.ai/docs, "Streaming" and "Errors and debugging", read 2026-08.
struct ChatReply: Reply {
    let ticket: Register.Ticket
    let model: String
    var provider = "Sandbox"
    let answer: Answer
    let usage: JSON?
    /// The usage after so many tokens, for a stream that tells it as it goes.
    var running: @Sendable (Int) -> JSON? = { _ in nil }

    static let done = "data: [DONE]\n\n"

    var closing: String { finishEvent + (usageEvent ?? "") + ChatReply.done }

    var brokenEvent: String { "data: {\"id\":\"\(ticket.id)\",\"choices\":[{\"delta\":{\"content\":\"\n\n" }

    /// The `chat.completion` object.
    var whole: JSON {
        var choice: [JSON.Member] = [
            JSON.Member(key: "index", value: 0),
            JSON.Member(key: "message", value: .object([role] + content(answer.text))),
        ]
        choice += finish(answer.finishReason)
        let fingerprint = JSON.Member(key: "system_fingerprint", value: nil)
        return .object(head("chat.completion") + [fingerprint, choices(.object(choice))] + usageMember)
    }

    var wholeError: JSON {
        let choice: [JSON.Member] =
            [
                JSON.Member(key: "index", value: 0),
                JSON.Member(key: "message", value: .object([role, JSON.Member(key: "content", value: "")])),
            ] + finish("error") + [error]
        return .object(head("chat.completion") + [choices(.object(choice))])
    }

    /// The first event: who speaks, or which function is called.
    var opening: String {
        switch answer.kind {
        case .text: event(delta: [role, JSON.Member(key: "content", value: "")])
        case .toolCall: event(delta: [role] + content(""))
        }
    }

    func event(piece: String, at index: Int) -> String {
        let more = running(index + 1).map { [JSON.Member(key: "usage", value: $0)] } ?? []
        return switch answer.kind {
        case .text: event(delta: [JSON.Member(key: "content", value: .string(piece))], more: more)
        case .toolCall:
            event(
                delta: [
                    JSON.Member(
                        key: "tool_calls", value: [["index": 0, "function": ["arguments": .string(piece)]]])
                ], more: more)
        }
    }

    /// Why the answer ends.
    var finishEvent: String {
        event(delta: [JSON.Member(key: "content", value: "")], finish: answer.finishReason)
    }

    /// The usage, with no choices; nil where it is missing.
    var usageEvent: String? {
        guard usage != nil else { return nil }
        let members = head("chat.completion.chunk") + [JSON.Member(key: "choices", value: [])] + usageMember
        return "data: \(JSON.object(members).text)\n\n"
    }

    var errorEvent: String {
        event(delta: [JSON.Member(key: "content", value: "")], finish: "error", more: [error])
    }
}

extension Endpoint {
    /// `POST /chat/completions`.
    static let chatCompletions = Endpoint(
        path: "/chat/completions", chat: { $0 },
        reply: { call in
            ChatReply(
                ticket: call.ticket, model: call.offer.name, provider: call.provider, answer: call.answer,
                usage: call.invoice.usage, running: { call.runningUsage(after: $0) })
        })
}

extension ChatReply {
    private var role: JSON.Member { JSON.Member(key: "role", value: "assistant") }

    private var error: JSON.Member {
        JSON.Member(
            key: "error",
            value: [
                "code": 502, "message": "Provider disconnected unexpectedly",
                "metadata": ["error_type": "provider_unavailable", "provider_name": "Sandbox"],
            ])
    }

    private var usageMember: [JSON.Member] { usage.map { [JSON.Member(key: "usage", value: $0)] } ?? [] }

    private func head(_ object: String) -> [JSON.Member] {
        [
            JSON.Member(key: "id", value: .string(ticket.id)),
            JSON.Member(key: "provider", value: .string(provider)),
            JSON.Member(key: "model", value: .string(model)),
            JSON.Member(key: "object", value: .string(object)),
            JSON.Member(key: "created", value: .integer(ticket.createdAt.seconds)),
        ]
    }

    private func choices(_ choice: JSON) -> JSON.Member { JSON.Member(key: "choices", value: .array([choice])) }

    private func finish(_ reason: String?) -> [JSON.Member] {
        let value = reason.map(JSON.string) ?? nil
        return [
            JSON.Member(key: "finish_reason", value: value),
            JSON.Member(key: "native_finish_reason", value: value),
        ]
    }

    /// The members of a message, or of a first delta, that carry `text`.
    private func content(_ text: String) -> [JSON.Member] {
        switch answer.kind {
        case .text: [JSON.Member(key: "content", value: .string(text))]
        case .toolCall(let name):
            [
                JSON.Member(key: "content", value: nil),
                JSON.Member(
                    key: "tool_calls",
                    value: [
                        [
                            "index": 0, "id": .string("call_\(ticket.id)"), "type": "function",
                            "function": ["name": .string(name), "arguments": .string(text)],
                        ]
                    ]),
            ]
        }
    }

    private func event(delta: [JSON.Member], finish reason: String? = nil, more: [JSON.Member] = []) -> String {
        let choice: [JSON.Member] =
            [JSON.Member(key: "index", value: 0), JSON.Member(key: "delta", value: .object(delta))] + finish(reason)
        let members = head("chat.completion.chunk") + more + [choices(.object(choice))]
        return "data: \(JSON.object(members).text)\n\n"
    }
}
