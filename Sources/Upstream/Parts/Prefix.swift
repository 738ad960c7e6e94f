import Pricing

/// The beginning of a conversation, up to the end of one message: all that the model is shown up to there.
///
/// An agent sends the same beginning again and again. Once a provider has counted it, its tokens are known, and only what comes
/// after has to be bounded by its bytes (decision 19).
public struct Prefix: Hashable, Sendable {
    /// Of everything that is shown before the end of this message, byte by byte. Keyed anew in each process.
    public let hash: Int
    /// How many bytes of the body that is.
    public let byteCount: Int64
    /// The most tokens that what comes after can be.
    public let restTokens: Int64

    /// A beginning shorter than this is not worth remembering.
    static let leastBytes = 4_096
    /// Members of a body that no model is shown, and that change from turn to turn.
    fileprivate static let unseen: Set = [
        "messages", "input", "stream", "stream_options", "max_tokens", "max_completion_tokens", "max_output_tokens",
        "user",
        "session_id", "prompt_cache_key",
    ]
}

extension PricedRequest {
    /// The conversation's beginnings, shortest first; none for one that is short, that holds more than text, or that upstream
    /// may shorten or lengthen by itself.
    public var prefixes: [Prefix] {
        let root = document.root
        guard document.bytes.count >= Prefix.leastBytes, hasOutput, demand.isPlainText, alternatives.isEmpty,
            ["plugins", "transforms", "truncation", "context_management"].allSatisfy({ root[$0] == nil }),
            let messages = root["messages"] ?? root["input"], messages.kind == .array
        else { return [] }
        // Where a cache is to be written is not shown to the model, and moves from turn to turn.
        let moves = demand.caching != .unasked
        var hasher = Hasher()
        // Each path has templates of its own.
        hasher.combine(endpoint.path)
        var seen: Int64 = 0
        for (name, value) in root.members where !Prefix.unseen.contains(name) {
            hasher.combine(name)
            hasher.combine(bytes: moves ? value.without(["cache_control"])[...] : value.text)
            seen += Int64(value.text.count)
        }
        var prefixes: [Prefix] = []
        var left = Int64(messages.elements.reduce(0) { count, _ in count + 1 })
        for message in messages.elements {
            left -= 1
            hasher.combine(bytes: moves ? message.without(["cache_control"])[...] : message.text)
            seen += Int64(message.text.count)
            let after = messages.range.upperBound - message.range.upperBound
            prefixes.append(
                Prefix(
                    hash: hasher.copied, byteCount: seen,
                    restTokens: Int64(after) + PricedRequest.perRequest + PricedRequest.perMessage * left))
        }
        return prefixes.filter { $0.byteCount >= Int64(Prefix.leastBytes) }
    }
}

extension Hasher {
    /// Length first, so that no two parts can be cut differently and be the same.
    fileprivate mutating func combine(bytes: ArraySlice<UInt8>) {
        combine(bytes.count)
        bytes.withUnsafeBytes { combine(bytes: $0) }
    }

    fileprivate var copied: Int {
        let copy = self
        return copy.finalize()
    }
}
