import Budgeting
import ExactMoney
import Ledger
import Testing

@testable import Exporting
@testable import Receipts

@Suite struct MessageTests {
    private let now = Instant(seconds: 1_614_265_330)

    /// The example of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    @Test func signsAsTheStandardDoes() throws {
        let address = try #require(SinkAddress("https://example.com/hook"))
        let hook = try #require(
            MessageDestination.standard(address, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let request = try #require(
            hook.request(
                .init(
                    id: "msg_p5jXN8AQM9LWM0D4loKWxJek", destination: "webhook", at: now,
                    body: #"{"test": 2432232314}"#),
                at: now))
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        #expect(headers["webhook-timestamp"] == "1614265330")
        #expect(headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func refusesASecretThatIsTooShortToSignWith() throws {
        let address = try #require(SinkAddress("https://example.com"))
        #expect(MessageDestination.standard(address, secret: "whsec_c2hvcnQ=") == nil)
        #expect(MessageDestination.standard(address, secret: "short") == nil)
        #expect(MessageDestination.standard(address, secret: nil) != nil)
    }

    private static func crossing(_ level: Int64, _ booked: Int128 = 4_000_000_000) -> GatewayEvent.Crossing {
        .init(
            scope: "tenant acme & <co>", tenant: "acme", period: "day", windowStart: Instant(seconds: 0),
            windowEnd: Instant(seconds: 86_400), level: level, booked: MoneySum(nanodollars: booked),
            cap: Money(nanodollars: 5_000_000_000))
    }

    private static func told(_ event: GatewayEvent, by teller: inout EventTeller, at seconds: Int64 = 5) -> Telling? {
        teller.take(event, at: Instant(seconds: seconds), number: UInt64(seconds))
    }

    @Test func aShareIsOneMessagePerWindowWheneverItIsTold() throws {
        var teller = EventTeller()
        let first = try #require(Self.told(.stateReached(.warned, Self.crossing(8_000)), by: &teller))
        let again = try #require(Self.told(.stateReached(.warned, Self.crossing(8_000)), by: &teller, at: 900))
        let higher = try #require(Self.told(.shareReached(Self.crossing(8_500)), by: &teller))
        #expect(first.id == again.id && first.mark == again.mark && first.audience == .tenant("acme"))
        #expect(first.id != higher.id && first.mark?.subject == higher.mark?.subject)
        #expect(higher.mark?.level == 8_500 && higher.mark?.until == Instant(seconds: 2 * 86_400))
        #expect(!first.id.contains("."))
        #expect(Self.told(.stateReached(.warned, Self.crossing(0)), by: &teller) == nil, "nobody asks for that share")
    }

    /// What is told of a story of events: their kinds.
    @Test(
        arguments: [
            (
                [
                    .breakerMoved(model: "m", to: .open), .breakerMoved(model: "m", to: .halfOpen),
                    .breakerMoved(model: "m", to: .open),
                    .breakerMoved(model: "m", to: .closed), .breakerMoved(model: "m", to: .closed),
                ], ["breaker.open", "breaker.closed"]
            ),
            ([.breakerMoved(model: "m", to: .closed)], []),
            (
                [.breakerMoved(model: "m", to: .open), .breakerMoved(model: "n", to: .open)],
                ["breaker.open", "breaker.open"]
            ),
            (
                [.spentOutside(Money(nanodollars: 1))], []
            ),
        ] as [([GatewayEvent], [String])])
    func tellsWhatIsNews(_ events: [GatewayEvent], _ kinds: [String]) {
        var teller = EventTeller()
        let told = events.enumerated().compactMap { Self.told($1, by: &teller, at: Int64($0)) }
        #expect(told.map(\.notice.kind) == kinds)
        #expect(Set(told.map(\.id)).count == told.count)
    }

    @Test func troubleWithTheAccountIsToldOnceADay() throws {
        var teller = EventTeller()
        let marks = [0, 86_399, 86_400].map { Self.told(.account(.exhausted), by: &teller, at: $0)?.mark?.subject }
        #expect(marks[0] != nil && marks[0] == marks[1] && marks[1] != marks[2])
        // A tenant's own account is another's business than the gateway's, and each tenant's its own.
        let tenants = ["acme", "acme", "beta"].map {
            Self.told(.tenantAccount(.keyRejected, tenant: $0), by: &teller, at: 0)
        }
        #expect(tenants[0]?.id == tenants[1]?.id && tenants[1]?.id != tenants[2]?.id)
        #expect(tenants[0]?.mark != nil && tenants[0]?.mark == tenants[1]?.mark && tenants[0]?.mark != tenants[2]?.mark)
        #expect(tenants.map(\.?.audience) == [.tenant("acme"), .tenant("acme"), .tenant("beta")])
        #expect(tenants[0]?.notice.kind == "tenant.upstream_key_rejected")
        #expect(tenants[0]?.notice.letter.contains("tenant acme needs its operator") == true)
    }

    @Test func saysItForAPersonAndAsFacts() throws {
        let notice = try #require(Notice(.stateReached(.warned, Self.crossing(8_000))))
        #expect(notice.kind == "budget.warned")
        #expect(notice.slack.contains("acme &amp; &lt;co&gt;"))
        #expect(
            notice.standard(at: now).contains(#""tenant":"acme""#)
                && notice.standard(at: now).contains(#""alertAt":"0.8""#))
        #expect(notice.letter.hasPrefix("[Bursar] The day budget of tenant acme & <co> is warned\n\nThe day"))
        let share = try #require(Notice(.shareReached(Self.crossing(5_000, 2_500_000_000))))
        #expect(share.slack.contains("has passed 50 %: $2.5 of $5 is spent, 50 %."))
        #expect(Notice(.breakerMoved(model: "m", to: .halfOpen)) == nil)
    }

    @Test func theLedgersHeadIsToldToProgramsOncePerDay() throws {
        let head = try #require(LedgerHead("17:" + String(repeating: "9f", count: 32)))
        var teller = EventTeller()
        #expect(Self.told(.chainStands(head), by: &teller) == nil, "the event is told to whoever listens, not sent")
        let tellings = try [5, 86_399, 86_400].map {
            try #require(DailyHead.telling(head, at: Instant(seconds: $0)))
        }
        #expect(tellings[0].id == tellings[1].id && tellings[1].id != tellings[2].id)
        #expect(tellings.map(\.mark?.level) == [0, 0, 1] && Set(tellings.map(\.mark?.subject)).count == 1)
        #expect(tellings[0].notice.standard(at: now).contains(#""head":"\#(head)""#))
        #expect(tellings[0].audience == .programs)
    }

    @Test func delaysGrow() {
        let delays = (0..<9).map { Messenger.delayMilliseconds(after: $0) }
        #expect(zip(delays, delays.dropFirst()).allSatisfy { $0 < $1 + $1 / 4 })
        #expect(delays[0] >= 5_000 && delays[8] >= 8 * 3_600_000)
    }
}

@Suite struct MessageRouteTests {
    private func hook(_ path: String) throws -> MessageDestination {
        let address = try #require(SinkAddress("https://example.com/\(path)"))
        return try #require(.oneOfSeveral(standard: address, secret: nil))
    }

    @Test func aTenantsPlacesHearOfTheTenantAndTheOperatorsOfAll() throws {
        let everyone = MessageDestination.slack(try #require(SinkAddress("https://example.com/all")))
        let routes = MessageRoutes(operators: [everyone], tenants: ["acme": [try hook("a")], "beta": [try hook("b")]])
        #expect(routes.destinations(of: .operators).map(\.name) == ["slack"])
        #expect(routes.destinations(of: .tenant("acme")).map(\.name) == ["slack", try hook("a").name])
        #expect(routes.destinations(of: .tenantAlone("acme")).map(\.name) == [try hook("a").name])
        #expect(routes.destinations(of: .tenant("gamma")).map(\.name) == ["slack"])
        #expect(routes.all.count == 3)
    }

    @Test func aPlaceIsToldOnceWhoeverNamesIt() throws {
        let address = try #require(SinkAddress("https://example.com/a"))
        let everyone = try #require(MessageDestination.standard(address, secret: nil))
        let routes = MessageRoutes(operators: [everyone], tenants: ["acme": [try hook("a"), try hook("a")]])
        #expect(routes.destinations(of: .tenant("acme")).map(\.name) == ["webhook"])
    }

    @Test func aNameTellsNoAddress() throws {
        let name = try hook("T00/B00/secret").name
        #expect(name.hasPrefix("webhook:") && !name.contains("secret") && !name.contains("example"))
        #expect(name != (try hook("T00/B00/other").name))
    }
}
