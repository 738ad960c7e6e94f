/// A piece of a page, safe by construction: what stands literally in the source is markup, what is put in is text.
///
///     let row: HTML = "<td>\(tenant.name)</td>"
///
/// Text is escaped for element content and for quoted attributes, the only two places where it may be put in; nothing is ever put
/// into a script, a style or an unquoted attribute. Nothing makes markup of a `String` that came in.
struct HTML: Sendable, ExpressibleByStringInterpolation {
    private(set) var text: String

    static let empty: HTML = ""

    /// For the compiler. Nobody calls it: a test looks.
    init(stringLiteral markup: String) {
        text = markup
    }

    init(stringInterpolation: Parts) {
        text = stringInterpolation.text
    }

    private init(joined text: String) {
        self.text = text
    }

    static func + (lhs: HTML, rhs: HTML) -> HTML { HTML(joined: lhs.text + rhs.text) }

    /// One after the other.
    static func all(_ pieces: some Sequence<HTML>) -> HTML {
        HTML(joined: pieces.reduce(into: "") { $0 += $1.text })
    }

    /// What the compiler builds an interpolation of.
    struct Parts: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ markup: String) { text += markup }

        mutating func appendInterpolation(_ value: HTML) { text += value.text }
        mutating func appendInterpolation(_ value: HTML?) { text += value?.text ?? "" }
        mutating func appendInterpolation(_ values: [HTML]) { for value in values { text += value.text } }
        mutating func appendInterpolation(_ value: String) { HTML.escape(value, into: &text) }
        mutating func appendInterpolation(_ value: Substring) { HTML.escape(String(value), into: &text) }
        mutating func appendInterpolation(_ value: some FixedWidthInteger) { text += "\(value)" }
    }

    private static func escape(_ value: String, into text: inout String) {
        guard value.utf8.contains(where: { entity(for: $0) != nil }) else {
            text += value
            return
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.utf8.count + 16)
        for byte in value.utf8 {
            if let entity = entity(for: byte) { bytes += entity.utf8 } else { bytes.append(byte) }
        }
        text += String(decoding: bytes, as: UTF8.self)
    }

    /// https://html.spec.whatwg.org/multipage/parsing.html#escapingString, and control characters, which no name may have.
    private static func entity(for byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        case 0..<9, 11..<32, 127: "\u{FFFD}"
        default: nil
        }
    }
}

/// Markup under a condition. Written so, because a bare literal in a ternary would be taken for text, and escaped.
func when(_ condition: Bool, _ markup: HTML) -> HTML { condition ? markup : .empty }

extension Sequence {
    /// A piece for each element.
    func html(_ piece: (Element) -> HTML) -> HTML { HTML.all(map(piece)) }
}
