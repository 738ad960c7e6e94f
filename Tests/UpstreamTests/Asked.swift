import ExactMoney
import Pricing

@testable import Upstream

/// Requests to the other priced paths.
enum Asked {
    /// The least that a path needs, and more fields.
    static func body(_ endpoint: Endpoint, with fields: String = "") -> String {
        let input =
            switch endpoint.path {
            case "/completions": #""prompt":"hi""#
            case "/responses", "/embeddings": #""input":"hi""#
            default: #""messages":[{"role":"user","content":"hi"}]"#
            }
        return "{\(input)\(fields.isEmpty ? "" : ",")\(fields)}"
    }

    static func request(_ endpoint: Endpoint, with fields: String = "") throws(RequestProblem) -> PricedRequest {
        try request(endpoint, text: body(endpoint, with: fields))
    }

    static func request(_ endpoint: Endpoint, text: String) throws(RequestProblem) -> PricedRequest {
        try PricedRequest(Array(text.utf8), at: endpoint)
    }

    /// `unbounded_cost tools[0].type`; nil where it is taken.
    static func problem(_ endpoint: Endpoint, with fields: String) -> String? {
        problem(endpoint, text: body(endpoint, with: fields))
    }

    static func problem(_ endpoint: Endpoint, text: String) -> String? {
        do {
            _ = try request(endpoint, text: text)
            return nil
        } catch { return "\(error.reason.rawValue) \(error.param ?? "-")" }
    }

    /// What goes upstream, as text.
    static func sent(_ endpoint: Endpoint, with fields: String = "", tokens: Int64 = 100) throws -> String {
        let request = try request(endpoint, with: fields)
        let rates = Rates(prompt: Rate(picodollars: 1_000_000), completion: Rate(picodollars: 2_000_000))
        let pin = PricePin(rates, for: request.demand)
        let bytes = request.body(model: ModelName("a/b"), outputTokens: tokens, pin: pin)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What a stream told, and what went on to the client.
    static func hear(_ endpoint: Endpoint, _ stream: String) -> (stream: EventStream, out: String) {
        var events = EventStream(of: endpoint)
        var out: [UInt8] = []
        events.take(Array(stream.utf8), into: &out)
        return (events, String(decoding: out, as: UTF8.self))
    }

    static func usage(_ endpoint: Endpoint, _ answer: String) throws -> ReportedUsage? {
        endpoint.usage(in: try JSONDocument(Array(answer.utf8)))
    }

    /// One event of the newer protocols.
    static func event(_ type: String, _ members: String = "") -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(members.isEmpty ? "" : ",")\(members)}\n\n"
    }
}
