/// What a call used, as the provider counts it.
public struct Usage: Hashable, Sendable {
    /// All prompt tokens, cached ones included.
    public var inputTokens: Int64
    /// All completion tokens, reasoning included.
    public var outputTokens: Int64
    /// Prompt tokens read from a cache.
    public var cachedTokens: Int64
    /// Prompt tokens written to a cache.
    public var cacheWriteTokens: Int64
    /// Completion tokens spent on reasoning.
    public var reasoningTokens: Int64
    /// Prompt tokens that are sound.
    public var audioTokens: Int64

    public init(
        inputTokens: Int64, outputTokens: Int64, cachedTokens: Int64 = 0, cacheWriteTokens: Int64 = 0,
        reasoningTokens: Int64 = 0, audioTokens: Int64 = 0
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedTokens = cachedTokens
        self.cacheWriteTokens = cacheWriteTokens
        self.reasoningTokens = reasoningTokens
        self.audioTokens = audioTokens
    }

    public static let none = Usage(inputTokens: 0, outputTokens: 0)
}
