extension Fault {
    /// What a call of `model` is answered with, where the fault is an error before any token.
    func refusal(model: String) -> Refusal? {
        switch self {
        case .rateLimit:
            Refusal(
                status: 429, message: "Rate limit exceeded: \(model) is temporarily rate-limited upstream",
                more: [Refusal.metadata(["error_type": "rate_limit_exceeded", "provider_name": "Sandbox"])],
                retryAfterSeconds: 1)
        case .serverError:
            Refusal(
                status: 500, message: "Internal Server Error", more: [Refusal.metadata(["error_type": "server"])])
        case .unavailable:
            Refusal(
                status: 503, message: "No provider of \(model) is available at the moment",
                more: [Refusal.metadata(["error_type": "provider_overloaded", "provider_name": "Sandbox"])])
        case .html:
            Refusal(
                status: 502, message: "Bad Gateway",
                html: "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>"
                    + "<body><center><h1>502 Bad Gateway</h1></center></body></html>\n")
        case .insufficientCredits:
            Refusal(
                status: 402,
                message: "This request requires more credits, or fewer max_tokens. You requested up to 4096 tokens, "
                    + "but can only afford 12.",
                more: [Refusal.metadata(["error_type": "payment_required"])], beside: [Refusal.account])
        case .badKey:
            Refusal(status: 401, message: "User not found.")
        case .moderation:
            Refusal(
                status: 403, message: "\(model) requires moderation and your input was flagged",
                more: [
                    Refusal.metadata([
                        "error_type": "content_policy_violation", "reasons": ["violence"],
                        "flagged_input": "example", "provider_name": "Sandbox", "model_slug": .string(model),
                    ])
                ])
        case .noEndpoints:
            .unavailable("no_endpoints", message: "No endpoints found for \(model).")
        case .contextLength:
            .tooLong(promptTokens: 1_000_000, contextTokens: 400_000)
        case .hang, .silentStream, .slow, .cutStream, .truncatedJSON, .brokenJSON, .streamError, .missingUsage,
            .unstoppable,
            .runaway,
            .lyingUsage, .nullCost, .exponentCost, .negativeDiscount, .byok, .overrun:
            nil
        }
    }
}
