public import Budgeting

/// How one attempt at one model failed, before a byte of its answer went to the client.
public enum HopFailure: Hashable, Sendable {
    /// The breaker let no call through.
    case breakerOpen(retryAfterMilliseconds: Int64)
    /// No connection; nothing was written.
    case notConnected
    /// The connection broke, after something was written.
    case reset
    /// No first byte in time.
    case timedOut
    /// An answer other than 2xx.
    case status(Int, Body, retryAfterMilliseconds: Int64?)
    /// A 2xx whose body is no JSON, or broke off.
    case unusableBody

    public enum Body: Hashable, Sendable {
        case json
        /// JSON that says the model is not to be had just now (`error.availability`).
        case jsonUnavailable
        /// JSON that says that the pinned price shuts out every endpoint there is (`constraint_filtered`).
        case jsonPriceTooLow
        /// A page, or nothing.
        case other
    }
}

extension HopFailure {
    /// What becomes of the attempt's reservation. Only where it is certain that nothing was billed is it given back.
    public enum Fate: Hashable, Sendable {
        case release
        case unresolved(Entry.Doubt)
    }

    public var fate: Fate {
        switch self {
        case .breakerOpen, .notConnected: .release
        case .reset, .timedOut: .unresolved(.upstreamBroke)
        case .unusableBody: .unresolved(.noUsage)
        case .status(408, _, _), .status(504, _, _), .status(524, _, _): .unresolved(.upstreamBroke)
        case .status(400..., .json, _), .status(400..., .jsonUnavailable, _), .status(400..., .jsonPriceTooLow, _):
            .release
        case .status: .unresolved(.upstreamBroke)
        }
    }

    /// Who is to blame, and so what to do.
    public enum Blame: Hashable, Sendable {
        /// The model or the way to it: another model may do better.
        case upstream
        /// The caller's own request: it is told as upstream told it.
        case caller
        /// Our account upstream: out of credit.
        case accountExhausted
        /// Our account upstream: the key.
        case keyRejected
    }

    /// - Parameter clientNamedModel: whether the client asked for this very model. A model that it never named cannot
    ///   make its request wrong.
    public func blame(clientNamedModel: Bool) -> Blame {
        switch self {
        case .breakerOpen, .notConnected, .reset, .timedOut, .unusableBody: return .upstream
        case .status(let status, let body, _):
            switch status {
            case 401: return .keyRejected
            case 402: return .accountExhausted
            case 408, 429, 500...: return .upstream
            case 404 where body == .jsonUnavailable || body == .jsonPriceTooLow: return .upstream
            case 400, 404, 413, 422: return clientNamedModel ? .caller : .upstream
            // A redirect is no answer of OpenRouter's; whatever stands there is broken.
            case ..<400: return .upstream
            default: return .caller
            }
        }
    }

    /// Whether the breaker counts it. What is the caller's or the account's own fault says nothing of the model.
    public var tripsBreaker: Bool {
        switch self {
        // At another price the model may be there.
        case .breakerOpen, .status(_, .jsonPriceTooLow, _): false
        default: blame(clientNamedModel: true) == .upstream
        }
    }

    public var retryAfterMilliseconds: Int64? {
        switch self {
        case .breakerOpen(let milliseconds): milliseconds
        case .status(_, _, let milliseconds): milliseconds
        default: nil
        }
    }

    public var isTimeout: Bool {
        switch self {
        case .timedOut, .status(408, _, _), .status(504, _, _), .status(524, _, _): true
        default: false
        }
    }

    /// One word for `attempts[]` of the refusal.
    public var why: String {
        switch self {
        case .breakerOpen: "breaker_open"
        case .notConnected: "connection_failed"
        case .reset: "connection_reset"
        case .timedOut: "timeout"
        case .status(429, _, _): "rate_limited"
        case .status(_, .jsonUnavailable, _): "unavailable"
        case .status(_, .jsonPriceTooLow, _): "price_too_low"
        case .status: "upstream_status"
        case .unusableBody: "unusable_body"
        }
    }

    public var status: Int? {
        if case .status(let status, _, _) = self { status } else { nil }
    }
}
