import Budgeting
import ExactMoney
import Pricing
import Routing
import Testing

/// "A loop of 50 calls a second at $0.05 is stopped within 10 s and 2 % of the month's cap."
///
/// Played call by call on the books: each call is admitted as the gateway admits it, runs for a second, and costs all that it may.
@Suite struct SpendRateTests {
    private static let call = Money(nanodollars: 50_000_000)
    private static let month = Money(nanodollars: 200_000_000_000)
    private static let start = Instant(seconds: 1_795_000_020)
    private let acme = TenantID(1)
    private var books = Books()

    init() throws {
        try apply(.capChanged(.everyTenant(.month), .limit(Self.month)), at: Self.start)
    }

    private mutating func apply(_ event: Entry.Event, at now: Instant) throws {
        try books.apply(Entry(at: now, event: event))
    }

    private mutating func admit(at now: Instant) throws -> ReservationID? {
        let ceiling = Ceiling(fixed: Picodollars(Int128(Self.call.nanodollars) * 1000), perOutputToken: .zero)
        let offer = Bid.Offer(model: ModelID(1), ceiling: ceiling, outputTokensLimit: 100, isFree: false)
        let bid = Bid(scopes: CallScopes(acme), offers: [offer], output: .named(100), floor: 16)
        let admission = Admission(bid, in: books, at: now, zones: .utc, thresholds: Thresholds())
        guard case .admit(let grant) = admission.verdict(.waited) else { return nil }
        let command = Command.reserve(bid.scopes, model: ModelID(1), amount: grant.amount)
        for event in try books.decide(command, at: now, zones: .utc).get() { try apply(event, at: now) }
        return books.lastReservation
    }

    /// Fifty calls in every second: how many went through, and in which millisecond the last of them in the first minute.
    private mutating func loop(seconds: Int64) throws -> (calls: Int, lastMillisecond: Int64) {
        var running: [(id: ReservationID, until: Int64)] = []
        var calls = 0
        var last: Int64 = 0
        for millisecond in stride(from: 0, to: seconds * 1000, by: 20) as StrideTo<Int64> {
            let now = Instant(milliseconds: Self.start.milliseconds + millisecond)
            while let first = running.first, first.until <= millisecond {
                running.removeFirst()
                let cost = Entry.Settlement(cost: Self.call, inputTokens: 1, outputTokens: 1, evidence: .provider)
                try apply(.settled(first.id, cost), at: now)
            }
            guard let id = try admit(at: now) else { continue }
            running.append((id, millisecond + 1_000))
            calls += 1
            if millisecond < 40_000 { last = millisecond }
        }
        return (calls, last)
    }

    private func spent(at now: Instant) -> Int128 {
        books.balance(of: BudgetID(.tenant(acme), .month), at: now, zones: .utc).exposure.nanodollars
    }

    @Test mutating func aLoopIsStoppedWithinTenSecondsAndTwoPercentOfTheMonth() throws {
        let rate = Money(nanodollars: Self.month.nanodollars / 50)
        try apply(.capChanged(.everyTenant(.minute), .limit(rate)), at: Self.start)
        // All of it in one minute.
        let (calls, last) = try loop(seconds: 40)
        #expect(last < 10_000, "the last call went through after \(last) ms")
        #expect(calls == 80)
        let end = Instant(milliseconds: Self.start.milliseconds + 40_000 - 1)
        #expect(spent(at: end) * 100 <= Int128(Self.month.nanodollars) * 2)
    }

    @Test mutating func theNextMinuteBringsAsMuchAgainAndNoMore() throws {
        try apply(.capChanged(.everyTenant(.minute), .limit(Money(nanodollars: 1_000_000_000))), at: Self.start)
        #expect(try loop(seconds: 40 + 60 + 60).calls == 3 * 20)
    }

    @Test mutating func withoutARateTheLoopGoesOnToTheCap() throws {
        #expect(try loop(seconds: 60).calls == 3_000)
    }
}
