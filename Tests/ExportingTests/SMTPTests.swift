import Budgeting
import NIOCore
import NIOPosix
import Testing

@testable import Exporting
@testable import Receipts

/// What is said to a mail server, line by line.
@Suite struct SMTPDialogTests {
    private static func address(_ text: String) -> MailAddress {
        guard let address = MailAddress(text) else { preconditionFailure("\(text) is no address") }
        return address
    }

    private static func mail(_ body: String = "Subject\n\nText") -> Mail {
        Mail(
            .init(id: "msg_1", destination: "email", at: Instant(seconds: 1_614_265_330), body: body),
            to: address("ops@example.com"), from: address("bursar@example.org"))
    }

    private static func server(_ security: MailServer.Security, login: Bool) -> MailServer {
        MailServer(
            host: "mail", security: security, login: login ? .init(username: "u", password: "p") : nil,
            from: address("bursar@example.org"))
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var security = MailServer.Security.none
        var login = false
        /// What the server says; several lines are parted by |.
        var said: [String]
        var answered: [String]
    }

    static let stories = [
        Story(
            testDescription: "plain, without a login",
            said: ["220 hi", "250-mail|250 SIZE 1", "250 ok", "250 ok", "354 go", "250 queued"],
            answered: [
                "EHLO example.org", "MAIL FROM:<bursar@example.org>", "RCPT TO:<ops@example.com>", "DATA",
                "(the letter)", "QUIT",
            ]),
        Story(
            testDescription: "STARTTLS, then AUTH PLAIN", security: .starttls, login: true,
            said: [
                "220 hi", "250-mail|250-AUTH PLAIN|250 STARTTLS", "220 go", "250-mail|250 AUTH LOGIN PLAIN", "235 ok",
                "250 ok",
            ],
            answered: [
                "EHLO example.org", "STARTTLS", "(TLS) EHLO example.org", "AUTH PLAIN AHUAcA==",
                "MAIL FROM:<bursar@example.org>", "RCPT TO:<ops@example.com>",
            ]),
        Story(
            testDescription: "TLS from the first byte, AUTH LOGIN", security: .tls, login: true,
            said: ["220 hi", "250-mail|250 auth login", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"],
            answered: ["EHLO example.org", "AUTH LOGIN", "dQ==", "cA==", "MAIL FROM:<bursar@example.org>"]),
        Story(
            testDescription: "no login before TLS, whatever is offered", security: .starttls, login: true,
            said: ["220 hi", "250-mail|250 AUTH PLAIN"],
            answered: ["EHLO example.org", "failed: it does not offer STARTTLS"]),
        Story(
            testDescription: "no way to log in", security: .tls, login: true,
            said: ["220 hi", "250-mail|250 AUTH GSSAPI"],
            answered: ["EHLO example.org", "failed: it offers neither AUTH PLAIN nor AUTH LOGIN"]),
        Story(
            testDescription: "a server that is busy", said: ["421 later"], answered: ["failed: it answered 421 later"]),
        Story(
            testDescription: "a mailbox that is not there", said: ["220 hi", "250 mail", "250 ok", "550 no such user"],
            answered: [
                "EHLO example.org", "MAIL FROM:<bursar@example.org>", "RCPT TO:<ops@example.com>",
                "failed: it answered 550 no such user",
            ]),
        Story(
            testDescription: "a password that is wrong", security: .tls, login: true,
            said: ["220 hi", "250-mail|250 AUTH PLAIN", "535 wrong"],
            answered: ["EHLO example.org", "AUTH PLAIN AHUAcA==", "failed: it answered 535 wrong"]),
        Story(
            testDescription: "a letter that is not taken",
            said: ["220 hi", "250 mail", "250 ok", "250 ok", "354 go", "452 full"],
            answered: [
                "EHLO example.org", "MAIL FROM:<bursar@example.org>", "RCPT TO:<ops@example.com>", "DATA",
                "(the letter)", "failed: it answered 452 full",
            ]),
    ]

    @Test(arguments: stories)
    func saysWhatComesNext(_ story: Story) throws {
        var dialog = SMTPDialog(Self.mail(), to: Self.server(story.security, login: story.login))
        var reader = SMTPReplyReader()
        var answered: [String] = []
        for said in story.said {
            reader.take((said.split(separator: "|").joined(separator: "\r\n") + "\r\n").utf8)
            let reply = try #require(try reader.next())
            switch dialog.take(reply) {
            case .send(let text): answered.append(String(text.dropLast()))
            case .sendContent(let bytes):
                #expect(String(decoding: bytes.suffix(5), as: UTF8.self) == "\r\n.\r\n")
                answered.append("(the letter)")
            case .secure(let text): answered.append("(TLS) " + text.dropLast())
            case .delivered(_, let parting): answered.append(String(parting.dropLast()))
            case .failed(let failure): answered.append("failed: \(failure)")
            }
        }
        #expect(answered == story.answered)
    }

    @Test func repliesComeInPieces() throws {
        var reader = SMTPReplyReader()
        reader.take("250-a\r\n25".utf8)
        #expect(try reader.next() == nil)
        reader.take("0 b\r\n220 c\n".utf8)
        #expect(try reader.next() == SMTPReply(code: 250, lines: ["a", "b"]))
        #expect(!reader.isEmpty)
        #expect(try reader.next() == SMTPReply(code: 220, lines: ["c"]))
        #expect(reader.isEmpty)
    }

    @Test(arguments: ["HTTP/1.1 400 Bad\r\n", "99 x\r\n", String(repeating: "x", count: 70_000)])
    func whatIsNoReplyIsRefused(_ text: String) {
        var reader = SMTPReplyReader()
        reader.take(text.utf8)
        #expect(throws: SMTPReplyReader.Malformed.self) { try reader.next() }
    }

    @Test func aLetterIsPlainAsciiAndTheSameEachTime() throws {
        let mail = Self.mail(
            "Budget für acme\r\nBcc: x@example.com\n\n.\n..\nGrüße " + String(repeating: "x", count: 300))
        #expect(
            mail.bytes
                == Self.mail(
                    "Budget für acme\r\nBcc: x@example.com\n\n.\n..\nGrüße " + String(repeating: "x", count: 300)
                ).bytes)
        let lines = String(decoding: mail.bytes, as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        #expect(mail.bytes.allSatisfy { $0 < 0x7F })
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.hasPrefix(".") && !$0.hasPrefix("Bcc") })
        #expect(lines.contains("Message-ID: <msg_1@example.org>"))
        #expect(lines.contains("Date: 25 Feb 2021 15:02:10 +0000"))
    }

    @Test(arguments: [
        "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a@b>", "<a@b", "a\r\nRCPT TO:<x@y>@b", "ä@b", "a@b\n", "\"a\"@b",
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(MailAddress(text) == nil)
    }

    @Test(arguments: ["a@b", "first.last+tag@mail.example.com", "o'neil@example.com"])
    func anAddressIsTaken(_ text: String) {
        #expect(MailAddress(text)?.domain == text.split(separator: "@")[1])
    }
}

/// The sender, over a socket. A real server takes its letters in the end-to-end tests.
@Suite struct MailSenderTests {
    /// Says each of its lines when one has come.
    private final class Scripted: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private var lines: [String]

        init(_ lines: [String]) { self.lines = lines }

        func channelActive(context: ChannelHandlerContext) { say(context) }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { say(context) }

        private func say(_ context: ChannelHandlerContext) {
            guard !lines.isEmpty else { return context.close(promise: nil) }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: lines.removeFirst())), promise: nil)
        }
    }

    @Test(arguments: [
        (["220 hi\r\n", "250-m\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"], "it talked on before TLS began"),
        (["220 hi\r\n", "250-m\r\n250 STARTTLS\r\n"], "the connection ended before the answer"),
        (["SSH-2.0-x\r\n"], "it does not speak SMTP"),
    ])
    func failsAndSaysWhy(_ lines: [String], _ why: String) async throws {
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Scripted(lines))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let from = try #require(MailAddress("a@b"))
        let server = MailServer(
            host: "127.0.0.1", port: bound.localAddress?.port ?? 0, security: .starttls, from: from)
        let mail = Mail(.init(id: "m", destination: "d", at: Instant(seconds: 0), body: "s\n\nt"), to: from, from: from)
        do {
            _ = try await MailSender(server).deliver(mail)
            Issue.record("it was taken")
        } catch { #expect(error.description.hasSuffix(why), "\(error)") }
        try await bound.close()
    }
}
