import Pricing

extension Endpoint {
    /// `POST /responses`, OpenAI's newer one. OpenRouter serves it without a memory: nothing is stored between calls.
    public static let responses = Endpoint(
        path: "/responses", output: .limited(by: ["max_output_tokens"]), asksForUsage: false,
        unbounded: Responses.unbounded, parts: Responses.parts,
        usage: { $0["usage"].flatMap(Responses.usage) }, hear: Responses.hear, ending: Responses.ending,
        refusals: .openAI)
}

/// The rules of `POST /responses`. Facts: OpenAI's API reference and OpenRouter's "Responses API", read 2026-08.
enum Responses {
    fileprivate static let unbounded = [
        UnboundedField(name: "previous_response_id", why: "what it refers to is not in the request, nor is its length"),
        UnboundedField(name: "conversation", why: "what it refers to is not in the request, nor is its length"),
        UnboundedField(name: "prompt", why: "a prompt stored upstream can add tools and has a length of its own"),
    ]

    fileprivate static func parts(_ body: RequestBody) throws(RequestProblem) -> RequestParts {
        try body.checkObjects(["reasoning", "text"])
        if try body.flag("store") {
            throw .wrongType("store", expected: "false, or be left out; nothing is stored upstream")
        }
        if try body.flag("background") {
            throw .unbounded("background", "an answer that is fetched later cannot be settled with its call")
        }
        if let instructions = body["instructions"], instructions.kind != .string {
            throw .wrongType("instructions", expected: "a text")
        }
        guard let input = body["input"] else {
            throw RequestProblem(
                .invalidField, param: "input", "'input' is missing. Send a text, or a list of at least one item.")
        }
        let items = try ResponseItems(input)
        let (functions, serverTools) = try ClientTools.read(body, own: ["function", "custom"])
        var parts = RequestParts(
            needs: items.carried.needs, messages: items.count + 1, functions: functions,
            staysWithVendor: items.staysWithVendor, carried: items.carried, serverTools: serverTools)
        parts.needs.formUnion(try body.modalities())
        if functions > 0 { parts.needs.insert(.tools) }
        if body["text"]?["format"]?["type"]?.string == "json_schema" { parts.needs.insert(.jsonSchema) }
        if let reasoning = body["reasoning"] {
            parts.needs.insert(.reasoning)
            parts.leastOutputTokens = RequestBody.leastOutputTokens(reasoning: reasoning)
        }
        return parts
    }

    static func usage(_ value: JSONValue) -> ReportedUsage? {
        guard value.kind == .object else { return nil }
        var usage: Usage?
        if let input = value["input_tokens"]?.integer, let output = value["output_tokens"]?.integer, input >= 0,
            output >= 0
        {
            let details = value["input_tokens_details"]
            usage = Usage(
                inputTokens: input, outputTokens: output, cachedTokens: max(0, details?["cached_tokens"]?.integer ?? 0),
                cacheWriteTokens: max(0, details?["cache_write_tokens"]?.integer ?? 0),
                reasoningTokens: max(0, value["output_tokens_details"]?["reasoning_tokens"]?.integer ?? 0))
        }
        return ReportedUsage(usage: usage, costIn: value)
    }
}

// MARK: - Streams

extension Responses {
    private static let lastTypes = ["response.completed", "response.incomplete", "response.failed"]

    /// The protocol ends with an event that holds the whole response, usage included; there is no `[DONE]`.
    fileprivate static func hear(_ event: StreamEvent, _ news: inout StreamNews) -> StreamEvent.Meaning {
        if event.data.elementsEqual("[DONE]".utf8) { return .done }
        guard let root = event.document?.root else {
            news.events += 1
            return .passing
        }
        let type = root["type"]?.string ?? ""
        let number = root["sequence_number"]?.integer.flatMap { Int32(exactly: $0) }
        news.events = number.map { Int($0) + 1 } ?? news.events + 1
        news.draft.hear(root, type)
        let response = root["response"]
        if news.generation == nil { news.generation = response?["id"]?.string }
        if type == "error" {
            news.hasError = true
            return .last
        }
        // A provider may tell the usage as it runs.
        if let running = response?["usage"].flatMap(usage) { news.usage = running }
        guard lastTypes.contains(type) else { return .passing }
        news.hasError = type == "response.failed"
        // Without this last count an earlier one would be taken for all of it.
        news.usage = response?["usage"].flatMap(usage)
        news.isFinished = true
        return .last
    }

    fileprivate static func ending(_ end: StreamEnd, _ facts: StreamEnd.Facts) -> StreamEnd.Words {
        var number = facts.eventsBefore
        switch end {
        case .complete: return StreamEnd.Words()
        case .broken:
            let error = #"{"code":"server_error","message":"\#(StreamEnd.brokenMessage)"}"#
            return StreamEnd.Words(last: last("failed", number, error: error, details: "null", facts))
        case .full:
            let ends = facts.draft.ends(from: &number)
            let details = #"{"reason":"max_output_tokens"}"#
            return StreamEnd.Words(
                first: ends, last: last("incomplete", number, error: "null", details: details, facts))
        }
    }

    /// The event that holds the whole response, as it began and with what has been written.
    private static func last(
        _ status: String, _ number: Int, error: String, details: String, _ facts: StreamEnd.Facts
    ) -> String {
        let usage = facts.usage.map { usage in
            """
            {"input_tokens":\(usage.inputTokens),"input_tokens_details":{"cached_tokens":\(usage.cachedTokens)},\
            "output_tokens":\(usage.outputTokens),\
            "output_tokens_details":{"reasoning_tokens":\(usage.reasoningTokens)},\
            "total_tokens":\(usage.inputTokens + usage.outputTokens)}
            """
        }
        let head = facts.draft.head.isEmpty ? unheard(facts) : facts.draft.head
        let response = head.replacing([
            ("status", Array("\"\(status)\"".utf8)), ("error", Array(error.utf8)),
            ("incomplete_details", Array(details.utf8)), ("output", facts.draft.output),
            ("usage", Array((usage ?? "null").utf8)),
        ])
        return """
            event: response.\(status)
            data: {"type":"response.\(status)","sequence_number":\(number),"response":\(String(decoding: response, as: UTF8.self))}


            """
    }

    /// A response that has not said how it began.
    private static func unheard(_ facts: StreamEnd.Facts) -> [UInt8] {
        Array(
            """
            {"id":\(JSONText.quoted(facts.id)),"object":"response","created_at":0,"status":null,"error":null,\
            "incomplete_details":null,"instructions":null,"metadata":null,"model":\(JSONText.quoted(facts.model)),\
            "output":[],"parallel_tool_calls":true,"temperature":null,"tool_choice":"auto","tools":[],"top_p":null,\
            "usage":null}
            """.utf8)
    }
}

// MARK: - Items

/// What the input of a response tells about its cost.
struct ResponseItems {
    private(set) var count: Int64 = 0
    private(set) var staysWithVendor = false
    /// What is not text.
    private(set) var carried = Carried()

    /// - Throws: ``RequestProblem`` where it is no text and no list of items, or holds a part that is not priced.
    init(_ input: JSONValue) throws(RequestProblem) {
        if input.kind == .string {
            count = 1
            return
        }
        guard input.kind == .array else { throw .wrongType("input", expected: "a text or a list of items") }
        for item in input.elements {
            try read(item, "input[\(count)]")
            count += 1
        }
        guard count > 0 else { throw .wrongType("input", expected: "a list of at least one item") }
    }

    private mutating func read(_ item: JSONValue, _ param: String) throws(RequestProblem) {
        guard item.kind == .object else { throw .wrongType(param, expected: "an object") }
        let type = item["type"]?.string ?? "message"
        var endsInResult = false
        switch type {
        case "message":
            guard item["role"]?.string != nil else { throw .wrongType("\(param).role", expected: "a role") }
            try read(parts: item["content"], "\(param).content")
        case "function_call", "custom_tool_call": break
        case "function_call_output", "custom_tool_call_output":
            try read(parts: item["output"], "\(param).output")
            endsInResult = true
        case "reasoning":
            if item["encrypted_content"]?.string != nil || item["signature"]?.string != nil { isSealed = true }
        default:
            throw .unbounded("\(param).type", "items of type '\(type.prefix(64))' are not priced")
        }
        staysWithVendor = isSealed || endsInResult
    }

    /// A reasoning item that only its vendor can read was seen.
    private var isSealed = false

    private mutating func read(parts: JSONValue?, _ param: String) throws(RequestProblem) {
        guard let parts, !parts.isNull, parts.kind != .string else { return }
        guard parts.kind == .array else { throw .wrongType(param, expected: "a text or a list of parts") }
        for (index, part) in parts.elements.enumerated() {
            guard part.kind == .object, let type = part["type"]?.string else {
                throw .wrongType("\(param)[\(index)].type", expected: "a part's type")
            }
            try read(part, type, "\(param)[\(index)]")
        }
    }

    private mutating func read(_ part: JSONValue, _ type: String, _ param: String) throws(RequestProblem) {
        if let id = part["file_id"], !id.isNull { throw .storedFile("\(param).file_id") }
        switch type {
        case "input_text", "output_text", "text", "summary_text", "refusal": break
        case "input_image":
            guard let url = part["image_url"], url.kind == .string else {
                throw .wrongType("\(param).image_url", expected: "an address or a data URL")
            }
            carried.addImage(url: url)
        case "input_audio":
            guard let data = part["input_audio"]?["data"], data.kind == .string else {
                throw .wrongType("\(param).input_audio.data", expected: "a sound in base64")
            }
            carried.addSound(data: data)
        case "input_file": carried.addFile()
        default: throw .unbounded("\(param).type", "parts of type '\(type.prefix(64))' have no price that is known")
        }
    }
}
