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
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let tools = Capabilities(rawValue: 1 << 0)
    public static let jsonSchema = Capabilities(rawValue: 1 << 1)
    public static let images = Capabilities(rawValue: 1 << 2)
    public static let reasoning = Capabilities(rawValue: 1 << 3)
    public static let audio = Capabilities(rawValue: 1 << 4)
    public static let video = Capabilities(rawValue: 1 << 5)
    /// Files such as PDF, read by the model itself.
    public static let documents = Capabilities(rawValue: 1 << 6)
    /// It answers in images, or in sound.
    public static let paints = Capabilities(rawValue: 1 << 7)
    public static let speaks = Capabilities(rawValue: 1 << 8)
    /// It turns texts into vectors, and writes nothing.
    public static let embeddings = Capabilities(rawValue: 1 << 9)
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
    /// It searches the web on every call, whatever the request says, and takes its listed fee.
    public var searchesUnasked = false
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

    /// What it answers in beside text.
    var answersIn: Demand.Kinds {
        var kinds: Demand.Kinds = []
        if capabilities.contains(.paints) { kinds.insert(.image) }
        if capabilities.contains(.speaks) { kinds.insert(.audio) }
        return kinds
    }

    /// The vendor, the part before the slash.
    public var author: Substring { name.text.prefix { $0 != "/" } }

    /// The most a call with at most `inputTokens` of text can cost by the sheet. A prompt longer than the context is refused
    /// upstream, so the context bounds it. For showing and comparing; ``ceiling(for:)`` is what is set aside.
    public func ceiling(inputTokens: Int64) -> Ceiling {
        prices.ceiling(inputTokens: min(inputTokens, contextTokens))
    }
}
