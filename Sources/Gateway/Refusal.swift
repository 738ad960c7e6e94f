public import NIOHTTP1
import Upstream

/// An answer that is not a model's: status, the field's words and ours. One envelope for both planes.
public struct Refusal: Error, Sendable {
    public var status: Int
    /// OpenAI's word.
    public var type: String
    /// Ours, and precise.
    public var reason: String
    public var param: String?
    public var message: String
    /// More members of `metadata`, each value as JSON text.
    public var metadata: [(name: String, json: String)] = []
    public var headers: [(String, String)] = []

    public init(_ status: Int, _ type: String, _ reason: String, param: String? = nil, _ message: String) {
        self.status = status
        self.type = type
        self.reason = reason
        self.param = param
        self.message = message
    }

    /// The envelope that OpenAI's and OpenRouter's clients both read.
    public var json: String { "{\"error\":{\(members(type: type))}}" }

    /// As the clients of one path read it.
    func json(_ shape: RefusalShape) -> String {
        switch shape {
        case .openAI: json
        case .anthropic: "{\"type\":\"error\",\"error\":{\(members(type: anthropicType))}}"
        }
    }

    private func members(type: String) -> String {
        let metadata = ([("reason", JSONText.quoted(reason))] + self.metadata).map { "\"\($0.0)\":\($0.1)" }
        return """
            "message":\(JSONText.quoted(message)),"type":\(JSONText.quoted(type)),\
            "param":\(param.map(JSONText.quoted) ?? "null"),"code":\(status),"metadata":{\(metadata.joined(separator: ","))}
            """
    }

    /// Anthropic's word, which follows the status. https://platform.claude.com/docs/en/api/errors
    private var anthropicType: String {
        switch status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 400..<500: "invalid_request_error"
        case 504: "timeout_error"
        case 503: "overloaded_error"
        default: "api_error"
        }
    }
}

extension Refusal {
    /// For what stands in the request.
    public static func invalid(_ reason: String, param: String? = nil, _ message: String) -> Refusal {
        .invalid(400, reason, param: param, message)
    }

    public static func invalid(_ status: Int, _ reason: String, param: String? = nil, _ message: String) -> Refusal {
        Refusal(status, "invalid_request_error", reason, param: param, message)
    }

    init(_ problem: RequestProblem) {
        self = .invalid(problem.reason.rawValue, param: problem.param, problem.message)
    }

    public static func unknownRoute(_ method: HTTPMethod, _ path: String) -> Refusal {
        .invalid(
            404, "unknown_route",
            """
            Nothing is served at \(method.rawValue) \(path.prefix(200)). A path is priced, or it is closed. \
            Chat goes to POST /v1/chat/completions.
            """)
    }

    public static func methodNotAllowed(_ method: HTTPMethod, _ path: String, takes: String) -> Refusal {
        var refusal = Refusal.invalid(405, "method_not_allowed", "\(path) takes \(takes), not \(method.rawValue).")
        refusal.headers.append(("allow", takes))
        return refusal
    }

    static let bodyTooLarge = Refusal.invalid(
        413, "body_too_large", "The body is larger than \(GatewaySettings.bodyLimit >> 20) MiB.")

    static let headersTooLarge = Refusal.invalid(431, "headers_too_large", "The request's headers are too large.")

    static let badHTTP = Refusal.invalid("invalid_http", "The request is not valid HTTP/1.1.")

    static let shuttingDown = Refusal(
        503, "server_error", "shutting_down", "The gateway is shutting down. Try again in a moment.")

    static let ledgerUnavailable = Refusal(
        503, "server_error", "ledger_unavailable",
        "The ledger cannot make a reservation durable, so nothing was sent upstream. See the gateway's log for the cause."
    )
}
