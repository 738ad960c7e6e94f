import Pricing

extension Endpoint {
    /// `POST /completions`, OpenAI's older one: a prompt and no messages.
    public static let completions = Endpoint(
        path: "/completions", output: .limited(by: ["max_tokens"]), asksForUsage: true,
        unbounded: Completions.unbounded, parts: Completions.parts,
        usage: { $0["usage"].flatMap(ReportedUsage.init) }, hear: ChatCompletions.hear, ending: Completions.ending,
        refusals: .openAI)
}

/// The rules of `POST /completions`. It streams like chat.
enum Completions {
    fileprivate static let unbounded = [
        UnboundedField(name: "web_search_options", why: "a web search costs extra and lengthens the prompt")
    ]

    fileprivate static func parts(_ body: RequestBody) throws(RequestProblem) -> RequestParts {
        guard let prompt = body["prompt"] else {
            throw RequestProblem(
                .invalidField, param: "prompt", "'prompt' is missing. Send a text, a list of texts, or tokens.")
        }
        let prompts = try TextInput.count(prompt, "prompt")
        if let count = body["best_of"] {
            guard let best = count.integer, best >= 1 else { throw .wrongType("best_of", expected: "1") }
            guard best == 1 else { throw .unbounded("best_of", "all answers are billed, not only the best") }
        }
        if try body.flag("echo") { throw .unbounded("echo", "the prompt that it repeats may be billed as output") }
        // Each prompt gets an answer of its own.
        return RequestParts(messages: prompts, answers: prompts)
    }

    fileprivate static func ending(_ end: StreamEnd, _ facts: StreamEnd.Facts) -> StreamEnd.Words {
        switch end {
        case .complete: StreamEnd.Words(last: ChatCompletions.done)
        case .broken:
            StreamEnd.Words(
                first: """
                    data: {"id":\(JSONText.quoted(facts.id)),"object":"text_completion","created":0,\
                    "model":\(JSONText.quoted(facts.model)),\
                    "error":{"code":502,"message":"\(StreamEnd.brokenMessage)",\
                    "metadata":{"error_type":"provider_unavailable"}},\
                    "choices":[{"index":0,"text":"","finish_reason":"error"}]}


                    """,
                last: ChatCompletions.done)
        case .full:
            StreamEnd.Words(
                first: ChatCompletions.lastChunks(
                    "text_completion", choice: #"{"index":0,"text":"","logprobs":null,"finish_reason":"length"}"#, facts
                ),
                last: ChatCompletions.done)
        }
    }
}
