import Gateway
import NIOHTTP1

/// The data plane as the document tells it. Bodies are those of the providers' own interfaces: what Bursar reads of them is described, all
/// else may be there and goes on as it came.
struct DataPlaneDocument: Sendable {
    struct Path: Sendable {
        let method: HTTPMethod
        /// What follows `/v1` or `/api/v1`.
        let path: String
        let summary: String
        var inPath: [Operation.Parameter] = []
        var inQuery: [Operation.Parameter] = []
        var body: Schema?
        /// The rest of a body that works, after its model.
        var example = ""
        let answer: Schema
        var streams = false
        /// Whether it costs money or asks about money.
        var isCall = false

        /// Bodies that work.
        var examples: [(name: String, body: String)] {
            guard body != nil else { return [] }
            let model = path == "/embeddings" ? "openai/text-embedding-3-small" : "openai/gpt-5-mini"
            let plain = "\"model\":\"\(model)\",\(example)"
            return [("plain", "{\(plain)}")] + (streams ? [("streamed", "{\(plain),\"stream\":true}")] : [])
        }

        /// As clients of Anthropic read it.
        var isAnthropic: Bool { path.hasPrefix("/messages") }
    }

    static let paths: [Path] = [
        Path(
            method: .POST, path: "/chat/completions", summary: "OpenAI's chat completions, under budget.", body: chat,
            example: chatExample,
            answer: .open([Schema.field("choices", .array(.anything))]), streams: true, isCall: true),
        Path(
            method: .POST, path: "/completions", summary: "OpenAI's completions, under budget.",
            body: .open([Schema.field("prompt", .anything)] + common),
            example: #""prompt":"Say hello.","max_tokens":16"#,
            answer: .open([Schema.field("choices", .array(.anything))]), streams: true, isCall: true),
        Path(
            method: .POST, path: "/responses", summary: "OpenAI's responses, under budget.",
            body: .open([Schema.field("input", .anything), limit("max_output_tokens")] + common),
            example: #""input":"Say hello.","max_output_tokens":16"#,
            answer: .open([Schema.field("output", .array(.anything))]), streams: true, isCall: true),
        Path(
            method: .POST, path: "/messages", summary: "Anthropic's messages, under budget.",
            body: .open([Schema.field("messages", messages)] + common), example: chatExample,
            answer: .open([Schema.field("content", .array(.anything))]), streams: true, isCall: true),
        Path(
            method: .POST, path: "/embeddings", summary: "OpenAI's embeddings, under budget.",
            body: .open([Schema.field("input", .anything), Schema.optional("model", model)]),
            example: #""input":"Hello""#,
            answer: .open([Schema.field("data", .array(.anything))]), isCall: true),
        Path(
            method: .POST, path: "/messages/count_tokens", summary: "Counted here by estimate; never billed.",
            body: .open([Schema.field("messages", messages), Schema.optional("model", model)]), example: chatExample,
            answer: .open([Schema.field("input_tokens", .whole(0...Int64.max))])),
        Path(
            method: .POST, path: "/quote",
            summary:
                "What a chat body would cost, who would serve it, and whether it would be admitted. Spends nothing.",
            body: chat, example: chatExample, answer: quote, isCall: true),
        Path(method: .GET, path: "/models", summary: "The models that have a price and write.", answer: models),
        Path(method: .GET, path: "/models/user", summary: "All models that have a price.", answer: models),
        Path(method: .GET, path: "/embeddings/models", summary: "The models that make vectors.", answer: models),
        Path(
            method: .GET, path: "/models/{author}/{slug}", summary: "One model.", inPath: name,
            answer: .open([Schema.field("data", .open([Schema.field("id", .anyText)]))])),
        Path(
            method: .GET, path: "/models/{author}/{slug}/endpoints", summary: "The price that calls are pinned to.",
            inPath: name, answer: .open([Schema.field("data", .open([Schema.field("endpoints", .array(.anything))]))])),
        Path(
            method: .GET, path: "/key", summary: "The caller's tightest budget, as OpenRouter tells a key.",
            answer: data),
        Path(method: .GET, path: "/auth/key", summary: "The same as /key.", answer: data),
        Path(
            method: .GET, path: "/credits", summary: "The caller's budget, as OpenRouter tells credits.", answer: data),
        Path(
            method: .GET, path: "/generation", summary: "One settled call of the caller's own, by the provider's id.",
            inQuery: [.init(name: "id", schema: .text(.plain(1...256)), isRequired: true)], answer: data),
    ]

    private static let chatExample = #""messages":[{"role":"user","content":"Say hello."}],"max_tokens":16"#

    private static let model = Schema.nullable(.text(.plain(1...200)))
    private static let messages = Schema.array(.open([Schema.field("role", .anyText)]), least: 1)

    private static func limit(_ name: String) -> Schema.Field {
        Schema.optional(name, .nullable(.whole(1...Int64(Int32.max))), "Left out, one is set that the budget bears.")
    }

    private static let common = [
        Schema.optional("model", model, "Left out, PRIMARY_MODEL."), limit("max_tokens"),
        Schema.optional("stream", .nullable(.boolean)),
    ]

    private static let chat = Schema.open(
        [Schema.field("messages", messages)] + common + [
            limit("max_completion_tokens"), Schema.optional("n", .nullable(.whole(1...128))),
            Schema.optional("user", .nullable(.anyText)),
        ])

    private static let quote = Schema.object([
        Schema.field("admitted", .boolean), Schema.field("model", .anyText, "Who would serve it."),
        Schema.field("askedModel", .anyText),
        Schema.field("moved", .nullable(.text(.oneOf(["budget"])))),
        Schema.field("maxTokens", .nullable(.whole(0...Int64.max))), Schema.field("atMostUsd", .usd),
        Schema.field("expectedUsd", .nullable(.usd)),
        Schema.field("budget", .nullable(.anyText), "The one in the way, or with the least left."),
        Schema.field("state", .named("State")),
        Schema.field("dropped", .array(.anyText), "Server tools and plugins that would be taken out of it."),
        Schema.field("refusal", .anything),
    ])

    private static let models = Schema.open([
        Schema.field("data", .array(.open([Schema.field("id", .anyText), Schema.field("pricing", .anything)]))),
        Schema.field("total_count", .whole(0...Int64.max)),
    ])

    private static let data = Schema.open([Schema.field("data", .open([]))])

    private static let name: [Operation.Parameter] = [
        .init(name: "author", schema: .text(.plain(1...100)), example: "openai"),
        .init(name: "slug", schema: .text(.plain(1...100)), example: "gpt-5-mini"),
    ]

    /// Whom a call is for; every path takes it.
    static let caller: [Operation.Parameter] = [
        .init(name: "X-Tenant-Id", schema: .text(.name), note: "Left out, the key's tenant, else 'default'."),
        .init(name: "X-Bursar-User", schema: .text(.header)), .init(name: "X-Bursar-Run", schema: .text(.header)),
        .init(name: "X-Bursar-Tags", schema: .text(.tags), note: "feature=search,env=prod; at most eight."),
    ]

    static let call: [Operation.Parameter] = [
        .init(
            name: "X-Bursar-Downgrade", schema: .text(.oneOf(["allow", "never"])),
            note: "never asks for a refusal instead of a cheaper model."),
        .init(name: "X-Bursar-Max-Cost", schema: .text(.money), note: "Lowers MAX_CALL_USD for this call."),
        .init(name: "Idempotency-Key", schema: .text(.header)),
    ]

    /// What an admitted call is told back.
    static let told: [(name: String, note: String)] = [
        ("X-Bursar-Request-Id", "This call's name in the ledger."), ("X-Bursar-Model", "Who served it."),
        ("X-Bursar-State", "Where the tenant stands."),
        ("X-Bursar-Cost", "In USD; a stream tells it in the comment before its last event."),
        ("X-Bursar-Remaining-Daily", "In USD, or none."), ("X-Bursar-Remaining-Monthly", "In USD, or none."),
        ("X-Bursar-Asked-Model", "Where another model served."), ("X-Bursar-Moved", "Why: budget or failure."),
        ("X-Bursar-Max-Tokens", "The output limit that was set or lowered."),
        ("X-Bursar-Dropped", "Server tools and plugins that were taken out of the request (DEGRADED_DROP)."),
        ("X-Bursar-Warning", "The budget runs low."), ("X-Bursar-Suggested-Model", "One that would cost less."),
        ("X-Bursar-Would", "In observe mode: what enforcing would have done."),
    ]

    static let refusals = [
        (400, "Something in the request is not as it must be, has no price, or has a cost without a bound."),
        (401, "No key, or one that opens nothing."), (403, "The key may not do this, or the request is foreign."),
        (404, "There is no such path, model or call."), (405, "Another method."),
        (503, "The ledger cannot write, or the gateway is shutting down."),
    ]

    static let callRefusals = [
        (402, "A budget is used up, where BUDGET_REFUSAL_STATUS says so."),
        (409, "The Idempotency-Key was used with another body."), (413, "The body is too large."),
        (415, "The body is no JSON by its Content-Type, or encoded."),
        (429, "A budget is used up or held, or calls come too fast; metadata.reason says which."),
        (502, "Every model of the chain failed."), (504, "The last of them did not answer in time."),
    ]
}
