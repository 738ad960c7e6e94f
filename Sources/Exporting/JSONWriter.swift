/// Writes JSON text member by member. Numbers of money are written from their decimal text, so that no digit is lost.
struct JSONWriter {
    private(set) var text = ""
    private var needsComma = false

    /// An object.
    static func object(_ build: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.object(build)
        return writer.text
    }

    mutating func object(_ build: (inout JSONWriter) -> Void) { nested("{", "}", build) }
    mutating func array(_ build: (inout JSONWriter) -> Void) { nested("[", "]", build) }

    private mutating func nested(_ open: Character, _ close: Character, _ build: (inout JSONWriter) -> Void) {
        separate()
        text.append(open)
        needsComma = false
        build(&self)
        text.append(close)
        needsComma = true
    }

    mutating func member(_ key: String, _ value: String?) {
        guard let value else { return }
        self.key(key)
        string(value)
    }

    mutating func member(_ key: String, _ value: Int64?) {
        guard let value else { return }
        self.key(key)
        raw(String(value))
    }

    mutating func member(_ key: String, _ value: Bool) {
        self.key(key)
        raw(value ? "true" : "false")
    }

    /// A number given as its text.
    mutating func member(_ key: String, number: String?) {
        guard let number else { return }
        self.key(key)
        raw(number)
    }

    mutating func key(_ key: String) {
        string(key)
        text += ":"
        needsComma = false
    }

    mutating func raw(_ value: String) {
        separate()
        text += value
        needsComma = true
    }

    mutating func string(_ value: String) {
        separate()
        text += "\""
        defer {
            text += "\""
            needsComma = true
        }
        // Nearly all that is written is plain.
        if value.utf8.allSatisfy({ 0x20..<0x7F ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            text += value
            return
        }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    private mutating func separate() {
        if needsComma { text += "," }
    }
}
