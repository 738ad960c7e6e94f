extension Endpoint {
    /// `POST /embeddings`: each input is a message, and nothing is said.
    static let embeddings = Endpoint(
        path: "/embeddings",
        chat: { body throws(Refusal) in
            guard let input = body["input"] else { throw .invalid("Input required: specify \"input\"") }
            return TextInput.chat(try TextInput.texts(of: input), body)
        },
        reply: { call in EmbeddingsReply(call: call) }, speaks: false)
}

/// Vectors of a few numbers, always the same for the same call's length.
struct EmbeddingsReply: Reply {
    let call: Call

    var whole: JSON {
        let vectors = (0..<call.inputs).map { index -> JSON in
            [
                "object": "embedding", "index": .integer(index),
                "embedding": [.number("0.25"), .number("-0.5"), .number("0.125"), .integer(index)],
            ]
        }
        var members: [JSON.Member] = [
            JSON.Member(key: "id", value: .string(call.ticket.id)),
            JSON.Member(key: "object", value: "list"),
            JSON.Member(key: "model", value: .string(call.offer.name)),
            JSON.Member(key: "data", value: .array(vectors)),
        ]
        if let usage { members.append(JSON.Member(key: "usage", value: usage)) }
        return .object(members)
    }

    private var usage: JSON? {
        guard case .object(let members)? = call.invoice.usage else { return nil }
        let kept = ["prompt_tokens", "total_tokens", "cost", "is_byok", "cost_details", "cache_discount"]
        return .object(members.filter { kept.contains($0.key) })
    }

    var wholeError: JSON { ["error": ["code": 502, "message": "Provider disconnected unexpectedly"]] }

    // Embeddings are not streamed; a stream that is asked for all the same gets the whole as its one event.
    var opening: String { "" }
    func event(piece: String, at index: Int) -> String { "" }
    var closing: String { "data: \(whole.text)\n\n" + ChatReply.done }
    var errorEvent: String { "data: \(wholeError.text)\n\n" }
    var brokenEvent: String { "data: {\n\n" }
}
