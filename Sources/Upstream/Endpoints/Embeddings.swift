import Pricing

extension Endpoint {
    /// `POST /embeddings`: texts in, vectors out. There is no output to limit and nothing is streamed.
    public static let embeddings = Endpoint(
        path: "/embeddings", output: .none, asksForUsage: false, unbounded: [], parts: Embeddings.parts,
        usage: { $0["usage"].flatMap(Embeddings.usage) }, hear: ChatCompletions.hear, ending: { _, _ in .init() },
        refusals: .openAI)
}

/// The rules of `POST /embeddings`.
enum Embeddings {
    fileprivate static func parts(_ body: RequestBody) throws(RequestProblem) -> RequestParts {
        guard let input = body["input"] else {
            throw RequestProblem(
                .invalidField, param: "input", "'input' is missing. Send a text, a list of texts, or tokens.")
        }
        if try body.flag("stream") { throw .wrongType("stream", expected: "false; embeddings are not streamed") }
        let texts = try TextInput.count(input, "input")
        return RequestParts(needs: .embeddings, messages: texts, inputs: texts)
    }

    /// `prompt_tokens` and no completion.
    static func usage(_ value: JSONValue) -> ReportedUsage? {
        guard value.kind == .object else { return nil }
        let input = value["prompt_tokens"]?.integer ?? value["total_tokens"]?.integer
        let usage = input.flatMap { $0 >= 0 ? Usage(inputTokens: $0, outputTokens: 0) : nil }
        return ReportedUsage(usage: usage, costIn: value)
    }
}
