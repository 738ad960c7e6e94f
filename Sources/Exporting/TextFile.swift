internal import Budgeting
internal import Foundation

enum TextFile {
    /// Nil where it cannot be read.
    static func read(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}

extension String {
    /// What stands between the tags of an element of this name, the first.
    func element(_ name: String) -> String? {
        guard let open = range(of: "<\(name)>"), let close = range(of: "</\(name)>", range: open.upperBound..<endIndex)
        else { return nil }
        return String(self[open.upperBound..<close.lowerBound])
    }

    /// A member of a JSON object that is a text.
    func textMember(_ name: String) -> String? {
        let object = try? JSONSerialization.jsonObject(with: Data(utf8)) as? [String: Any]
        return object?[name] as? String
    }

    /// For a form's body: everything but letters, digits and `-._~`.
    var percentEncoded: String {
        utf8.map { byte in
            let scalar = Character(UnicodeScalar(byte))
            let isPlain = scalar.isASCII && (scalar.isLetter || scalar.isNumber || "-._~".contains(scalar))
            return isPlain ? String(scalar) : "%" + Hex.text([byte]).uppercased()
        }.joined()
    }
}

extension Instant {
    /// `2026-06-15T12:00:00Z`, with a fraction or without; nil for anything else.
    init?(rfc3339 text: String) {
        let fields = text.split { "-T:Z.".contains($0) }.prefix(6).compactMap { Int64($0) }
        guard fields.count == 6, text.hasSuffix("Z") else { return nil }
        let days = CivilDate(year: fields[0], month: fields[1], day: fields[2]).daysSince1970
        self.init(seconds: days * 86_400 + fields[3] * 3_600 + fields[4] * 60 + fields[5])
    }
}
