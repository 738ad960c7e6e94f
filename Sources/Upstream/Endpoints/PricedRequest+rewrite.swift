public import ExactMoney
public import Pricing

/// The prices that upstream is held to: `provider.max_price`, USD per million tokens.
public struct PricePin: Hashable, Sendable {
    public let prompt: Rate
    public let completion: Rate

    public init(prompt: Rate, completion: Rate) {
        self.prompt = prompt
        self.completion = completion
    }

    /// A client's own price, a number or a string, in picodollars per token; nil where it is none.
    static func picodollars(_ value: JSONValue) -> Int128? {
        guard value.kind == .number || value.kind == .string else { return nil }
        let text = value.kind == .number ? Array(value.text) : Array((value.string ?? "").utf8)
        guard let amount = try? ExactDecimal.scaled(text, decimals: 6, rounding: .down), amount >= 0 else { return nil }
        return amount
    }
}

extension PricedRequest {
    /// The body for upstream: the client's own bytes but for the model, the output limit, the pinned price, and usage on
    /// streams.
    ///
    /// - Parameter outputTokens: set under the client's own name or names; each stays at the client's where that is lower.
    public func body(model: ModelName, outputTokens: Int64, pin: PricePin) -> [UInt8] {
        let root = document.root
        var edits = JSONEdits(document)
        edits.set("model", in: root, to: JSONText.quoted(model.text)) { $0.string == model.text }

        let names = endpoint.limitNames.filter { root[$0].map { !$0.isNull } ?? false }
        for name in names.isEmpty ? endpoint.limitNames.prefix(1) : names[...] {
            edits.set(name, in: root, to: String(outputTokens)) { ($0.integer ?? .max) <= outputTokens }
        }
        if isStream, endpoint.asksForUsage {
            edits.setObject("stream_options", in: root, whole: #"{"include_usage":true}"#) { options, edits in
                edits.set("include_usage", in: options, to: "true") { $0.bool == true }
            }
        }
        let prompt = pin.prompt.usdPerMillion
        let completion = pin.completion.usdPerMillion
        let prices = #"{"prompt":\#(prompt),"completion":\#(completion)}"#
        edits.setObject("provider", in: root, whole: #"{"max_price":\#(prices)}"#) { provider, edits in
            edits.setObject("max_price", in: provider, whole: prices) { own, edits in
                edits.set("prompt", in: own, to: prompt) { $0.isPrice(atMost: pin.prompt) }
                edits.set("completion", in: own, to: completion) { $0.isPrice(atMost: pin.completion) }
            }
        }
        return edits.applied()
    }
}

extension JSONValue {
    fileprivate func isPrice(atMost rate: Rate) -> Bool {
        PricePin.picodollars(self).map { $0 <= Int128(rate.picodollars) } ?? false
    }
}

/// Replacements and insertions in a JSON text that leave every other byte as it was.
struct JSONEdits {
    private let document: JSONDocument
    private var replacements: [(range: Range<Int>, text: String)] = []
    /// By object: members to insert after its opening brace.
    private var insertions: [(object: JSONValue, members: [String])] = []

    init(_ document: JSONDocument) {
        self.document = document
    }

    /// Sets a member, unless the one there will do.
    mutating func set(_ name: String, in object: JSONValue, to text: String, unless keeps: (JSONValue) -> Bool) {
        if let present = object[name] {
            if !keeps(present) { replacements.append((present.range, text)) }
        } else if let place = insertions.firstIndex(where: { $0.object.index == object.index }) {
            insertions[place].members.append("\"\(name)\":\(text)")
        } else {
            insertions.append((object, ["\"\(name)\":\(text)"]))
        }
    }

    /// Edits the object that stands under `name`, or sets it `whole` where there is none.
    mutating func setObject(
        _ name: String, in object: JSONValue, whole: String, edit: (JSONValue, inout JSONEdits) -> Void
    ) {
        if let present = object[name], present.kind == .object {
            edit(present, &self)
        } else {
            set(name, in: object, to: whole) { _ in false }
        }
    }

    func applied() -> [UInt8] {
        var all = replacements
        for (object, members) in insertions {
            let at = object.range.lowerBound + 1
            let isEmpty = object.members.first { _ in true } == nil
            all.append((at..<at, members.joined(separator: ",") + (isEmpty ? "" : ",")))
        }
        all.sort { $0.range.lowerBound < $1.range.lowerBound }
        var out: [UInt8] = []
        out.reserveCapacity(document.bytes.count + 160)
        var copied = 0
        for (range, text) in all {
            out += document.bytes[copied..<range.lowerBound]
            out += text.utf8
            copied = range.upperBound
        }
        out += document.bytes[copied...]
        return out
    }
}
