/// The text of one scrape while it is written.
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
struct Exposition {
    private(set) var text = ""

    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    mutating func begin(_ name: String, _ kind: Kind, help: String) {
        text += "# HELP \(name) \(Exposition.escaped(help))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// - Parameter labels: as ``labels(_:)`` writes them.
    mutating func sample(_ name: String, _ labels: String, _ value: String) {
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels
            text += "}"
        }
        text += " "
        text += value
        text += "\n"
    }

    /// `tenant="acme",model="openai/gpt-5"`, in the order given.
    static func labels(_ labels: [(name: String, value: String)]) -> String {
        labels.map { "\($0.name)=\"\(escaped($0.value, quote: "\\\""))\"" }.joined(separator: ",")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    /// Quotes are escaped in values of labels, and stay as they are in help texts.
    private static func escaped(_ text: String, quote: String = "\"") -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") || $0 == 10 }) else {
            return text
        }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"": escaped += quote
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
