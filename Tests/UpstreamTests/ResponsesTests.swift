import ExactMoney
import Foundation
import Pricing
import Testing

@testable import Upstream

@Suite struct ResponsesTests {
    // MARK: requests

    @Test(arguments: [
        (#""store":true"#, "invalid_field store"),
        (#""previous_response_id":"r""#, "unbounded_cost previous_response_id"),
        (#""conversation":"c""#, "unbounded_cost conversation"), (#""prompt":{"id":"p"}"#, "unbounded_cost prompt"),
        (#""background":true"#, "unbounded_cost background"), (#""instructions":[]"#, "invalid_field instructions"),
        (#""tools":[{"type":"web_search"}]"#, "unbounded_cost tools[0].type"),
        (#""tools":[{"type":"function","name":"f"},{"type":"mcp"}]"#, "unbounded_cost tools[1].type"),
        (#""tools":[{}]"#, "invalid_field tools[0].type"), (#""text":"x""#, "invalid_field text"),
    ])
    func refusesTheField(field: String, problem: String) {
        #expect(Asked.problem(.responses, with: field) == problem)
    }

    @Test func takesStoreFalseAndClientTools() {
        #expect(Asked.problem(.responses, with: #""store":false,"include":["reasoning.encrypted_content"]"#) == nil)
        let tools = #""tools":[{"type":"function","name":"f"},{"type":"custom","name":"g"}]"#
        #expect(Asked.problem(.responses, with: tools) == nil)
    }

    @Test(arguments: [
        ("5", "invalid_field input"), ("[]", "invalid_field input"), ("[5]", "invalid_field input[0]"),
        (#"[{"content":"hi"}]"#, "invalid_field input[0].role"),
        (#"[{"role":"user","content":[{"type":"input_image"}]}]"#, "invalid_field input[0].content[0].image_url"),
        (#"[{"role":"user","content":[{"type":"computer"}]}]"#, "unbounded_cost input[0].content[0].type"),
        (#"[{"role":"user","content":"a"},{"type":"item_reference","id":"x"}]"#, "unbounded_cost input[1].type"),
        (
            #"[{"type":"function_call_output","output":[{"type":"input_file","file_id":"f"}]}]"#,
            "unbounded_cost input[0].output[0].file_id"
        ),
        (#"[{"role":"user","content":{}}]"#, "invalid_field input[0].content"),
    ])
    func refusesTheItem(input: String, problem: String) {
        #expect(Asked.problem(.responses, text: #"{"input":\#(input)}"#) == problem)
    }

    @Test(arguments: [
        (#"[{"role":"user","content":[{"type":"input_text","text":"a"}]}]"#, false),
        (#"[{"type":"function_call","name":"f"},{"type":"function_call_output","output":"x"}]"#, true),
        (#"[{"type":"function_call_output","output":"x"},{"role":"user","content":"a"}]"#, false),
        (#"[{"type":"reasoning","encrypted_content":"x"},{"role":"user","content":"a"}]"#, true),
        (#"[{"type":"reasoning","summary":[]},{"role":"user","content":"a"}]"#, false),
    ])
    func knowsWhatOnlyItsVendorCanGoOnWith(input: String, stays: Bool) throws {
        #expect(try Asked.request(.responses, text: #"{"input":\#(input)}"#).staysWithVendor == stays)
    }

    @Test func pricesWhatIsNoText() throws {
        let input =
            #"[{"role":"user","content":[{"type":"input_image","image_url":"https://x/y"},{"type":"input_file","file_url":"https://x/z"}]}]"#
        let request = try Asked.request(.responses, text: #"{"input":\#(input)}"#)
        #expect(request.needs == .images)
        #expect(request.demand.images == [.unsized] && request.demand.files.count == 1)
    }

    @Test func knowsWhatTheModelMustBeAbleToDo() throws {
        let fields =
            #""tools":[{"type":"function"}],"text":{"format":{"type":"json_schema"}},"reasoning":{"max_tokens":900}"#
        let request = try Asked.request(.responses, with: fields)
        #expect(request.needs == [.tools, .jsonSchema, .reasoning])
        #expect(request.leastOutputTokens == 901)
        #expect(try Asked.request(.responses).needs == [])
    }

    // MARK: answers

    private static let told = """
        "usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,\
        "output_tokens_details":{"reasoning_tokens":3},"cost":0.5}
        """

    @Test func readsUsageOfAWholeAnswer() throws {
        let usage = try #require(try Asked.usage(.responses, "{\"id\":\"r\",\(Self.told)}"))
        #expect(usage.usage == Usage(inputTokens: 9, outputTokens: 5, cachedTokens: 4, reasoningTokens: 3))
        #expect(usage.cost == .amount(Money(nanodollars: 500_000_000)))
    }

    @Test(arguments: ["response.completed", "response.incomplete", "response.failed"])
    func holdsBackTheLastEventAndReadsItsUsage(type: String) {
        let before =
            Asked.event("response.created", #""response":{"id":"gen-1","error":null,"usage":null}"#)
            + ": OPENROUTER PROCESSING\n\n" + Asked.event("response.output_text.delta", #""delta":"\"usage\"""#)
        let last = Asked.event(type, "\"response\":{\"id\":\"gen-1\",\(Self.told)}")
        let (stream, out) = Asked.hear(.responses, before + last + "data: [DONE]\n\n")
        #expect(out == before)
        #expect(String(decoding: stream.last, as: UTF8.self) == last)
        #expect(stream.isDone && stream.generation == "gen-1" && stream.events == 3)
        #expect(stream.usage?.usage?.outputTokens == 5)
        #expect(stream.hasError == (type == "response.failed"))
    }

    @Test func takesAnErrorEventForTheEndAndNothingForItsCost() {
        let (stream, _) = Asked.hear(.responses, Asked.event("error", #""code":"server_error","message":"x""#))
        #expect(stream.isDone && stream.hasError && stream.usage == nil)
    }

    @Test func hasNoCostBeforeTheEnd() {
        let (stream, _) = Asked.hear(
            .responses, Asked.event("response.in_progress", "\"response\":{\"id\":\"r\",\(Self.told)}"))
        #expect(!stream.isDone && stream.usage == nil)
    }

    @Test func endsABrokenStreamWithAFailedResponse() throws {
        var facts = StreamEnd.Facts(id: "g", model: "a/b")
        facts.eventsBefore = 7
        let words = Endpoint.responses.words(for: .broken, facts)
        #expect(words.first.isEmpty && words.last.hasPrefix("event: response.failed\ndata: {"))
        let data = try #require(words.last.components(separatedBy: "data: ").last)
        let root = try JSONDocument(Array(data.utf8)).root
        #expect(root["sequence_number"]?.integer == 7 && root["response"]?["status"]?.string == "failed")
        #expect(Endpoint.responses.words(for: .complete, .init(id: "g", model: "a/b")) == StreamEnd.Words())
    }

    @Test func endsACutStreamAsOneThatReachedItsLength() throws {
        let (stream, _) = Asked.hear(
            .responses, Asked.event("response.in_progress", "\"response\":{\"id\":\"r\",\(Self.told)}"))
        let usage = try #require(stream.runningUsage?.usage)
        let words = Endpoint.responses.words(for: .full, .init(id: "r", model: "a/b", usage: usage, after: stream))
        #expect(words.first.isEmpty && words.last.hasPrefix("event: response.incomplete\ndata: {"))
        let data = try #require(words.last.components(separatedBy: "data: ").last)
        let root = try JSONDocument(Array(data.utf8)).root
        let response = root["response"]
        #expect(root["sequence_number"]?.integer == 1 && response?["status"]?.string == "incomplete")
        #expect(response?["incomplete_details"]?["reason"]?.string == "max_output_tokens")
        #expect(response?["usage"]?["output_tokens"]?.integer == usage.outputTokens)
    }
}
