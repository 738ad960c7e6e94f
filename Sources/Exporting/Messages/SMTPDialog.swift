/// What a mail server says: one reply of one or more lines.
struct SMTPReply: Hashable, Sendable {
    var code: Int
    var lines: [String]

    /// For a person: the code and what it said, not too long.
    var excerpt: String { "\(code) \(lines.joined(separator: " ").prefix(200))" }
}

/// Puts replies together from bytes as they come. https://datatracker.ietf.org/doc/html/rfc5321#section-4.2
struct SMTPReplyReader {
    struct Malformed: Error {}

    private var bytes: [UInt8] = []
    private var lines: [String] = []

    /// The most that one reply may be long.
    private static let mostBytes = 65_536

    /// Nothing is left over.
    var isEmpty: Bool { bytes.isEmpty && lines.isEmpty }

    mutating func take(_ more: some Sequence<UInt8>) { bytes += more }

    /// The next whole reply; nil while it has not come.
    mutating func next() throws(Malformed) -> SMTPReply? {
        while let end = bytes.firstIndex(of: 0x0A) {
            var line = bytes[..<end]
            if line.last == 0x0D { line = line.dropLast() }
            let text = String(decoding: line, as: UTF8.self)
            bytes.removeFirst(end + 1)
            guard let code = Int(text.prefix(3)), (200..<600).contains(code), lines.count < 256 else {
                throw Malformed()
            }
            lines.append(String(text.dropFirst(4)))
            guard text.dropFirst(3).first == "-" else {
                defer { lines = [] }
                return SMTPReply(code: code, lines: lines)
            }
        }
        guard bytes.count <= Self.mostBytes else { throw Malformed() }
        return nil
    }
}

/// One letter handed to a mail server: told what the server said, it answers what to do. It owns no socket.
///
/// ```
/// greeting ─► hello ─► [startTLS ─► hello] ─► [plain | username ─► password] ─► sender ─► recipient ─► data ─► content ─► over
/// ```
/// https://datatracker.ietf.org/doc/html/rfc5321, /rfc3207 (STARTTLS), /rfc4954 (AUTH)
struct SMTPDialog: Sendable {
    enum Step: Hashable, Sendable {
        case greeting, hello, startTLS, plain, username, password, sender, recipient, data, content, over
    }

    enum Action: Hashable, Sendable {
        case send(String)
        case sendContent([UInt8])
        /// Begin TLS, then send.
        case secure(thenSend: String)
        /// The server has taken the letter. Send this and go.
        case delivered(saying: String, parting: String)
        case failed(SinkFailure)
    }

    private let mail: Mail
    private let server: MailServer
    private(set) var step = Step.greeting
    private var isSecure: Bool

    init(_ mail: Mail, to server: MailServer) {
        self.mail = mail
        self.server = server
        isSecure = server.security == .tls
    }

    mutating func take(_ reply: SMTPReply) -> Action {
        switch (step, reply.code) {
        case (.greeting, 220): return go(.hello, "EHLO \(mail.from.domain)")
        case (.hello, 250): return greeted(reply)
        case (.startTLS, 220):
            isSecure = true
            step = .hello
            return .secure(thenSend: "EHLO \(mail.from.domain)\r\n")
        case (.username, 334): return go(.password, Base64.encode(Array((server.login?.username ?? "").utf8)))
        case (.password, 334): return go(.plain, Base64.encode(Array((server.login?.password ?? "").utf8)))
        case (.plain, 235): return go(.sender, "MAIL FROM:<\(mail.from.text)>")
        case (.sender, 250): return go(.recipient, "RCPT TO:<\(mail.to.text)>")
        case (.recipient, 250), (.recipient, 251): return go(.data, "DATA")
        case (.data, 354):
            step = .content
            return .sendContent(mail.bytes + Array(".\r\n".utf8))
        case (.content, 250):
            step = .over
            return .delivered(saying: reply.excerpt, parting: "QUIT\r\n")
        default: return fail("it answered \(reply.excerpt)")
        }
    }

    /// The server has said what it can.
    private mutating func greeted(_ reply: SMTPReply) -> Action {
        let offers = reply.lines.dropFirst().map { $0.uppercased() }
        if server.security == .starttls, !isSecure {
            guard offers.contains("STARTTLS") else { return fail("it does not offer STARTTLS") }
            return go(.startTLS, "STARTTLS")
        }
        guard let login = server.login else { return go(.sender, "MAIL FROM:<\(mail.from.text)>") }
        let ways = offers.first { $0.hasPrefix("AUTH ") }?.split(separator: " ").dropFirst() ?? []
        if ways.contains("PLAIN") {
            let secret = "\0\(login.username)\0\(login.password)"
            return go(.plain, "AUTH PLAIN \(Base64.encode(Array(secret.utf8)))")
        }
        guard ways.contains("LOGIN") else { return fail("it offers neither AUTH PLAIN nor AUTH LOGIN") }
        return go(.username, "AUTH LOGIN")
    }

    private mutating func go(_ next: Step, _ line: String) -> Action {
        step = next
        return .send(line + "\r\n")
    }

    /// All that a mail server refuses may be mended: a login, a mailbox, a quota.
    private mutating func fail(_ what: String) -> Action {
        step = .over
        return .failed(.tryAgain(what))
    }
}
