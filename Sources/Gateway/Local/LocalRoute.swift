import NIOCore
import NIOHTTP1
import Pricing
import Upstream

/// A path that is answered here: nothing is sent upstream, nothing is reserved, nothing is spent.
struct LocalRoute: Sendable {
    let path: String
    let method: HTTPMethod
    let refusals: RefusalShape
    let answer: @Sendable (LocalRequest) throws(Refusal) -> LocalAnswer

    /// A path that is answered at once, from memory, with JSON.
    init(
        path: String, method: HTTPMethod, refusals: RefusalShape = .openAI,
        answer: @escaping @Sendable (LocalRequest) throws(Refusal) -> String
    ) {
        self.init(
            path: path, method: method, refusals: refusals,
            slowly: { request throws(Refusal) in
                .now(try answer(request))
            })
    }

    /// A path whose answer may have to be looked up.
    init(
        path: String, method: HTTPMethod, refusals: RefusalShape = .openAI,
        slowly answer: @escaping @Sendable (LocalRequest) throws(Refusal) -> LocalAnswer
    ) {
        self.path = path
        self.method = method
        self.refusals = refusals
        self.answer = answer
    }

    /// Every such path, but for those that name a model (``ModelListing``).
    static let all: [LocalRoute] =
        ModelListing.lists + [.countTokens, .quote, .key, .authKey, .credits, .generation]
}

/// What a local path says.
enum LocalAnswer: Sendable {
    case now(String)
    /// It has to be read from a file: not on an event loop. Told once, on any thread.
    case later(@Sendable (_ tell: @escaping @Sendable (Result<String, Refusal>) -> Void) -> Void)
}

/// What a local path is asked with.
struct LocalRequest {
    let gateway: Gateway
    let caller: Caller
    /// What follows the question mark.
    let query: Substring
    let body: ByteBuffer

    func mayUse(_ model: Model) -> Bool { caller.mayUse(model.name) }

    /// The first value of a query parameter, decoded; nil where there is none.
    func parameter(_ name: String) -> String? {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return PercentText.decoded(parts[1]) }
        }
        return nil
    }

    /// The body as a request to a priced path.
    func priced(at endpoint: Endpoint) throws(Refusal) -> PricedRequest {
        do { return try PricedRequest(Array(body.readableBytesView), at: endpoint) } catch { throw Refusal(error) }
    }
}

/// Percent-encoded text (RFC 3986 §2.1).
enum PercentText {
    /// The text it stands for; what is no escape stays as it is.
    static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let escaped = UInt8(Substring(rest.prefix(2)), radix: 16),
                rest.first != UInt8(ascii: "+"), rest.first != UInt8(ascii: "-"), rest.count >= 2
            {
                bytes.append(escaped)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
