internal import Budgeting
internal import Receipts

/// A mailbox, `ops@example.com`. In ASCII, and nothing in it can end a line or a command.
public struct MailAddress: Hashable, Sendable {
    public let text: String

    /// Nil for what is no address.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, text.utf8.count <= 254,
            parts[0].utf8.allSatisfy({ MailAddress.isAtom($0) || $0 == UInt8(ascii: ".") }),
            parts[1].utf8.allSatisfy({ MailAddress.isName($0) })
        else { return nil }
        self.text = text
    }

    var domain: Substring { text.drop { $0 != "@" }.dropFirst() }

    /// https://datatracker.ietf.org/doc/html/rfc5322#section-3.2.3
    private static func isAtom(_ byte: UInt8) -> Bool {
        isName(byte) && byte != UInt8(ascii: ".") || "!#$%&'*+/=?^_`{|}~".utf8.contains(byte)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}

/// One letter, as it goes over the wire: RFC 5322 in plain ASCII, its text as Base64.
///
/// The same message makes the same letter each time, its `Message-ID` included: a mailbox that has it can tell a repetition.
struct Mail: Hashable, Sendable {
    let from: MailAddress
    let to: MailAddress
    private let id: String
    private let at: Instant
    private let subject: String
    private let text: String

    /// - Parameter message: its body is the subject, an empty line, and the text.
    init(_ message: Outbox.Message, to: MailAddress, from: MailAddress) {
        self.from = from
        self.to = to
        id = message.id
        at = message.at
        let parts = message.body.split(separator: "\n\n", maxSplits: 1)
        subject = String(parts.first ?? "")
        text = String(parts.dropFirst().first ?? "")
    }

    /// Header and body, lines ended by CRLF; no line begins with a dot.
    var bytes: [UInt8] {
        let lines =
            [
                "From: Bursar <\(from.text)>", "To: <\(to.text)>", "Subject: \(Mail.encoded(subject))",
                "Date: \(Mail.date(at))", "Message-ID: <\(id)@\(from.domain)>", "Auto-Submitted: auto-generated",
                "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
                "",
            ] + Mail.wrapped(Base64.encode(Array(text.utf8)))
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// Plain where it is; else as encoded words. https://datatracker.ietf.org/doc/html/rfc2047
    static func encoded(_ text: String) -> String {
        if text.utf8.count <= 200, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), !text.contains("=?") {
            return text
        }
        var words: [[UInt8]] = [[]]
        for character in text {
            let bytes = Array(String(character).utf8)
            // An encoded word is at most 75 characters long: 45 bytes in Base64, and what is around them.
            if words[words.count - 1].count + bytes.count > 45 { words.append([]) }
            words[words.count - 1] += bytes.prefix(45)
        }
        return words.map { "=?utf-8?B?\(Base64.encode($0))?=" }.joined(separator: "\r\n ")
    }

    private static func wrapped(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: 76).map {
            String(decoding: bytes[$0..<min($0 + 76, bytes.count)], as: UTF8.self)
        }
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `26 Nov 2026 12:50:21 +0000`.
    private static func date(_ instant: Instant) -> String {
        let text = instant.rfc3339
        let fields = text.split { "-T".contains($0) }
        let month = months[(Int(fields[1]) ?? 1) - 1]
        return "\(fields[2]) \(month) \(fields[0]) \(fields[3].dropLast()) +0000"
    }
}
