/// Whether a provider stops charging when the connection to it closes.
///
/// Fact: "Supported providers" of OpenRouter's streaming page, https://openrouter.ai/docs/api-reference/streaming, read 2026-08.
/// Only streams can be stopped at all.
public enum Cancellation: Hashable, Sendable {
    case stopsBilling
    /// The whole completion is charged.
    case billsOn
    /// Not in the table, or not told yet.
    case unknown

    /// - Parameter provider: the name in an answer's `provider`.
    public init(provider: String?) {
        guard let provider else {
            self = .unknown
            return
        }
        // "Amazon Bedrock", "amazon-bedrock" and "AmazonBedrock" are one.
        let name = provider.lowercased().filter { $0.isLetter || $0.isNumber }
        self =
            Cancellation.stopping.contains(name)
            ? .stopsBilling : Cancellation.goingOn.contains(name) ? .billsOn : .unknown
    }

    private static let stopping: Set<String> = [
        "openai", "azure", "anthropic", "fireworks", "novita", "novitaai", "deepinfra", "together", "cohere",
        "cloudflare",
        "xai", "chutes", "deepseek", "friendli", "liquid", "hyperbolic", "avian", "sfcompute",
    ]

    private static let goingOn: Set<String> = [
        "amazonbedrock", "bedrock", "groq", "google", "googleaistudio", "googlevertex", "mistral", "minimax",
        "perplexity",
        "ai21", "sambanova", "alibaba", "nebius", "nebiusaistudio", "replicate", "huggingface", "modal", "featherless",
    ]
}

/// What becomes of an exchange whose client has left; see decision 24.
public enum AfterLeaving: Hashable, Sendable {
    /// Close it: what can be saved is saved, and its record settles it.
    case cancel
    /// Read it to its end, and settle it at once.
    case drain
    /// Read a little more, until id or provider is told.
    case listen

    public init(isStream: Bool, cancellation: Cancellation, hasID: Bool) {
        guard isStream else {
            self = .drain
            return
        }
        switch cancellation {
        case .stopsBilling: self = .cancel
        case .billsOn: self = .drain
        case .unknown: self = hasID ? .cancel : .listen
        }
    }
}
