import Budgeting
import ExactMoney
import Ledger
import Testing

@testable import Exporting
@testable import Receipts

@Suite struct WebhookTests {
    private let now = Instant(seconds: 1_614_265_330)

    /// The example of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    @Test func signsAsTheStandardDoes() throws {
        let address = try #require(SinkAddress("https://example.com/hook"))
        let hook = try #require(
            WebhookDestination.standard(address, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let request = hook.request(
            .init(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", destination: "webhook", at: now, body: #"{"test": 2432232314}"#),
            at: now)
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        #expect(headers["webhook-timestamp"] == "1614265330")
        #expect(headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func refusesASecretThatIsTooShortToSignWith() throws {
        let address = try #require(SinkAddress("https://example.com"))
        #expect(WebhookDestination.standard(address, secret: "whsec_c2hvcnQ=") == nil)
        #expect(WebhookDestination.standard(address, secret: "short") == nil)
        #expect(WebhookDestination.standard(address, secret: nil) != nil)
    }

    private func crossing(_ state: BudgetState) -> GatewayEvent {
        .stateReached(
            state,
            .init(
                scope: "tenant acme & <co>", tenant: "acme", period: "day", windowStart: Instant(seconds: 0),
                booked: MoneySum(nanodollars: 4_000_000_000), cap: Money(nanodollars: 5_000_000_000)))
    }

    @Test func aStateIsOneMessagePerWindowWheneverItIsTold() {
        let first = crossing(.warned).messageID(at: Instant(seconds: 5), number: 1)
        #expect(first == crossing(.warned).messageID(at: Instant(seconds: 9), number: 7))
        #expect(first != crossing(.degraded).messageID(at: Instant(seconds: 5), number: 1))
        #expect(!first.contains("."))
    }

    @Test func saysItForAPersonAndAsFacts() throws {
        let message = try #require(WebhookMessage(crossing(.warned)))
        #expect(message.kind == "budget.warned")
        #expect(message.slack.contains("acme &amp; &lt;co&gt;"))
        #expect(message.standard(at: now).contains(#""tenant":"acme""#))
        #expect(WebhookMessage(.breakerMoved(model: "m", to: .halfOpen)) == nil)
    }

    @Test func delaysGrow() {
        let delays = (0..<9).map { Webhooks.delayMilliseconds(after: $0) }
        #expect(zip(delays, delays.dropFirst()).allSatisfy { $0 < $1 + $1 / 4 })
        #expect(delays[0] >= 5_000 && delays[8] >= 8 * 3_600_000)
    }
}
