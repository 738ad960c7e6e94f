import Pricing

/// One priced path: all in which it differs from the others. What is the same for all (the request line, reservations,
/// settlement, fallbacks, relaying) asks this value and never the path.
///
/// One instance a file, each with its own rules beside it; ``all`` lists them. A path that is not among them never leads
/// upstream.
public struct Endpoint: Sendable {
    /// The same under our bases and upstream's: `/chat/completions`.
    public let path: String
    /// What a request may call its output limit. The first is the name under which one is injected.
    let limitNames: [String]
    /// Whether a stream must be asked for its usage with `stream_options.include_usage`.
    let asksForUsage: Bool
    /// Fields of this path whose cost has no bound, beside those that no path takes.
    let unbounded: [UnboundedField]
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
    public static let all: [Endpoint] = [.chatCompletions]

    /// The usage that a whole answer of this path states.
    public func usage(in answer: JSONDocument) -> ReportedUsage? { usage(answer.root) }

    /// What is said at a stream's end in upstream's place.
    public func words(for end: StreamEnd, _ facts: StreamEnd.Facts) -> StreamEnd.Words { ending(end, facts) }
}

/// In whose shape a path tells its refusals.
public enum RefusalShape: Hashable, Sendable {
    case openAI
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
    var needs: Capabilities
    /// Messages or items: templates add tokens to each.
    var messages: Int64
    /// Functions that the client offers.
    var functions: Int64
    /// The conversation holds reasoning that only its vendor can read, or waits for the answer to a tool's result.
    var staysWithVendor: Bool
    /// What is not text.
    var carried = Carried()
    /// Tools that run at OpenRouter.
    var serverTools = ServerTools()
}
