import Foundation
import Testing

@testable import Sandbox

@Suite struct AnswerTests {
    private static func request(_ json: String) throws -> ChatRequest {
        try JSONDecoder().decode(ChatRequest.self, from: Data(json.utf8))
    }

    private static let plain = #"{"messages":[{"role":"user","content":"hello"}]}"#

    private static func withTool(_ text: String, more: String = "") -> String {
        """
        {"messages":[{"role":"user","content":"\(text)"}\(more)],"tools":[{"type":"function","function":
        {"name":"get_weather","parameters":{"type":"object","required":["city","days","unit"],"properties":
        {"city":{"type":"string"},"days":{"type":"integer"},"unit":{"enum":["C","F"]},"note":{"type":"string"}}}}}]}
        """
    }

    @Test func saysTheSameForTheSameSeed() throws {
        let request = try Self.request(Self.plain)
        func answer(_ seed: UInt64) -> Answer { Answer(to: request, limit: 500, wanted: nil, seed: seed) }
        #expect(answer(1) == answer(1))
        #expect(answer(1) != answer(2))
    }

    @Test(arguments: 0..<50) func countsOneWordAToken(seed: UInt64) throws {
        let answer = Answer(to: try Self.request(Self.plain), limit: 500, wanted: nil, seed: seed)
        #expect(answer.text.split(separator: " ").count == answer.pieces.count)
        #expect(answer.finishReason == "stop")
    }

    @Test func stopsAtTheLimit() throws {
        let answer = Answer(to: try Self.request(Self.plain), limit: 3, wanted: 4, seed: 1)
        #expect(answer.pieces.count == 3)
        #expect(answer.finishReason == "length")
    }

    @Test func reachesTheLimitWithoutBeingCut() throws {
        let answer = Answer(to: try Self.request(Self.plain), limit: 4, wanted: 4, seed: 1)
        #expect(answer.pieces.count == 4)
        #expect(answer.finishReason == "stop")
    }

    @Test(arguments: ["what does get_weather say", "use a tool"]) func callsTheToolThatIsMeant(text: String) throws {
        let answer = Answer(to: try Self.request(Self.withTool(text)), limit: 100, wanted: nil, seed: 1)
        #expect(answer.kind == .toolCall(name: "get_weather"))
        #expect(answer.text == #"{"city":"example","days":1,"unit":"C"}"#)
        #expect(answer.finishReason == "tool_calls")
    }

    @Test func answersInWordsOnceTheToolHas() throws {
        let more = #",{"role":"assistant","content":null},{"role":"tool","content":"sunny"}"#
        let request = try Self.request(Self.withTool("use a tool", more: more))
        #expect(Answer(to: request, limit: 100, wanted: nil, seed: 1).kind == .text)
    }

    @Test func answersInWordsWhenNoToolIsMeant() throws {
        let request = try Self.request(Self.withTool("hello"))
        #expect(Answer(to: request, limit: 100, wanted: nil, seed: 1).kind == .text)
    }

    @Test func estimatesAQuarterOfTheBytes() throws {
        let request = try Self.request(
            """
            {"messages":[{"role":"user","content":"12345"},{"role":"user","content":[{"type":"text","text":"ää"}]}],
            "max_tokens":9,"max_completion_tokens":7}
            """)
        #expect(request.promptTokens == 3)
        #expect(request.outputLimit == 7)
    }
}
