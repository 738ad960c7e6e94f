import Budgeting
import ExactMoney
import Pricing
import Routing
import Testing

@Suite struct LastModelTests {
    @Test func retriesTheModelThatABudgetMovedTheCallToWhenNoneFollowsIt() {
        var machine = RequestMachine(hops: [0, 1], skipped: [], clientNamedModel: true)
        _ = machine.start()
        #expect(machine.granted(hop: 1) == .send(hop: 1))
        #expect(machine.failed(.notConnected, jitterMilliseconds: 150) == .pause(milliseconds: 150))
        #expect(machine.resumed() == .reserveNext(hop: 1))
    }

    @Test func doesNotRetryAfterAFallback() {
        var machine = RequestMachine(hops: [0, 1], skipped: [], clientNamedModel: true)
        _ = machine.start()
        _ = machine.granted(hop: 0)
        #expect(machine.failed(.notConnected, jitterMilliseconds: 150) == .reserveNext(hop: 1))
        _ = machine.granted(hop: 1)
        let exhausted = RequestMachine.Answer.chainExhausted(timedOut: false, retryAfterMilliseconds: nil)
        #expect(machine.failed(.notConnected, jitterMilliseconds: 150) == .answer(exhausted))
    }

    @Test func doesNotTakeAModelForCheaperThatWouldBePricedAtALargerLimit() throws {
        func offer(_ model: UInt32, perToken: Int64, most: Int64) -> Bid.Offer {
            Bid.Offer(
                model: ModelID(model),
                ceiling: Ceiling(fixed: .zero, perOutputToken: Rate(picodollars: perToken)), outputTokensLimit: most,
                isFree: false)
        }
        // Asked: 100 tokens at most, 200 nanodollars. The other is half the price a token, but takes the whole limit.
        let bid = Bid(
            scopes: CallScopes(TenantID(1)),
            offers: [offer(1, perToken: 2_000, most: 100), offer(2, perToken: 1_000, most: 10_000)],
            output: .named(1_000), floor: 10)
        let now = Instant(seconds: 1_795_000_000)
        var books = Books()
        try books.apply(Entry(at: now, event: .capChanged(.everyTenant(.day), .limit(Money(nanodollars: 10_000)))))
        let degraded = Thresholds(warnAt: 0, degradeAt: 0)
        let verdict = Admission(bid, in: books, at: now, zones: .utc, thresholds: degraded).verdict(.none)
        guard case .admit(let grant) = verdict else {
            Issue.record("not admitted: \(verdict)")
            return
        }
        #expect(grant.offer == 0)
        #expect(grant.amount == Money(nanodollars: 200))
    }
}
