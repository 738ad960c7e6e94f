import ExactMoney
import Foundation
import Testing

@testable import Sandbox

@Suite struct ReplyTests {
    private static func reply(_ body: String, limit: Int, fault: Fault? = nil) throws -> ChatReply {
        let request = try JSONDecoder().decode(ChatRequest.self, from: Data(body.utf8))
        let invoice = Invoice(
            promptTokens: 9, completionTokens: 2,
            charge: .credits(Price(prompt: Picodollars(15_750_000), completion: Picodollars(28_000_000))), fault: fault)
        return ChatReply(
            ticket: Register.Ticket(id: "gen-1", createdAt: Moment(milliseconds: 5000), billedUnheard: false),
            model: "openai/gpt-5.2", answer: Answer(to: request, limit: limit, wanted: nil, seed: 1),
            usage: invoice.usage)
    }

    private static let plain = #"{"messages":[{"role":"user","content":"hello"}]}"#
    private static let head =
        #"data: {"id":"gen-1","provider":"Sandbox","model":"openai/gpt-5.2","#
        + #""object":"chat.completion.chunk","created":5,"#

    @Test func writesOneEventALineWithABlankLineAfterIt() throws {
        let reply = try Self.reply(Self.plain, limit: 2)
        let texts = [
            reply.opening, reply.event(piece: "a\n\"b", at: 0), reply.finishEvent, try #require(reply.usageEvent),
        ]
        for text in texts + [processingComment, ChatReply.done] {
            #expect(text.hasSuffix("\n\n"))
            #expect(text.dropLast(2).contains("\n") == false)
        }
    }

    @Test func opensWithTheRoleAndEscapesThePieces() throws {
        let reply = try Self.reply(Self.plain, limit: 2)
        let rest = #""finish_reason":null,"native_finish_reason":null}]}"#
        #expect(
            reply.opening == Self.head
                + #""choices":[{"index":0,"delta":{"role":"assistant","content":""},"# + rest + "\n\n")
        #expect(
            reply.event(piece: "a\n\"b\u{1}", at: 0) == Self.head
                + #""choices":[{"index":0,"delta":{"content":"a\n\"b\u0001"},"# + rest + "\n\n")
    }

    @Test func putsTheUsageIntoAnEventWithoutChoices() throws {
        let event = try #require(try Self.reply(Self.plain, limit: 2).usageEvent)
        #expect(event.hasPrefix(Self.head + #""choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"#))
        #expect(event.contains(#""cost":0.00004375,"is_byok":false"#))
    }

    @Test(arguments: [
        (Fault.nullCost, #""cost":null,"#), (.exponentCost, #""cost":4.375e-05,"#),
        (.lyingUsage, #""cost":-0.00004375,"#),
    ])
    func bendsTheCostAsTheFaultAsks(fault: Fault, text: String) throws {
        #expect(try Self.reply(Self.plain, limit: 2, fault: fault).usage?.text.contains(text) == true)
    }

    @Test func leavesTheUsageOut() throws {
        let reply = try Self.reply(Self.plain, limit: 2, fault: .missingUsage)
        #expect(reply.usageEvent == nil)
        #expect(reply.whole["usage"] == nil)
    }

    @Test func givesAToolsArgumentsInFragments() throws {
        let reply = try Self.reply(
            """
            {"messages":[{"role":"user","content":"use f"}],"tools":[{"type":"function","function":{"name":"f",
            "parameters":{"type":"object","properties":{"x":{"type":"boolean"}},"required":["x"]}}}]}
            """, limit: 50)
        #expect(reply.opening.contains(#""function":{"name":"f","arguments":""}"#))
        #expect(
            reply.event(piece: #"{"x""#, at: 1).contains(
                #""delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}"#))
        #expect(reply.answer.text == #"{"x":true}"#)
    }

    @Test(arguments: [(0, "0e+00"), (1, "1e-12"), (13_750_000, "1.375e-05"), (2_500_000_000_000, "2.5e+00")])
    func writesExponents(picodollars: Int, text: String) {
        #expect(Picodollars(Int128(picodollars)).usdWithExponent == text)
    }
}
