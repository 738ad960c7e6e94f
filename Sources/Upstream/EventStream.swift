/// Follows a server-sent event stream as it passes: finds where events end, and asks the endpoint what each one means.
///
/// Bytes leave in the order and shape in which they came; only the last event is held back (`[DONE]`, or the one that the
/// protocol ends with), because what we have to say goes before it, and an event that is not complete yet, so that a stream
/// that breaks off can still be ended well.
public struct EventStream: Sendable {
    private let endpoint: Endpoint
    private var news = StreamNews()
    /// The stream's last event; empty until it has come. What follows it is dropped.
    public private(set) var last: [UInt8] = []
    /// The start of an event whose end has not come.
    private var pending: [UInt8] = []

    /// The usage, once the answer has come to its end.
    public var usage: ReportedUsage? { news.isFinished ? news.usage : nil }
    /// The usage that runs along with an answer which has not come to its end.
    public var runningUsage: ReportedUsage? { news.isFinished || isDone ? nil : news.usage }
    /// Who serves the call, where it is told.
    public var provider: String? { news.provider }
    /// The provider's id of the call, from the first event that carries one.
    public var generation: String? { news.generation }
    /// Why the answer ended, in the provider's word.
    public var finishReason: String? { news.finishReason }
    /// The stream carried an error event of upstream's own.
    public var hasError: Bool { news.hasError }
    /// The number of the next event, where the protocol numbers them.
    var events: Int { news.events }
    /// The part of the answer that has begun and not ended, where the protocol has parts.
    var openPart: Int64? { news.openPart }
    /// What a response has said, where the answer is one.
    var draft: ResponseDraft { news.draft }
    /// The last event was seen.
    public var isDone: Bool { !last.isEmpty }

    /// An event longer than this is passed on in pieces and not read.
    public static let longestEvent = 4 << 20

    public init(of endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    /// Takes what one read brought and appends to `out` what can go on to the client now.
    public mutating func take(_ bytes: some Collection<UInt8>, into out: inout [UInt8]) {
        guard !isDone else { return }
        var searched = max(0, pending.count - 3)
        pending += bytes
        var start = 0
        while let end = EventStream.eventEnd(pending, from: max(start, searched)) {
            let event = pending[start..<end]
            let meaning = read(event)
            if meaning != .passing {
                last = meaning == .done ? Array(ChatCompletions.done.utf8) : Array(event)
                pending = []
                return
            }
            out += event
            start = end
            searched = end
        }
        pending.removeFirst(start)
        if pending.count > EventStream.longestEvent {
            out += pending
            pending = []
        }
    }

    /// The end of a stream that has no `[DONE]`: an unfinished event is dropped, a client could not read it anyway.
    public mutating func finish() {
        pending = []
    }

    /// The index after the first blank line at or after `from`.
    private static func eventEnd(_ bytes: [UInt8], from: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var at = from
            while at < bytes.count {
                guard bytes[at] == UInt8(ascii: "\n") else {
                    at += 1
                    continue
                }
                if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\n") { return at + 2 }
                if at + 2 < bytes.count, bytes[at + 1] == UInt8(ascii: "\r"), bytes[at + 2] == UInt8(ascii: "\n") {
                    return at + 3
                }
                at += 1
            }
            return nil
        }
    }

    private mutating func read(_ event: ArraySlice<UInt8>) -> StreamEvent.Meaning {
        guard let data = EventStream.data(of: event) else { return .passing }
        return endpoint.hear(StreamEvent(data: data), &news)
    }

    /// The data of an event; nil for a comment. Several data lines are joined as the standard says.
    private static func data(of event: ArraySlice<UInt8>) -> [UInt8]? {
        var data: [UInt8]?
        for var line in event.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            guard line.starts(with: "data:".utf8) else { continue }
            line = line.dropFirst(5)
            if line.first == UInt8(ascii: " ") { line = line.dropFirst() }
            data = data.map { $0 + [UInt8(ascii: "\n")] + line } ?? Array(line)
        }
        return data
    }
}

extension [UInt8] {
    /// Whether the ASCII text stands anywhere in the bytes.
    func holds(_ text: StaticString) -> Bool { end(of: text) != nil }

    /// Where the first occurrence of the ASCII text ends.
    func end(of text: StaticString) -> Int? {
        withUnsafeBufferPointer { bytes in
            let count = text.utf8CodeUnitCount
            guard bytes.count >= count else { return nil }
            let first = text.utf8Start[0]
            let second = text.utf8Start[1]
            for at in 0...(bytes.count - count) where bytes[at] == first && bytes[at + 1] == second {
                var same = 2
                while same < count, bytes[at + same] == text.utf8Start[same] { same += 1 }
                if same == count { return at + count }
            }
            return nil
        }
    }
}
