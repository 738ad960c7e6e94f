import Budgeting
import ExactMoney
import Ledger
import Testing

struct GatewayEventsTests {
    private static func event(_ nanodollars: Int64) -> GatewayEvent {
        .spentOutside(Money(nanodollars: nanodollars))
    }

    private static func queued(_ subscription: GatewayEvents.Subscription) async -> [GatewayEvents.Occurrence] {
        subscription.end()
        var found: [GatewayEvents.Occurrence] = []
        for await occurrence in subscription.occurrences { found.append(occurrence) }
        return found
    }

    @Test func tellsEveryListenerInOrder() async {
        let events = GatewayEvents()
        let (first, second) = (events.subscribe(), events.subscribe())
        for number in 1...3 { events.tell(Self.event(Int64(number)), at: Instant(milliseconds: 7)) }
        for listener in [first, second] {
            let found = await Self.queued(listener)
            #expect(found.map(\.event) == (1...3).map { Self.event($0) })
            #expect(found.map(\.number) == [1, 2, 3])
            #expect(found.first?.at == Instant(milliseconds: 7))
            #expect(listener.dropped == 0)
        }
    }

    @Test func dropsTheOldestWhenNobodyListensInTimeAndCountsThem() async {
        let events = GatewayEvents()
        let slow = events.subscribe(most: 2)
        for number in 1...5 { events.tell(Self.event(Int64(number)), at: Instant(milliseconds: 0)) }
        #expect(slow.dropped == 3)
        #expect(await Self.queued(slow).map(\.event) == [Self.event(4), Self.event(5)])
    }

    @Test func aListenerHearsNothingFromBeforeItCame() async {
        let events = GatewayEvents()
        events.tell(Self.event(1), at: Instant(milliseconds: 0))
        let late = events.subscribe()
        events.tell(Self.event(2), at: Instant(milliseconds: 0))
        #expect(await Self.queued(late).map(\.number) == [2])
    }

    @Test func kindsAreWords() {
        let crossing = GatewayEvent.Crossing(
            scope: "tenant acme", tenant: "acme", period: "day", windowStart: Instant(milliseconds: 0),
            windowEnd: .never, level: 0, booked: .zero, cap: .zero)
        #expect(GatewayEvent.stateReached(.stopped, crossing).kind == "budget.stopped")
        #expect(GatewayEvent.shareReached(crossing).kind == "budget.reached")
        #expect(GatewayEvent.breakerMoved(model: "a/b", to: .halfOpen).kind == "breaker.half_open")
        #expect(GatewayEvent.account(.exhausted).kind == "account.upstream_account_exhausted")
        #expect(Self.event(1).kind == "spend.outside")
    }
}
