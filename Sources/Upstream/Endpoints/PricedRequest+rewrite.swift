import ExactMoney
public import Pricing

/// The prices that upstream is held to: `provider.max_price`, USD per million tokens, and `request` in USD.
///
/// Only what the request can be charged for is pinned, so that no endpoint is shut out for a price that does not matter.
public struct PricePin: Hashable, Sendable {
    /// By name, in the order in which they are written.
    let limits: [(name: String, most: Rate)]

    /// - Parameter prices: what was reserved at.
    public init(_ prices: Rates, for demand: Demand) {
        var limits = [("prompt", prices.prompt), ("completion", prices.completion)]
        if prices.request > .zero { limits.append(("request", prices.request)) }
        if !demand.images.isEmpty, let image = prices.image { limits.append(("image", image)) }
        if demand.audioTokens > 0 || demand.open.contains(.audio), let audio = prices.audio {
            limits.append(("audio", audio))
        }
        self.limits = limits
    }

    public static func == (a: PricePin, b: PricePin) -> Bool {
        a.limits.elementsEqual(b.limits) { $0.name == $1.name && $0.most == $1.most }
    }

    public func hash(into hasher: inout Hasher) {
        for limit in limits { hasher.combine(limit.most) }
    }

    static let names = ["prompt", "completion", "request", "image", "audio"]

    /// Prices of a request are in USD, all others in USD per million.
    static func decimals(_ name: String) -> Int { name == "request" ? 12 : 6 }

    /// A client's own price, a number or a string, in picodollars; nil where it is none.
    static func picodollars(_ value: JSONValue, _ name: String) -> Int128? {
        guard value.kind == .number || value.kind == .string else { return nil }
        let text = value.kind == .number ? Array(value.text) : Array((value.string ?? "").utf8)
        guard let amount = try? ExactDecimal.scaled(text, decimals: decimals(name), rounding: .down), amount >= 0 else {
            return nil
        }
        return amount
    }
}

extension PricePin {
    fileprivate static func text(_ name: String, _ rate: Rate) -> String {
        ExactDecimal.text(Int128(rate.picodollars), decimals: decimals(name))
    }
}

extension PricedRequest {
    /// The body for upstream: the client's own bytes but for the model, the output limit, the pinned price, and usage on
    /// streams.
    ///
    /// - Parameters:
    ///   - outputTokens: set under the client's own name or names; each stays at the client's where that is lower.
    ///   - fallbacks: the client's own `models`, by their full names. A model that stands in for the one asked for has none:
    ///     what was reserved is its own price.
    public func body(
        model: ModelName, outputTokens: Int64, pin: PricePin, fallbacks: [ModelName] = []
    ) -> [UInt8] {
        let root = document.root
        var edits = JSONEdits(document)
        edits.set("model", in: root, to: JSONText.quoted(model.text)) { $0.string == model.text }
        if !alternatives.isEmpty {
            let names = fallbacks.isEmpty ? [model.text] : fallbacks.map(\.text)
            edits.set("models", in: root, to: "[" + names.map(JSONText.quoted).joined(separator: ",") + "]") {
                $0.elements.map(\.string) == names
            }
        }

        let names = endpoint.limitNames.filter { root[$0].map { !$0.isNull } ?? false }
        for name in names.isEmpty ? endpoint.limitNames.prefix(1) : names[...] {
            edits.set(name, in: root, to: String(outputTokens)) { ($0.integer ?? .max) <= outputTokens }
        }
        if isStream, endpoint.asksForUsage {
            edits.setObject("stream_options", in: root, whole: #"{"include_usage":true}"#) { options, edits in
                edits.set("include_usage", in: options, to: "true") { $0.bool == true }
            }
        }
        let prices = pin.limits.map { (name: $0.name, most: $0.most, text: PricePin.text($0.name, $0.most)) }
        let whole = "{" + prices.map { "\"\($0.name)\":\($0.text)" }.joined(separator: ",") + "}"
        edits.setObject("provider", in: root, whole: #"{"max_price":\#(whole)}"#) { provider, edits in
            edits.setObject("max_price", in: provider, whole: whole) { own, edits in
                for price in prices {
                    edits.set(price.name, in: own, to: price.text) { $0.isPrice(price.name, atMost: price.most) }
                }
            }
        }
        return edits.applied()
    }
}

extension JSONValue {
    fileprivate func isPrice(_ name: String, atMost rate: Rate) -> Bool {
        PricePin.picodollars(self, name).map { $0 <= Int128(rate.picodollars) } ?? false
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
