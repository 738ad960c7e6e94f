/// JSON strings in and out.
public enum JSONText {
    /// What the inside of a checked JSON string stands for.
    static func decoded(_ raw: ArraySlice<UInt8>, hasEscapes: Bool) -> String {
        guard hasEscapes else { return String(decoding: raw, as: UTF8.self) }
        var bytes = decodedBytes(raw)
        // In checked text three such bytes are an escaped lone surrogate; as one U+FFFD they keep their length.
        for at in bytes.indices.dropLast(2) where bytes[at] == 0xED && bytes[at + 1] >= 0xA0 {
            bytes.replaceSubrange(at...at + 2, with: [0xEF, 0xBF, 0xBD])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As bytes; a lone surrogate becomes its three bytes, so that two different keys never become one.
    static func decodedBytes(_ raw: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(raw.count)
        let raw = Array(raw)
        var at = 0
        while at < raw.count {
            guard raw[at] == UInt8(ascii: "\\") else {
                out.append(raw[at])
                at += 1
                continue
            }
            switch raw[at + 1] {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"):
                at += appendUnicode(raw, at, to: &out)
                continue
            default: out.append(raw[at + 1])
            }
            at += 2
        }
        return out
    }

    /// - Returns: how many bytes of the text were used: 6, or 12 for a surrogate pair.
    private static func appendUnicode(_ raw: [UInt8], _ at: Int, to out: inout [UInt8]) -> Int {
        raw.withUnsafeBufferPointer { bytes in
            var scalar = hex(bytes, at + 2) ?? 0xFFFD
            var used = 6
            if (0xD800..<0xDC00).contains(scalar), at + 12 <= bytes.count, bytes[at + 6] == UInt8(ascii: "\\"),
                bytes[at + 7] == UInt8(ascii: "u"), let low = hex(bytes, at + 8), (0xDC00..<0xE000).contains(low)
            {
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                used = 12
            }
            switch scalar {
            case ..<0x80: out.append(UInt8(scalar))
            case ..<0x800: out += [0xC0 | UInt8(scalar >> 6), 0x80 | UInt8(scalar & 0x3F)]
            case ..<0x10000:
                out += [0xE0 | UInt8(scalar >> 12), 0x80 | UInt8(scalar >> 6 & 0x3F), 0x80 | UInt8(scalar & 0x3F)]
            default:
                out += [
                    0xF0 | UInt8(scalar >> 18), 0x80 | UInt8(scalar >> 12 & 0x3F), 0x80 | UInt8(scalar >> 6 & 0x3F),
                    0x80 | UInt8(scalar & 0x3F),
                ]
            }
            return used
        }
    }

    static func hex(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt32? {
        var value: UInt32 = 0
        for offset in 0..<4 {
            let digit: UInt8
            switch bytes[at + offset] {
            case 0x30...0x39: digit = bytes[at + offset] - 0x30
            case 0x41...0x46: digit = bytes[at + offset] - 0x41 + 10
            case 0x61...0x66: digit = bytes[at + offset] - 0x61 + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// `text` as a JSON string, quotes included.
    public static func quoted(_ text: String) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count + 2)
        append(text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends `text` as a JSON string, quotes included.
    public static func append(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            if bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                out += bytes
            } else {
                for byte in bytes { append(escaping: byte, to: &out) }
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// All that has to be escaped is ASCII; the bytes of other characters stay as they are.
    private static func append(escaping byte: UInt8, to out: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): out += #"\""#.utf8
        case UInt8(ascii: "\\"): out += #"\\"#.utf8
        case UInt8(ascii: "\n"): out += #"\n"#.utf8
        case UInt8(ascii: "\r"): out += #"\r"#.utf8
        case UInt8(ascii: "\t"): out += #"\t"#.utf8
        case ..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            out += #"\u00"#.utf8
            out += [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
        default: out.append(byte)
        }
    }
}
