import ExactMoney
import Testing

@testable import Upstream

/// A count that runs along with an answer is not what the answer cost.
@Suite struct RunningUsageTests {
    private func read(_ events: String...) -> EventStream {
        var stream = EventStream(of: .chatCompletions)
        var out: [UInt8] = []
        for event in events { stream.take(Array("data: \(event)\n\n".utf8), into: &out) }
        return stream
    }

    private let running = """
        {"id":"g","choices":[{"delta":{"content":"a"},"finish_reason":null}],\
        "usage":{"prompt_tokens":1,"completion_tokens":1,"cost":0.5}}
        """
    private let last = #"{"id":"g","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":9,"cost":4.5}}"#

    @Test func doesNotTakeARunningCountForTheEnd() {
        #expect(read(running).usage == nil)
    }

    @Test func takesTheLastCountOnceTheAnswerHasFinished() throws {
        let finish = #"{"id":"g","choices":[{"delta":{},"finish_reason":"stop"}]}"#
        #expect(try #require(read(running, finish).usage).cost == .amount(Money(nanodollars: 500_000_000)))
        #expect(try #require(read(running, last).usage).cost == .amount(Money(nanodollars: 4_500_000_000)))
        #expect(try #require(read(running, "[DONE]").usage).cost == .amount(Money(nanodollars: 500_000_000)))
    }
}
