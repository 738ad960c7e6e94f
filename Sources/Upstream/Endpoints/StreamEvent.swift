public import Pricing

/// One event of a stream as its endpoint hears it.
struct StreamEvent {
    /// The lines of data, joined as the standard says.
    let data: [UInt8]

    /// The data as JSON, parsed anew each time; nil where it is none.
    var document: JSONDocument? { try? JSONDocument(data) }

    enum Meaning {
        /// It goes on to the client as it came.
        case passing
        /// The stream's last: held back, because what we have to say goes before it.
        case last
        /// `[DONE]`: the last too, and said in our own line ends.
        case done
    }
}

/// What a stream has told so far.
struct StreamNews: Sendable {
    /// The last usage that it carried.
    var usage: ReportedUsage?
    /// The answer has come to its end: a count that runs along with an answer which then breaks off is not what it cost.
    var isFinished = false
    /// The provider's id of the call.
    var generation: String?
    /// Who runs the model.
    var provider: String?
    /// Why the answer ended, in the provider's word.
    var finishReason: String?
    /// Upstream told an error of its own.
    var hasError = false
    /// The number of the next event, where the protocol numbers them.
    var events = 0
    /// The part of the answer that has begun and not ended, where the protocol has parts.
    var openPart: Int64?
    /// What a response has said, where the answer is one.
    var draft = ResponseDraft()
}

/// How a stream ends where upstream has not ended it itself.
public enum StreamEnd: Hashable, Sendable {
    /// All was said but for the last word.
    case complete
    /// It broke off, or went silent.
    case broken
    /// It was cut here, and ends as an answer does that has reached its length.
    case full

    /// What the words need to know.
    public struct Facts: Hashable, Sendable {
        /// The provider's id of the call, or ours.
        public let id: String
        public let model: String
        /// What was used, as far as the stream has told.
        public var usage: Usage?
        /// The number of the next event, where the protocol numbers them.
        var eventsBefore = 0
        /// The part that is open still, where the protocol has parts.
        var openPart: Int64?
        /// What a response has said, where the answer is one.
        var draft = ResponseDraft()

        public init(id: String, model: String, usage: Usage? = nil, after events: EventStream? = nil) {
            self.id = id
            self.model = model
            self.usage = usage
            eventsBefore = events?.events ?? 0
            openPart = events?.openPart
            if let events { draft = events.draft }
        }
    }

    /// Events as text: what goes before our comment with the cost, and what after it.
    public struct Words: Hashable, Sendable {
        public var first = ""
        public var last = ""
    }

    static let brokenMessage = "The answer broke off upstream."
}
