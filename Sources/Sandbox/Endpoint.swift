import HTTPTypes

/// One priced path of the sandbox: how its requests read, and in whose words it answers.
///
/// A request of any shape is turned into chat's and read there once more, so that what is counted and answered is the same for
/// all. Nothing here is shared with the gateway.
struct Endpoint: Sendable {
    /// Under `/api/v1` and `/v1`.
    let path: String
    /// The body as a chat request would say it.
    let chat: @Sendable (JSON) throws(Refusal) -> JSON
    let reply: @Sendable (Call) -> any Reply
    /// Whether there is an answer in tokens.
    var speaks = true
    /// Errors come in Anthropic's shape.
    var isAnthropic = false

    static let all: [Endpoint] = [.chatCompletions, .completions, .responses, .messages, .embeddings]
}

/// The text of one call's answer, whole or as the events of a stream, in one endpoint's words.
protocol Reply: Sendable {
    var whole: JSON { get }
    /// A whole answer that came to an error: status 200 all the same.
    var wholeError: JSON { get }
    /// What comes before the first piece.
    var opening: String { get }
    /// One piece of the answer.
    func event(piece: String, at index: Int) -> String
    /// Why the answer ends, what it used, and the stream's own end.
    var closing: String { get }
    /// An error after the first token: the status has gone out, so it comes as an event. The stream ends with it.
    var errorEvent: String { get }
    /// An event that is no JSON.
    var brokenEvent: String { get }
}

/// What keeps a connection open while nothing is said.
let processingComment = ": OPENROUTER PROCESSING\n\n"

extension JSON {
    /// One event with a name, as the newer protocols write them; the name is the data's `type`.
    var namedEvent: String { "event: \(self["type"]?.string ?? "")\ndata: \(text)\n\n" }

    /// The members that are there, under chat's names.
    func picking(_ names: [(theirs: String, ours: String)]) -> [JSON.Member] {
        names.compactMap { name in self[name.theirs].map { JSON.Member(key: name.ours, value: $0) } }
    }

    /// Text, or the text of all parts that have some.
    var plainText: String {
        if let string { return string }
        return elements.compactMap { $0["text"]?.string ?? $0["content"]?.plainText }.joined(separator: "\n")
    }
}
