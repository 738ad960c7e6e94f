public import Budgeting
internal import Crypto
internal import Receipts

/// Where messages go: an endpoint that speaks Standard Webhooks, Slack, or a mailbox.
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
public struct MessageDestination: Sendable {
    enum Way: Sendable {
        /// Signed where there is a key.
        case standard(SinkAddress, key: [UInt8]?)
        case slack(SinkAddress)
        case mail(to: MailAddress, by: MailServer)
    }

    /// For the outbox: it names the same place for ever, and tells no secret that is in an address.
    public let name: String
    let way: Way

    /// - Parameter secret: `whsec_` and Base64 of 24 to 64 bytes, or such bytes as they are. Nil leaves messages unsigned.
    /// - Returns: nil where the secret is too short to sign with.
    public static func standard(_ address: SinkAddress, secret: String?) -> MessageDestination? {
        standard(address, secret: secret, name: "webhook")
    }

    public static func slack(_ address: SinkAddress) -> MessageDestination {
        MessageDestination(name: "slack", way: .slack(address))
    }

    public static func mail(to address: MailAddress, by server: MailServer) -> MessageDestination {
        MessageDestination(name: "email:\(address.text)", way: .mail(to: address, by: server))
    }

    private static func standard(_ address: SinkAddress, secret: String?, name: String) -> MessageDestination? {
        guard let secret else { return MessageDestination(name: name, way: .standard(address, key: nil)) }
        let key = secret.hasPrefix("whsec_") ? Base64.decode(String(secret.dropFirst(6))) : Array(secret.utf8)
        guard let key, key.count >= 24 else { return nil }
        return MessageDestination(name: name, way: .standard(address, key: key))
    }
}

/// One of several places of a kind, named by a sum of its address: that may be a secret.
extension MessageDestination {
    public static func oneOfSeveral(standard address: SinkAddress, secret: String?) -> MessageDestination? {
        standard(address, secret: secret, name: "webhook:\(address.sum)")
    }

    public static func oneOfSeveral(slack address: SinkAddress) -> MessageDestination {
        MessageDestination(name: "slack:\(address.sum)", way: .slack(address))
    }

    /// Whether no person reads there.
    var isProgram: Bool { if case .standard = way { true } else { false } }

    /// Whether it is the same place, under whatever name.
    func isSamePlace(as other: MessageDestination) -> Bool {
        switch (way, other.way) {
        case (.standard(let one, _), .standard(let two, _)), (.slack(let one), .slack(let two)): one == two
        case (.mail(let one, _), .mail(let two, _)): one == two
        default: false
        }
    }
}

extension SinkAddress {
    fileprivate var sum: String {
        Hex.text(SHA256.hash(data: Array("\(isSecure) \(authority)\(target)".utf8)).prefix(6))
    }
}

// MARK: - What is sent

extension MessageDestination {
    /// As the outbox keeps it.
    func body(_ notice: Notice, at now: Instant) -> String {
        switch way {
        case .standard: notice.standard(at: now)
        case .slack: notice.slack
        case .mail: notice.letter
        }
    }

    /// The request that carries a message; nil where it goes by mail.
    func request(_ message: Outbox.Message, at now: Instant) -> SinkRequest? {
        let address: SinkAddress
        var signing: [UInt8]?
        var isStandard = false
        switch way {
        case .standard(let endpoint, let key): (address, signing, isStandard) = (endpoint, key, true)
        case .slack(let endpoint): address = endpoint
        case .mail: return nil
        }
        var request = SinkRequest(address: address)
        request.body = Array(message.body.utf8)
        request.headers = [("content-type", "application/json")]
        guard isStandard else { return request }
        let seconds = String(now.seconds)
        request.headers += [("webhook-id", message.id), ("webhook-timestamp", seconds)]
        if let signing {
            let signed = Array("\(message.id).\(seconds).".utf8) + request.body
            let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: signing))
            request.headers.append(("webhook-signature", "v1,\(Base64.encode(Array(code)))"))
        }
        return request
    }

    /// Sends one message, at once. What was answered, in a few words.
    func send(_ message: Outbox.Message, at now: Instant) async throws(SinkFailure) -> String {
        if case .mail(let address, let server) = way {
            return try await MailSender(server).deliver(Mail(message, to: address, from: server.from))
        }
        guard let request = request(message, at: now) else {
            preconditionFailure("\(name) is neither mail nor a request")
        }
        return "it answered \(try await HTTPSender(connectSeconds: 5, totalSeconds: 20).deliver(request).status)"
    }

    /// One marked message, at once. What it answered, in a few words.
    public func sendTest(at now: Instant) async throws(SinkFailure) -> String {
        let notice = Notice(kind: "bursar.test", text: "This is a test of bursar config check --live.")
        return try await send(
            .init(id: "msg_test-\(now.milliseconds)", destination: name, at: now, body: body(notice, at: now)), at: now)
    }
}
