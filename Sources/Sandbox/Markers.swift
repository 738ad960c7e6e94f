/// What a message asks of the sandbox in its own text, so that a client that knows nothing of it can: `[sandbox:hang]`,
/// `[sandbox:tokens=40]`, `[sandbox:delay=5]`, `[sandbox:dense]` for a tokenizer that makes a token of every byte.
///
/// The first marker of a kind counts.
struct Markers: Hashable, Sendable {
    private(set) var fault: Fault?
    /// How many output tokens the answer is to have, the cap permitting.
    private(set) var tokens: Int?
    /// The pause between two tokens, in milliseconds.
    private(set) var delay: Int?
    private(set) var isDense = false
    /// A marker that means nothing.
    private(set) var unknown: String?

    init(in texts: some Sequence<String>) {
        for text in texts {
            // Most texts have no marker; this keeps long prompts cheap.
            var rest = text.utf8[...]
            while let opening = rest.firstRange(of: "[sandbox:".utf8) {
                rest = rest[opening.upperBound...]
                guard let closing = rest.firstIndex(of: UInt8(ascii: "]")) else { break }
                read(String(decoding: rest[..<closing], as: UTF8.self))
                rest = rest[closing...]
            }
        }
    }

    private mutating func read(_ marker: String) {
        let parts = marker.split(separator: "=", maxSplits: 1)
        let number = parts.count == 2 ? Int(parts[1]).flatMap { $0 >= 0 ? $0 : nil } : nil
        switch (parts.first, number) {
        case ("tokens", let number?): tokens = tokens ?? max(1, number)
        case ("delay", let number?): delay = delay ?? number
        case ("dense", nil): isDense = true
        default:
            if let named = Fault(rawValue: marker) {
                fault = fault ?? named
            } else {
                unknown = unknown ?? marker
            }
        }
    }
}
