import ExactMoney
import Testing

@testable import Upstream

@Suite struct EventStreamTests {
    /// What a stream gave, read in pieces.
    private struct Heard: Equatable {
        var out = ""
        var usage: ReportedUsage?
        var generation: String?
        var hasError = false
        var isDone = false
    }

    private func hear(_ stream: String, cutAt cuts: [Int] = []) -> Heard {
        let bytes = Array(stream.utf8)
        var events = EventStream(of: .chatCompletions)
        var out: [UInt8] = []
        var start = 0
        for end in cuts.sorted() + [bytes.count] {
            events.take(bytes[start..<end], into: &out)
            start = end
        }
        return Heard(
            out: String(decoding: out, as: UTF8.self), usage: events.usage, generation: events.generation,
            hasError: events.hasError, isDone: events.isDone)
    }

    private func usage(_ cost: String) -> String {
        #"data: {"id":"gen-1","usage":{"prompt_tokens":1,"completion_tokens":2,"cost":\#(cost)}}"# + "\n\n"
    }

    private static let streams = [
        "data: {\"id\":\"gen-1\",\"choices\":[]}\n\n: OPENROUTER PROCESSING\n\ndata: {\"usage\":{\"cost\":0.5}}\n\ndata: [DONE]\n\n",
        "data: {\"id\":\"gen-2\"}\r\n\r\n: comment\r\n\r\ndata: {\"usage\":{\"cost\":0.25}}\r\n\r\ndata: [DONE]\r\n\r\nafter\r\n\r\n",
        "event: x\nid: 7\ndata: {\"id\":\ndata: \"gen-3\",\ndata: \"usage\":{\"cost\":1}}\n\ndata:{\"error\":{\"code\":502}}\n\n",
        "\n\ndata: {\"id\":\"é€😀\"}\n\n\n\ndata: {\"usage\":{\"cost\":2}}\n\ndata: {\"usage\":null}\n\ndata: unfini",
        "data: [DONE]\n\n", ": only comments\n\n: and more\n\n", "", "data: no end",
    ]

    @Test(arguments: 1...25)
    func anySplitIntoReadsGivesTheSameBytesAndTheSameUsage(seed: UInt64) {
        var chance = Seeded(seed)
        for stream in EventStreamTests.streams {
            let whole = hear(stream)
            let count = stream.utf8.count
            #expect(hear(stream, cutAt: Array(0...count)) == whole, "byte by byte: \(stream)")
            for _ in 0..<20 {
                let cuts = (0..<chance.number(0...8)).map { _ in Int(chance.number(0...Int64(count))) }
                #expect(hear(stream, cutAt: cuts) == whole, "cut at \(cuts): \(stream)")
            }
        }
    }

    @Test func passesEventsAndCommentsAsTheyCame() {
        let heard = hear(EventStreamTests.streams[0])
        #expect(heard.out == EventStreamTests.streams[0].replacing("data: [DONE]\n\n", with: ""))
        #expect(heard.isDone)
        #expect(heard.generation == "gen-1")
    }

    @Test(arguments: ["data: [DONE]\n\n", "data:[DONE]\n\n", "data: [DONE]\r\n\r\n", "event: end\ndata: [DONE]\n\n"])
    func holdsBackDoneAndDropsWhatFollows(done: String) {
        let heard = hear("data: {}\n\n" + done + "data: {\"usage\":{\"cost\":9}}\n\n")
        #expect(heard.out == "data: {}\n\n")
        #expect(heard.isDone)
        #expect(heard.usage == nil)
    }

    @Test func readsAnEventOfSeveralDataLines() {
        let heard = hear(EventStreamTests.streams[2])
        #expect(heard.usage?.cost == .amount(Money(nanodollars: 1_000_000_000)))
        #expect(heard.generation == "gen-3")
        #expect(heard.hasError)
        #expect(heard.out == EventStreamTests.streams[2])
    }

    @Test func dropsAnEventThatDidNotEnd() {
        var events = EventStream(of: .chatCompletions)
        var out: [UInt8] = []
        events.take("data: {}\n\ndata: {\"usage\":{\"cost\":1}}\n".utf8, into: &out)
        events.finish()
        #expect(String(decoding: out, as: UTF8.self) == "data: {}\n\n")
        #expect(events.usage == nil)
        #expect(!events.isDone)
    }

    @Test func takesTheLastUsageWhereverItStands() {
        let stream =
            usage("0.1") + "data: {\"choices\":[]}\n\n" + usage("0.2") + "data: {\"usage\":null}\n\ndata: {\"x\":1}\n\n"
        #expect(hear(stream).usage?.cost == .amount(Money(nanodollars: 200_000_000)))
    }

    @Test(arguments: [
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\": lots\"}}]}\n\n", ": \"usage\":{\"cost\":1}\n\n",
        "event: {\"usage\":{\"cost\":1}}\n\n", "data: {\"usage\":{\"cost\":1}\n\n",
        "data: [{\"usage\":{\"cost\":1}}]\n\n",
        "data: {\"choices\":[{\"usage\":{\"cost\":1}}]}\n\n", "data: {\"usage\":5}\n\n",
    ])
    func findsNoUsageWhereThereIsNone(event: String) {
        let heard = hear(event)
        #expect(heard.usage == nil)
        #expect(heard.out == event)
    }

    @Test(arguments: [
        ("data: {\"error\":{\"code\":502,\"message\":\"x\"},\"choices\":[]}\n\n", true),
        ("data: {\"error\":\"broken\"}\n\n", true),
        ("data: {\"error\":null}\n\n", false), ("data: {\"choices\":[{\"error\":{}}]}\n\n", false),
        (": \"error\"\n\n", false),
    ])
    func knowsAnErrorOfUpstream(event: String, hasError: Bool) {
        #expect(hear(event).hasError == hasError)
    }

    @Test func takesTheFirstIdThatIsGiven() {
        #expect(
            hear("data: {}\n\ndata: {\"id\":null}\n\ndata: {\"id\":\"a\"}\n\ndata: {\"id\":\"b\"}\n\n").generation
                == "a")
    }

    @Test func passesAHugeEventOnUnreadAndReadsWhatFollows() {
        let huge =
            "data: {\"id\":\"gen\",\"x\":\"" + String(repeating: "x", count: EventStream.longestEvent + 100) + "\"}\n\n"
        let stream = huge + usage("0.5") + "data: [DONE]\n\n"
        let cuts = Array(stride(from: 0, to: huge.utf8.count, by: 1 << 16))
        let heard = hear(stream, cutAt: cuts)
        #expect(heard.out.utf8.count == stream.utf8.count - "data: [DONE]\n\n".utf8.count)
        #expect(heard.usage?.cost == .amount(Money(nanodollars: 500_000_000)))
        #expect(heard.isDone)
    }
}
