public import ExactMoney

/// What a request asks for, as far as its cost goes. Every number is an upper bound, none depends on the model.
///
/// ``Model/ceiling(for:)`` says what it can come to. A reader of a request counts each byte once: as text, or as part of
/// something that is named here.
public struct Demand: Hashable, Sendable {
    /// The most tokens that all text can come to, templates around it included: every byte may be one.
    public var textTokens: Int64
    public var images: [Image] = []
    /// The most tokens that sound of known length can come to.
    public var audioTokens: Int64 = 0
    /// Bytes of images and sound that are priced as such. A model that takes neither may be given them as text.
    public var mediaBytes: Int64 = 0
    /// What the prompt holds that only the context bounds: its length in tokens cannot be told beforehand.
    public var open: Kinds = []
    /// Texts that the model takes one by one, each with a whole context to itself.
    public var inputs: Int64 = 1
    /// How many answers are asked for at once (`n`). Each may cost all of the output, and the prompt anew.
    public var answers: Int64 = 1
    /// Tokens of a predicted answer; those that do not come true are billed as output beside the answer's own.
    public var predictedTokens: Int64 = 0
    public var caching: Caching = .unasked
    /// Files such as PDF, and what reads them.
    public var files = Files()
    /// How often the model's own listed search fee can be charged.
    public var listedSearches: Int64 = 0
    /// All that is charged at fixed amounts outside the price sheet.
    public var fees: Picodollars = .zero

    public init(textTokens: Int64) {
        self.textTokens = textTokens
    }

    /// One answer to text, and nothing else that is billed.
    public var isPlainText: Bool {
        images.isEmpty && audioTokens == 0 && open.isEmpty && answers == 1 && files.count == 0 && listedSearches == 0
            && fees == .zero
    }

    /// The same with a closer bound for its text; a looser one changes nothing.
    public func bounding(textTokens: Int64?) -> Demand {
        var demand = self
        demand.textTokens = min(self.textTokens, textTokens ?? self.textTokens)
        return demand
    }

    public enum Image: Hashable, Sendable {
        /// Width and height in pixels, as the image's own header tells them.
        case sized(width: Int64, height: Int64)
        /// Somewhere else, or in a form that does not tell its size.
        case unsized
    }

    /// Kinds of input that can have prices of their own.
    public struct Kinds: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let text = Kinds(rawValue: 1 << 0)
        public static let image = Kinds(rawValue: 1 << 1)
        public static let audio = Kinds(rawValue: 1 << 2)
        public static let video = Kinds(rawValue: 1 << 3)
        /// Files such as PDF: text, and an image of each page.
        public static let document = Kinds(rawValue: 1 << 4)
    }

    /// Reading a file by OCR costs a fee for each page.
    public struct Files: Hashable, Sendable {
        public enum Reader: Hashable, Sendable {
            /// The model where it can read files, else OCR: OpenRouter's default.
            case model
            case free
            case ocr
        }

        public var count: Int64
        public var reader: Reader

        public init(count: Int64 = 0, reader: Reader = .model) {
            self.count = count
            self.reader = reader
        }
    }

    /// What the request says of the provider's prompt cache. Some write it unasked.
    public enum Caching: Hashable, Comparable, Sendable {
        case unasked
        case asked
        case askedForAnHour
    }
}
