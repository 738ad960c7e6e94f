/// The bytes that a base64 text stands for, decoded one at a time and only where they are looked at: a picture's size stands in
/// its first few hundred bytes, and the text can be 30 MB.
struct Base64Text {
    /// Nothing but the alphabet of RFC 4648 §4 or §5, up to three in a row with padding; no white space.
    let text: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) {
        var text = text
        while let last = text.last, last == UInt8(ascii: "=") { text.removeLast() }
        self.text = text
    }

    /// How many bytes there are.
    var count: Int { text.count / 4 * 3 + max(0, text.count % 4 - 1) }

    /// Nil beyond the end, and where the text is no base64.
    subscript(_ index: Int) -> UInt8? {
        guard index >= 0, index < count else { return nil }
        let at = text.startIndex + index / 3 * 4 + index % 3
        guard at + 1 < text.endIndex, let left = Base64Text.value(text[at]), let right = Base64Text.value(text[at + 1])
        else { return nil }
        switch index % 3 {
        case 0: return left << 2 | right >> 4
        case 1: return left << 4 | right >> 2
        default: return left << 6 | right
        }
    }

    func big16(_ index: Int) -> Int64? { number([index, index + 1]) }
    func big32(_ index: Int) -> Int64? { number([index, index + 1, index + 2, index + 3]) }
    func little16(_ index: Int) -> Int64? { number([index + 1, index]) }
    func little24(_ index: Int) -> Int64? { number([index + 2, index + 1, index]) }
    func little32(_ index: Int) -> Int64? { number([index + 3, index + 2, index + 1, index]) }

    /// Whether these characters stand at a place.
    func holds(_ word: String, at index: Int) -> Bool {
        word.utf8.enumerated().allSatisfy { self[index + $0.offset] == $0.element }
    }

    private func number(_ indices: [Int]) -> Int64? {
        var value: Int64 = 0
        for index in indices {
            guard let byte = self[index] else { return nil }
            value = value << 8 | Int64(byte)
        }
        return value
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
