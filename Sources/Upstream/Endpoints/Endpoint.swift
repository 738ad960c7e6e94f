import Pricing

/// One priced path: all in which it differs from the others. What is the same for all (the request line, reservations,
/// settlement, fallbacks, relaying) asks this value and never the path.
///
/// One instance a file, each with its own rules beside it; ``all`` lists them. A path that is not among them never leads
/// upstream.
public struct Endpoint: Sendable {
    /// The same under our bases and upstream's: `/chat/completions`.
    public let path: String
    /// What limits its output.
    let output: Output
    /// Whether a stream must be asked for its usage with `stream_options.include_usage`.
    let asksForUsage: Bool
    /// Fields of this path whose cost has no bound, beside those that no path takes.
    let unbounded: [UnboundedField]
    /// What this path calls the service tier that is sold at the list price, beside `default`.
    var plainTier: String? = nil
    /// Reads what the request is made of.
    let parts: @Sendable (RequestBody) throws(RequestProblem) -> RequestParts
    /// Finds the usage in a whole answer.
    let usage: @Sendable (JSONValue) -> ReportedUsage?
    /// Hears one event of a stream.
    let hear: @Sendable (StreamEvent, inout StreamNews) -> StreamEvent.Meaning
    /// What a stream is ended with, where upstream has not ended it itself.
    let ending: @Sendable (StreamEnd, StreamEnd.Facts) -> StreamEnd.Words
    public let refusals: RefusalShape

    /// Every priced path.
    public static let all: [Endpoint] = [.chatCompletions, .completions, .responses, .messages, .embeddings]

    /// Whether answers have an output that a limit can bound.
    enum Output: Sendable {
        /// What a request may call its limit. The first is the name under which one is injected.
        case limited(by: [String])
        /// Nothing is written that is counted as output.
        case none
    }

    var limitNames: [String] {
        switch output {
        case .limited(let names): names
        case .none: []
        }
    }

    /// The usage that a whole answer of this path states.
    public func usage(in answer: JSONDocument) -> ReportedUsage? { usage(answer.root) }

    /// What is said at a stream's end in upstream's place.
    public func words(for end: StreamEnd, _ facts: StreamEnd.Facts) -> StreamEnd.Words { ending(end, facts) }
}

/// In whose shape a path tells its refusals.
public enum RefusalShape: Hashable, Sendable {
    /// The envelope that OpenAI's and OpenRouter's clients both read.
    case openAI
    /// `{"type":"error","error":{"type","message",…}}`
    case anthropic
}

/// A field that is refused by name.
struct UnboundedField: Sendable {
    let name: String
    /// Follows "is refused because".
    let why: String
}

/// What a request is made of, as far as it matters for its cost and for who can serve it.
struct RequestParts: Sendable {
    /// What the model must be able to do.
    var needs: Capabilities = []
    /// Messages or items: templates add tokens to each.
    var messages: Int64
    /// Functions that the client offers.
    var functions: Int64 = 0
    /// The conversation holds reasoning that only its vendor can read, or waits for the answer to a tool's result.
    var staysWithVendor = false
    /// What is not text.
    var carried = Carried()
    /// Tools that run at OpenRouter.
    var serverTools = ServerTools()
    /// Texts that the model takes one by one, each with a whole context to itself.
    var inputs: Int64 = 1
    /// Bytes that come on top where what was read as JSON is written anew for the model.
    var addedByEscaping: Int64 = 0
    /// Answers that are asked for at once, beside `n`.
    var answers: Int64 = 1
    /// A lower output limit would be refused upstream, as the request sets more than that aside for reasoning.
    var leastOutputTokens: Int64 = 1
}
