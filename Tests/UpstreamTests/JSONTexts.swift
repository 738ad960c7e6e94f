/// Random JSON texts that RFC 8259 allows and Foundation reads, with odd spacing, escapes and numbers.
struct JSONTexts {
    var chance: Seeded

    init(seed: UInt64) {
        chance = Seeded(seed)
    }

    mutating func document() -> [UInt8] {
        Array((space() + value(depth: 0) + space()).utf8)
    }

    private mutating func value(depth: Int) -> String {
        switch chance.number(0...(depth < 5 ? 9 : 5)) {
        case 0: return "null"
        case 1: return "true"
        case 2: return "false"
        case 3: return number()
        case 4, 5: return string()
        case 6, 7:
            let items = (0..<chance.number(0...5)).map { _ in space() + value(depth: depth + 1) + space() }
            return "[" + (items.isEmpty ? space() : items.joined(separator: ",")) + "]"
        default:
            let members = (0..<chance.number(0...5)).map { index in
                // The number keeps keys apart, whatever else is in them.
                let key = "\"\(index)" + string().dropFirst()
                return space() + key + space() + ":" + space() + value(depth: depth + 1) + space()
            }
            return "{" + (members.isEmpty ? space() : members.joined(separator: ",")) + "}"
        }
    }

    private mutating func number() -> String {
        var text = chance.once(in: 3) ? "-" : ""
        text += chance.once(in: 4) ? "0" : String(chance.number(1...999_999))
        if chance.once(in: 3) { text += ".\(chance.number(0...9_999))" }
        if chance.once(in: 4) { text += chance.one(of: ["e", "E", "e+", "E-"]) + "\(chance.number(0...20))" }
        return text
    }

    private mutating func string() -> String {
        let pieces = [
            "a", "Z", " ", "0", "/", "long enough for the fast path", "\u{7F}", "é", "ß", "€", "字", "👍🏽", "\u{10FFFF}",
            "\\\"",
            "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\u00e9", "\\u20AC", "\\uD83D\\uDE00",
            "\\u0000",
        ]
        var text = "\""
        for _ in 0..<chance.number(0...12) { text += chance.one(of: pieces) }
        return text + "\""
    }

    private mutating func space() -> String { chance.one(of: ["", "", "", " ", "\n", "\t", "\r\n", "  "]) }

    /// The text with a few bytes changed, taken out, or put in.
    mutating func mutated(_ text: [UInt8]) -> [UInt8] {
        var text = text
        let bytes: [UInt8] = Array("\"\\{}[]:,.-+eE019tfnu \n".utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFF]
        for _ in 0..<chance.number(1...3) where !text.isEmpty {
            let at = Int(chance.number(0...Int64(text.count - 1)))
            switch chance.number(0...2) {
            case 0: text[at] = chance.one(of: bytes)
            case 1: text.remove(at: at)
            default: text.insert(chance.one(of: bytes), at: at)
            }
        }
        return text
    }
}
