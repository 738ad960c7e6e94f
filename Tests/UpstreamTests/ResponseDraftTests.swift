import Foundation
import Testing

@testable import Upstream

/// A response that is cut ends with what it has said.
@Suite struct ResponseDraftTests {
    private static let created =
        #""response":{"id":"r1","status":"in_progress","model":"a/b","tools":[{"name":"f"}],"output":[]}"#
    private static let begun =
        Asked.event("response.created", created)
        + Asked.event(
            "response.output_item.added",
            #""output_index":0,"item":{"id":"i1","type":"message","role":"assistant","content":[]}"#)
        + Asked.event(
            "response.content_part.added",
            #""output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}"#
        )

    private static func delta(_ text: String) -> String {
        Asked.event("response.output_text.delta", #""output_index":0,"content_index":0,"delta":"\#(text)""#)
    }

    private struct End {
        /// Of the events before the last, in order.
        var types: [String] = []
        var numbers: [Int64] = []
        var data: [JSONValue] = []
        var response: JSONValue? { data.last?["response"] }
        var output: [JSONValue] { response?["output"]?.elements.map { $0 } ?? [] }
    }

    private static func end(_ end: StreamEnd, of text: String) throws -> End {
        let (stream, _) = Asked.hear(.responses, text)
        let words = Endpoint.responses.words(for: end, .init(id: "gen-other", model: "a/b", after: stream))
        var told = End()
        for event in (words.first + words.last).components(separatedBy: "\n\n") where !event.isEmpty {
            let lines = event.components(separatedBy: "\n")
            #expect(lines.count == 2 && lines[0].hasPrefix("event: ") && lines[1].hasPrefix("data: "))
            let root = try JSONDocument(Array(lines[1].dropFirst(6).utf8)).root
            #expect(root["type"]?.string == String(lines[0].dropFirst(7)))
            told.types.append(root["type"]?.string ?? "")
            told.numbers.append(root["sequence_number"]?.integer ?? -1)
            told.data.append(root)
        }
        return told
    }

    @Test func endsAnOpenTextThenItsPartThenItsItem() throws {
        let end = try Self.end(
            .full, of: Self.begun + Self.delta(#"Ein \"Wort\""#) + Self.delta(#" \ud83d"#) + Self.delta(#"\ude00\n"#))
        #expect(
            end.types == [
                "response.output_text.done", "response.content_part.done", "response.output_item.done",
                "response.incomplete",
            ])
        #expect(end.numbers == [6, 7, 8, 9])
        let text = "Ein \"Wort\" 😀\n"
        #expect(end.data[0]["text"]?.string == text && end.data[0]["item_id"]?.string == "i1")
        #expect(end.data[1]["part"]?["text"]?.string == text)
        #expect(end.data[2]["item"]?["status"]?.string == "incomplete")
        #expect(
            end.output.count == 1 && end.output[0]["content"]?.elements.first { _ in true }?["text"]?.string == text)
        #expect(end.response?["id"]?.string == "r1", "the id with which it began")
        #expect(
            end.response?["status"]?.string == "incomplete"
                && end.response?["tools"]?.elements.first { _ in true } != nil)
    }

    @Test func leavesWhatIsDoneAsItIs() throws {
        let done =
            Self.begun + Self.delta("a")
            + Asked.event("response.output_text.done", #""output_index":0,"content_index":0,"text":"a""#)
            + Asked.event(
                "response.content_part.done",
                #""output_index":0,"content_index":0,"part":{"type":"output_text","text":"a","annotations":[{"type":"x"}]}"#
            )
            + Asked.event(
                "response.output_item.done",
                #""output_index":0,"item":{"id":"i1","type":"message","status":"completed"}"#)
            + Asked.event(
                "response.output_item.added",
                #""output_index":1,"item":{"id":"i2","type":"function_call","call_id":"c","name":"f","arguments":""}"#)
            + Asked.event("response.function_call_arguments.delta", #""output_index":1,"delta":"{\"city\":""#)
        let end = try Self.end(.full, of: done)
        #expect(
            end.types == ["response.function_call_arguments.done", "response.output_item.done", "response.incomplete"])
        #expect(end.data[0]["arguments"]?.string == #"{"city":"# && end.data[0]["name"]?.string == "f")
        #expect(end.output.map { $0["status"]?.string } == ["completed", "incomplete"])
        #expect(end.output.last?["arguments"]?.string == #"{"city":"#)
    }

    @Test func keepsAPartThatIsDoneInAnItemThatIsNot() throws {
        let text =
            Self.begun + Self.delta("a")
            + Asked.event(
                "response.content_part.done",
                #""output_index":0,"content_index":0,"part":{"type":"output_text","text":"a","annotations":[{"type":"x"}]}"#
            )
            + Asked.event("response.refusal.delta", #""output_index":0,"content_index":1,"delta":"No""#)
        let end = try Self.end(.full, of: text)
        #expect(
            end.types == [
                "response.refusal.done", "response.content_part.done", "response.output_item.done",
                "response.incomplete",
            ])
        let parts = end.output[0]["content"]?.elements.map { $0 } ?? []
        #expect(parts.count == 2 && parts[0]["annotations"]?.elements.first { _ in true } != nil)
        #expect(parts[1]["refusal"]?.string == "No", "a part that was never announced")
    }

    @Test func reasoningHasItsSummaryAndItsText() throws {
        let text =
            Asked.event("response.created", Self.created)
            + Asked.event(
                "response.output_item.added", #""output_index":0,"item":{"id":"i","type":"reasoning","summary":[]}"#)
            + Asked.event(
                "response.reasoning_summary_part.added",
                #""output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}"#)
            + Asked.event("response.reasoning_summary_text.delta", #""output_index":0,"summary_index":0,"delta":"s""#)
            + Asked.event("response.reasoning_text.delta", #""output_index":0,"content_index":0,"delta":"t""#)
        let end = try Self.end(.full, of: text)
        #expect(
            end.types == [
                "response.reasoning_summary_text.done", "response.reasoning_summary_part.done",
                "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
                "response.incomplete",
            ])
        #expect(end.output[0]["summary"]?.elements.first { _ in true }?["text"]?.string == "s")
        #expect(end.output[0]["content"]?.elements.first { _ in true }?["text"]?.string == "t")
    }

    @Test func aBrokenOneFailsWithWhatItHasSaid() throws {
        let end = try Self.end(.broken, of: Self.begun + Self.delta("a"))
        #expect(end.types == ["response.failed"])
        #expect(end.response?["error"]?["code"]?.string == "server_error")
        #expect(end.output[0]["content"]?.elements.first { _ in true }?["text"]?.string == "a")
    }

    @Test func aLongerAnswerThanIsKeptEndsWithoutItsItems() throws {
        let half = Self.delta(String(repeating: "x", count: ResponseDraft.most / 2))
        #expect(try Self.end(.full, of: Self.begun + half).output.count == 1)
        let end = try Self.end(.full, of: Self.begun + half + half + Self.delta("a"))
        #expect(end.types == ["response.incomplete"] && end.output.isEmpty && end.response?["id"]?.string == "r1")
        // What is told again as its part and its item end is kept once.
        let text = String(repeating: "x", count: ResponseDraft.most / 2)
        let part = "{\"type\":\"output_text\",\"text\":\"\(text)\"}"
        let told =
            Self.begun + half
            + Asked.event("response.content_part.done", "\"output_index\":0,\"content_index\":0,\"part\":\(part)")
            + Asked.event(
                "response.output_item.done",
                "\"output_index\":0,\"item\":{\"id\":\"i1\",\"type\":\"message\",\"content\":[\(part)]}")
        let whole = try Self.end(.full, of: told)
        #expect(whole.types == ["response.incomplete"] && whole.output.count == 1)
    }

    /// Events that no provider should send break nothing.
    @Test(arguments: [
        Asked.event("response.output_text.delta", #""output_index":7,"content_index":0,"delta":"a""#),
        Asked.event("response.output_text.delta", #""output_index":"0","delta":5"#),
        Asked.event("response.output_item.added", #""output_index":0,"item":null"#),
        Asked.event("response.content_part.added", #""output_index":0,"part":{}"#),
        Asked.event("response.output_item.done", #""output_index":0"#),
        Asked.event("response.created", #""response":null"#), "data: {\n\n", "data: 5\n\n",
    ])
    func takesNonsenseForNothing(_ event: String) throws {
        let end = try Self.end(.full, of: event)
        #expect(end.types == ["response.incomplete"] && end.output.isEmpty)
        #expect(end.response?["id"]?.string == "gen-other")
    }

    /// A JSON text may come on several lines of data; an event is written on one.
    @Test func writesEachEventOnOneLine() throws {
        let created =
            "event: response.created\ndata: {\"type\":\"response.created\",\ndata: \"response\":{\ndata: \"id\":\"r1\"}}\n\n"
        #expect(try Self.end(.full, of: created).response?["id"]?.string == "r1")
    }
}
