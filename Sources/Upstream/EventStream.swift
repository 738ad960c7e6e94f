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
        var at = from
        while let line = bytes[at...].index(of: UInt8(ascii: "\n")) {
            let rest = bytes[(line + 1)...]
            if rest.first == UInt8(ascii: "\n") { return line + 2 }
            if rest.starts(with: "\r\n".utf8) { return line + 3 }
            at = line + 1
        }
        return nil
    }

    private mutating func read(_ event: ArraySlice<UInt8>) -> StreamEvent.Meaning {
        guard let data = EventStream.data(of: event) else { return .passing }
        return endpoint.hear(StreamEvent(data: data), &news)
    }

    /// The data of an event; nil for a comment. Several data lines are joined as the standard says.
    private static func data(of event: ArraySlice<UInt8>) -> [UInt8]? {
        var data: [UInt8]?
        var rest = event
        while !rest.isEmpty {
            let newline = rest.index(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let end = rest[..<newline].index(of: UInt8(ascii: "\r")) ?? newline
            var line = rest[..<end]
            rest = rest[end...].dropFirst()
            guard line.starts(with: "data:".utf8) else { continue }
            line = line.dropFirst(5)
            if line.first == UInt8(ascii: " ") { line = line.dropFirst() }
            data = data.map { $0 + [UInt8(ascii: "\n")] + line } ?? Array(line)
        }
        return data
    }
}
