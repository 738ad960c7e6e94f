public import Budgeting
internal import Crypto
internal import Receipts

/// Where messages go: an endpoint that speaks Standard Webhooks, or Slack.
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
public struct WebhookDestination: Sendable {
    enum Format: Sendable {
        /// Signed where there is a secret.
        case standard(key: [UInt8]?)
        case slack
    }

    /// One word, for the outbox and metrics.
    public let name: String
    let address: SinkAddress
    let format: Format

    /// - Parameter secret: `whsec_` and Base64 of 24 to 64 bytes, or such bytes as they are. Nil leaves messages unsigned.
    /// - Returns: nil where the secret is too short to sign with.
    public static func standard(_ address: SinkAddress, secret: String?) -> WebhookDestination? {
        guard let secret else {
            return WebhookDestination(name: "webhook", address: address, format: .standard(key: nil))
        }
        let key = secret.hasPrefix("whsec_") ? Base64.decode(String(secret.dropFirst(6))) : Array(secret.utf8)
        guard let key, key.count >= 24 else { return nil }
        return WebhookDestination(name: "webhook", address: address, format: .standard(key: key))
    }

    public static func slack(_ address: SinkAddress) -> WebhookDestination {
        WebhookDestination(name: "slack", address: address, format: .slack)
    }

    func body(_ message: WebhookMessage, at now: Instant) -> String {
        switch format {
        case .standard: message.standard(at: now)
        case .slack: message.slack
        }
    }

    func request(_ message: Outbox.Message, at now: Instant) -> SinkRequest {
        var request = SinkRequest(address: address)
        request.body = Array(message.body.utf8)
        request.headers = [("content-type", "application/json")]
        guard case .standard(let key) = format else { return request }
        let seconds = String(now.seconds)
        request.headers += [("webhook-id", message.id), ("webhook-timestamp", seconds)]
        if let key {
            let signed = Array("\(message.id).\(seconds).".utf8) + request.body
            let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
            request.headers.append(("webhook-signature", "v1,\(Base64.encode(Array(code)))"))
        }
        return request
    }
}

extension WebhookDestination {
    /// One marked message, at once. What it answered, in a few words.
    public func sendTest(at now: Instant) async throws(SinkFailure) -> String {
        let message = WebhookMessage(kind: "bursar.test", text: "This is a test of bursar config check --live.")
        let answer = try await HTTPSender().deliver(
            request(
                .init(
                    id: "msg_test-\(now.milliseconds)", destination: name, at: now, body: body(message, at: now)),
                at: now))
        return "it answered \(answer.status)"
    }
}
