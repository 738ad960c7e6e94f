/// A model's name as OpenRouter lists it, `author/slug`.
public struct ModelName: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public var description: String { text }
}

/// What a request can need of a model.
public struct Capabilities: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let tools = Capabilities(rawValue: 1 << 0)
    public static let jsonSchema = Capabilities(rawValue: 1 << 1)
    public static let images = Capabilities(rawValue: 1 << 2)
    public static let reasoning = Capabilities(rawValue: 1 << 3)
}

/// One model that can be priced: what it can do, how much it takes, what it costs.
public struct Model: Hashable, Sendable {
    public var name: ModelName
    /// The dated name that `name` stands for, where the list gives one.
    public var canonicalName: ModelName?
    /// The most tokens that prompt and completion may have together.
    public var contextTokens: Int64
    /// The most tokens of one completion; nil where the list gives none, then the context bounds it.
    public var maxOutputTokens: Int64?
    public var capabilities: Capabilities
    public var prices: PriceSheet

    public init(
        name: ModelName, canonicalName: ModelName? = nil, contextTokens: Int64, maxOutputTokens: Int64?,
        capabilities: Capabilities, prices: PriceSheet
    ) {
        self.name = name
        self.canonicalName = canonicalName
        self.contextTokens = contextTokens
        self.maxOutputTokens = maxOutputTokens
        self.capabilities = capabilities
        self.prices = prices
    }

    /// The largest output limit the model takes.
    public var outputTokensLimit: Int64 { min(maxOutputTokens ?? contextTokens, contextTokens) }

    /// The vendor, the part before the slash.
    public var author: Substring { name.text.prefix { $0 != "/" } }

    /// The most a call with at most `inputTokens` of prompt can cost. A prompt longer than the context is refused
    /// upstream, so the context bounds it.
    public func ceiling(inputTokens: Int64) -> Ceiling {
        prices.ceiling(inputTokens: min(inputTokens, contextTokens))
    }
}
