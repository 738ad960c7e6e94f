/// What can go wrong upstream, on request.
///
/// A call whose kind of answer (whole or streamed) a fault does not fit gets the nearest one; the comments say which.
enum Fault: String, Codable, CaseIterable, Hashable, Sendable {
    // Answered with an error, before any token; free.

    /// 429 with `Retry-After: 1`.
    case rateLimit = "rate_limit"
    /// 500.
    case serverError = "server_error"
    /// 503.
    case unavailable
    /// 502 with an HTML page, as of a proxy in between.
    case html
    /// 402 with the account's id at the top level.
    case insufficientCredits = "insufficient_credits"
    /// 401.
    case badKey = "bad_key"
    /// 403.
    case moderation
    /// 404 with availability code `no_endpoints`.
    case noEndpoints = "no_endpoints"
    /// 400.
    case contextLength = "context_length"

    // Late or never.

    /// Not a byte, until the client leaves. Billed whole or not at all, by the seed.
    case hang
    /// The head and a few comments, then silence until the client leaves. Whole: as `hang`.
    case silentStream = "silent_stream"
    /// The first byte after three seconds.
    case slow

    // Broken off.

    /// The connection closes in the middle, between two events. Whole: as `truncated_json`.
    case cutStream = "cut_stream"
    /// The connection closes in the middle of the JSON; a whole answer has announced more bytes than come.
    case truncatedJSON = "truncated_json"
    /// Bytes that are no JSON; a stream has one such event in the middle and goes on.
    case brokenJSON = "broken_json"
    /// An error event in the middle, and the stream's end. Whole: status 200 with the error in the choice. Free.
    case streamError = "stream_error"

    /// A provider that goes on, and charges all of it, when its client leaves.
    case unstoppable
    /// A stream of four times the tokens that were allowed, each event with the usage so far.
    case runaway

    // Usage that cannot be believed, or is odd. The call itself is complete.

    /// No usage at all.
    case missingUsage = "missing_usage"
    /// A negative cost.
    case lyingUsage = "lying_usage"
    /// `"cost": null`.
    case nullCost = "null_cost"
    /// The cost with an exponent.
    case exponentCost = "exponent_cost"
    /// Paid with the account's own provider key: `cost` is the fee, `upstream_inference_cost` the price.
    case byok
    /// Usage and record tell a cache discount below zero, as for a cache that was written: the cost holds it already.
    case negativeDiscount = "negative_discount"
    /// Ten times the most that the request could cost, and billed so.
    case overrun
}
