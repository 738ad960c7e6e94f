import ExactMoney
import Foundation
import Pricing
import Testing

@testable import Upstream

@Suite struct MessagesTests {
    // MARK: requests

    @Test(arguments: [
        (#""fallbacks":["a/b"]"#, "unbounded_cost fallbacks"), (#""mcp_servers":[{}]"#, "unbounded_cost mcp_servers"),
        (#""container":"c""#, "unbounded_cost container"), (#""inference_geo":"us""#, "unbounded_cost inference_geo"),
        (#""service_tier":"auto""#, "unbounded_cost service_tier"),
        (
            #""context_management":{"edits":[{"type":"clear_tool_uses_20250919"},{"type":"compact_20260112"}]}"#,
            "unbounded_cost context_management.edits[1].type"
        ),
        (#""tools":[{"type":"web_search_20250305","name":"w"}]"#, "unbounded_cost tools[0].type"),
        (#""tools":[{"type":5}]"#, "invalid_field tools[0].type"), (#""tools":["x"]"#, "invalid_field tools[0].type"),
        (#""thinking":true"#, "invalid_field thinking"), (#""system":5"#, "invalid_field system"),
        (#""system":[{"type":"image"}]"#, "unbounded_cost system[0].type"),
    ])
    func refusesTheField(field: String, problem: String) {
        #expect(Asked.problem(.messages, with: field) == problem)
    }

    @Test(arguments: [
        #""service_tier":"standard_only""#, #""inference_geo":"global""#, #""system":[{"type":"text","text":"a"}]"#,
        #""tools":[{"name":"f","input_schema":{}},{"type":"custom","name":"g"}]"#,
        #""context_management":{"edits":[{"type":"clear_thinking_20251015"}]}"#, #""thinking":{"type":"disabled"}"#,
        #""cache_control":{"type":"ephemeral","ttl":"1h"}"#, #""metadata":{"user_id":"u"},"betas":["x"]"#,
    ])
    func takesTheField(field: String) {
        #expect(Asked.problem(.messages, with: field) == nil)
    }

    @Test(arguments: [
        ("5", "invalid_field messages"), ("[]", "invalid_field messages"), ("[5]", "invalid_field messages[0]"),
        (#"[{"content":"a"}]"#, "invalid_field messages[0].role"),
        (#"[{"role":"user"}]"#, "invalid_field messages[0].content"),
        (#"[{"role":"user","content":5}]"#, "invalid_field messages[0].content"),
        (#"[{"role":"user","content":[{"text":"a"}]}]"#, "invalid_field messages[0].content[0].type"),
        (#"[{"role":"user","content":[{"type":"container_upload"}]}]"#, "unbounded_cost messages[0].content[0].type"),
        (
            #"[{"role":"user","content":[{"type":"tool_result","content":[{"type":"tool_use"}]}]}]"#,
            "unbounded_cost messages[0].content[0].content[0].type"
        ),
    ])
    func refusesMessages(messages: String, problem: String) {
        #expect(Asked.problem(.messages, text: #"{"messages":\#(messages)}"#) == problem)
    }

    @Test(arguments: [
        (#"{"role":"user","content":[{"type":"text","text":"a"}]}"#, false),
        (#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"42"}]}"#, true),
        (
            #"{"role":"user","content":[{"type":"tool_result","content":"42"}]},{"role":"assistant","content":"a"}"#,
            false
        ),
        (#"{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"}]}"#, true),
        (#"{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":""}]}"#, false),
        (
            #"{"role":"assistant","content":[{"type":"redacted_thinking","data":"x"}]},{"role":"user","content":"a"}"#,
            true
        ),
    ])
    func knowsWhatOnlyItsVendorCanGoOnWith(messages: String, stays: Bool) throws {
        #expect(try Asked.request(.messages, text: #"{"messages":[\#(messages)]}"#).staysWithVendor == stays)
    }

    @Test func knowsWhatTheModelMustBeAbleToDo() throws {
        let fields = """
            "tools":[{"name":"f"}],"output_config":{"format":{"type":"json_schema"}},\
            "thinking":{"type":"enabled","budget_tokens":2000}
            """
        let request = try Asked.request(.messages, with: fields)
        #expect(request.needs == [.tools, .jsonSchema, .reasoning])
        #expect(request.leastOutputTokens == 2001)
    }

    @Test func pricesWhatIsNoText() throws {
        let blocks = """
            {"type":"image","source":{"type":"url","url":"https://x/y"}},\
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},\
            {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}},\
            {"type":"document","source":{"type":"text","media_type":"text/plain","data":"a"}}
            """
        let request = try Asked.request(.messages, text: #"{"messages":[{"role":"user","content":[\#(blocks)]}]}"#)
        #expect(request.needs == .images)
        #expect(request.demand.images == [.unsized, .unsized] && request.demand.files.count == 1)
        let stored = #"[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}]"#
        #expect(
            Asked.problem(.messages, text: #"{"messages":\#(stored)}"#)
                == "unbounded_cost messages[0].content[0].source.file_id")
    }

    @Test(arguments: [("5m", Demand.Caching.asked), ("1h", .askedForAnHour)])
    func pricesCachesByTheirLife(life: String, caching: Demand.Caching) throws {
        let system = #""system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"\#(life)"}}]"#
        #expect(try Asked.request(.messages, with: system).demand.caching == caching)
    }

    @Test func findsTheUser() throws {
        #expect(try Asked.request(.messages, with: #""metadata":{"user_id":"ada"}"#).user == "ada")
    }

    // MARK: usage

    @Test func countsCachedInputAsInput() throws {
        let answer = """
            {"usage":{"input_tokens":10,"cache_read_input_tokens":30,"cache_creation_input_tokens":20,"output_tokens":5,\
            "cost":0.25}}
            """
        let usage = try #require(try Asked.usage(.messages, answer))
        #expect(usage.usage == Usage(inputTokens: 60, outputTokens: 5, cachedTokens: 30, cacheWriteTokens: 20))
        #expect(usage.cost == .amount(Money(nanodollars: 250_000_000)))
    }

    @Test(arguments: [
        #"{"output_tokens":5}"#, #"{"input_tokens":-1,"output_tokens":5}"#, #"{"input_tokens":1.5,"output_tokens":5}"#,
    ])
    func doesNotTakeCountsThatCannotBeRight(usage: String) throws {
        #expect(try Asked.usage(.messages, #"{"usage":\#(usage)}"#)?.usage == nil)
    }

    // MARK: streams

    private static let start = Asked.event(
        "message_start",
        #""message":{"id":"gen-7","usage":{"input_tokens":10,"cache_read_input_tokens":30,"output_tokens":1}}"#)
    private static let delta = Asked.event(
        "content_block_delta", #""index":0,"delta":{"type":"text_delta","text":"\"usage\""}"#)
    private static let end = Asked.event(
        "message_delta", #""delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5,"cost":0.25}"#)
    private static let stop = Asked.event("message_stop")

    @Test func addsUpBothEventsThatCountAndHoldsBackTheLast() {
        let before = Self.start + Self.delta + Self.end
        let (stream, out) = Asked.hear(.messages, before + Self.stop)
        #expect(out == before)
        #expect(String(decoding: stream.last, as: UTF8.self) == Self.stop)
        #expect(stream.generation == "gen-7" && stream.isDone && !stream.hasError)
        #expect(stream.usage?.usage == Usage(inputTokens: 40, outputTokens: 5, cachedTokens: 30))
        #expect(stream.usage?.cost == .amount(Money(nanodollars: 250_000_000)))
    }

    @Test func hasNoCostBeforeTheEndNorWithoutTheLastCount() {
        #expect(Asked.hear(.messages, Self.start + Self.delta).stream.usage == nil)
        let uncounted = Asked.event("message_delta", #""delta":{"stop_reason":"end_turn"}"#)
        #expect(Asked.hear(.messages, Self.start + uncounted + Self.stop).stream.usage == nil)
    }

    @Test func takesAnErrorEventForTheEndAndNothingForItsCost() {
        let error = Asked.event("error", #""error":{"type":"overloaded_error","message":"x"}"#)
        let (stream, out) = Asked.hear(.messages, Self.start + error)
        #expect(out == Self.start && stream.isDone && stream.hasError && stream.usage == nil)
    }

    @Test func doesNotTakeAMessagesOwnIdForAGeneration() {
        #expect(Asked.hear(.messages, Self.start.replacing("gen-7", with: "msg_7")).stream.generation == nil)
    }

    @Test func endsStreamsInItsOwnWords() {
        let facts = StreamEnd.Facts(id: "g", model: "a/b")
        #expect(Endpoint.messages.words(for: .complete, facts).last == Self.stop)
        let broken = Endpoint.messages.words(for: .broken, facts)
        #expect(broken.first.isEmpty && broken.last.hasPrefix("event: error\ndata: {\"type\":\"error\",\"error\":{"))
    }

    /// The block that is open ends, and none that has ended does so twice.
    @Test(
        arguments: [
            ("", nil), (Asked.event("content_block_start", #""index":0,"content_block":{"type":"text","text":""}"#), 0),
            (
                Asked.event("content_block_start", #""index":0,"content_block":{}"#)
                    + Asked.event("content_block_stop", #""index":0"#), nil
            ), (Asked.event("content_block_start", #""index":2,"content_block":{}"#) + Self.delta, 2),
        ] as [(String, Int64?)]) func endsACutStreamAsOneThatReachedItsLength(events: String, open: Int64?)
    {
        let (stream, _) = Asked.hear(.messages, Self.start + events)
        let usage = Usage(inputTokens: 9, outputTokens: 4, cachedTokens: 2, cacheWriteTokens: 3)
        let words = Endpoint.messages.words(for: .full, .init(id: "g", model: "a/b", usage: usage, after: stream))
        let stop = open.map { Asked.event("content_block_stop", "\"index\":\($0)") } ?? ""
        #expect(words.first.hasPrefix(stop + "event: message_delta\n"))
        #expect(words.first.contains(#""stop_reason":"max_tokens""#) && words.first.contains(#""input_tokens":4,"#))
        #expect(words.first.contains(#""output_tokens":4}"#) && words.last == Self.stop)
    }

    @Test(arguments: 1...10) func anySplitIntoReadsTellsTheSame(seed: UInt64) {
        var chance = Seeded(seed)
        let bytes = Array((Self.start + Self.delta + ": comment\n\n" + Self.end + Self.stop).utf8)
        let whole = Asked.hear(.messages, String(decoding: bytes, as: UTF8.self))
        var events = EventStream(of: .messages)
        var out: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int(chance.number(1...40)))
            events.take(bytes[start..<end], into: &out)
            start = end
        }
        #expect(String(decoding: out, as: UTF8.self) == whole.out)
        #expect(events.last == whole.stream.last && events.usage == whole.stream.usage)
    }
}
