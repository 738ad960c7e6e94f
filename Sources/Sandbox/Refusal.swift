import HTTPTypes
import Hummingbird
import NIOCore

/// An answer without a call: an error in OpenRouter's shape.
///
/// Facts: https://openrouter.ai/docs, "Errors and debugging", read 2026-08.
struct Refusal: Error, Hashable, Sendable {
    let status: Int
    var message: String
    /// Members of `error` beside code and message.
    var more: [JSON.Member] = []
    /// Members beside `error`.
    var beside: [JSON.Member] = []
    var retryAfterSeconds: Int?
    /// What goes out in place of JSON.
    var html: String?

    var text: String {
        if let html { return html }
        let error: [JSON.Member] =
            [
                JSON.Member(key: "message", value: .string(message)),
                JSON.Member(key: "code", value: .integer(status)),
            ] + more
        return JSON.object([JSON.Member(key: "error", value: .object(error))] + beside).text
    }

    /// In Anthropic's shape. Facts: https://platform.claude.com/docs/en/api/errors and OpenRouter's of `/messages`.
    private var anthropicText: String {
        if let html { return html }
        let types = [
            400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
            404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 503: "overloaded_error",
        ]
        let error: [JSON.Member] =
            [
                JSON.Member(key: "type", value: .string(types[status] ?? "api_error")),
                JSON.Member(key: "message", value: .string(message)),
            ] + more
        return JSON.object(
            [JSON.Member(key: "type", value: "error"), JSON.Member(key: "error", value: .object(error))] + beside
        ).text
    }

    var response: Response { response(text) }

    func response(at endpoint: Endpoint) -> Response { response(endpoint.isAnthropic ? anthropicText : text) }

    private func response(_ text: String) -> Response {
        var response = Response(
            status: HTTPResponse.Status(code: status),
            headers: [.contentType: html == nil ? "application/json" : "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
        return response
    }
}

extension Refusal {
    static let noKey = Refusal(status: 401, message: "No auth credentials found")

    static func invalid(_ message: String) -> Refusal { Refusal(status: 400, message: message) }

    static func unknownModel(_ name: String) -> Refusal {
        Refusal(status: 400, message: "\(name) is not a valid model ID", beside: [account])
    }

    static func unknownGeneration(_ id: String) -> Refusal {
        Refusal(status: 404, message: "Generation \(id) not found")
    }

    static func tooLong(promptTokens: Int, contextTokens: Int) -> Refusal {
        Refusal(
            status: 400,
            message: "This endpoint's maximum context length is \(contextTokens) tokens. However, you requested about "
                + "\(promptTokens) tokens of text input. Please reduce the length of your prompt.",
            more: [metadata(["error_type": "context_length_exceeded", "provider_name": "Sandbox"])])
    }

    static func unavailable(_ code: String, message: String, excludedBy: [JSON] = []) -> Refusal {
        let availability: JSON = [
            "code": .string(code), "retryable": false, "fallback_models": [], "excluded_by": .array(excludedBy),
        ]
        return Refusal(
            status: 404, message: message, more: [JSON.Member(key: "availability", value: availability)])
    }

    static func metadata(_ value: JSON) -> JSON.Member { JSON.Member(key: "metadata", value: value) }

    /// The account's id, which OpenRouter shows beside some errors and a gateway should not pass on.
    static let account = JSON.Member(key: "user_id", value: "user_sandbox_2fGh8")
}
