import Budgeting
import ExactMoney
import Routing
import Testing

@Suite struct RequestMachineTests {
    private func machine(_ hops: [Int], named: Bool = true) -> RequestMachine {
        RequestMachine(hops: hops, skipped: [], clientNamedModel: named)
    }

    /// Started and sent to its first hop.
    private func sent(_ hops: [Int], named: Bool = true) -> RequestMachine {
        var machine = machine(hops, named: named)
        #expect(machine.start() == .reserve(hops: hops))
        #expect(machine.granted(hop: hops[0]) == .send(hop: hops[0]))
        return machine
    }

    private func status(_ status: Int, _ body: HopFailure.Body = .json, retryAfter: Int64? = nil) -> HopFailure {
        .status(status, body, retryAfterMilliseconds: retryAfter)
    }

    private func exhausted(timedOut: Bool = false, retryAfter: Int64? = nil) -> RequestMachine.Action {
        .answer(.chainExhausted(timedOut: timedOut, retryAfterMilliseconds: retryAfter))
    }

    private let denial = Denial.callTooExpensive(required: Money(nanodollars: 2), most: Money(nanodollars: 1))

    // MARK: the good ways

    @Test func firstSuccess() {
        var machine = sent([0, 1])
        #expect(machine.state == .awaiting(hop: 0))
        machine.answerBegan()
        #expect(machine.state == .relaying(hop: 0))
        machine.ended()
        #expect(machine.state == .ended)
        #expect(machine.attempts.isEmpty)
    }

    @Test func fallsBackAlongTheChainWithAReservationForEachHop() {
        var machine = sent([0, 1, 2])
        #expect(machine.failed(status(500), jitterMilliseconds: 100) == .reserveNext(hop: 1))
        #expect(machine.state == .reserving)
        #expect(machine.granted(hop: 1) == .send(hop: 1))
        #expect(machine.failed(.reset, jitterMilliseconds: 100) == .reserveNext(hop: 2))
        #expect(machine.granted(hop: 2) == .send(hop: 2))
        machine.answerBegan()
        #expect(machine.state == .relaying(hop: 2))
        #expect(machine.attempts.map(\.hop) == [0, 1])
        #expect(machine.attempts.map(\.why) == ["upstream_status", "connection_reset"])
        #expect(machine.attempts.map(\.status) == [500, nil])
    }

    @Test func aCallThatTheBudgetMovedFallsBackToWhatComesAfter() {
        var machine = machine([0, 1, 2])
        _ = machine.start()
        #expect(machine.granted(hop: 1) == .send(hop: 1))
        #expect(machine.failed(.timedOut, jitterMilliseconds: 100) == .reserveNext(hop: 2))
        #expect(machine.granted(hop: 2) == .send(hop: 2))
        #expect(machine.failed(.timedOut, jitterMilliseconds: 100) == exhausted(timedOut: true))
    }

    @Test func triesTheOnlyModelOnceMoreAfterAPause() {
        var machine = sent([0])
        #expect(machine.failed(status(502, .other), jitterMilliseconds: 250) == .pause(milliseconds: 250))
        #expect(machine.state == .pausing(hop: 0))
        #expect(machine.resumed() == .reserveNext(hop: 0))
        #expect(machine.granted(hop: 0) == .send(hop: 0))
        #expect(machine.failed(status(502, .other), jitterMilliseconds: 250) == exhausted())
        #expect(machine.attempts.count == 2)
    }

    @Test func triesTheOnlyModelOnceMoreWhereTheOthersBreakersAreOpen() {
        var machine = RequestMachine(
            hops: [0], skipped: [(hop: 1, retryAfterMilliseconds: 9_000)], clientNamedModel: true)
        _ = machine.start()
        _ = machine.granted(hop: 0)
        #expect(machine.failed(.notConnected, jitterMilliseconds: 100) == .pause(milliseconds: 100))
        #expect(machine.attempts.map(\.why) == ["breaker_open", "connection_failed"])
    }

    // MARK: Retry-After

    @Test(
        arguments: [
            (0, 300, 300), (299, 300, 300), (1_000, 300, 1_000), (5_000, 300, 5_000),
        ] as [(Int64, Int64, Int64)])
    func waitsAsLongAsUpstreamAsks(retryAfter: Int64, jitter: Int64, pause: Int64) {
        var machine = sent([0])
        let failure = status(429, retryAfter: retryAfter)
        #expect(machine.failed(failure, jitterMilliseconds: jitter) == .pause(milliseconds: pause))
    }

    @Test func passesOnAWishThatIsTooLong() {
        var machine = sent([0])
        let failure = status(429, retryAfter: 5_001)
        #expect(machine.failed(failure, jitterMilliseconds: 100) == exhausted(retryAfter: 5_001))
        #expect(machine.state == .ended)
    }

    @Test func doesNotWaitWhereAnotherModelMayServe() {
        var machine = sent([0, 1])
        #expect(machine.failed(status(429, retryAfter: 3_000), jitterMilliseconds: 100) == .reserveNext(hop: 1))
    }

    // MARK: money and the ledger

    @Test func aDenialOfTheFirstReservationIsTheAnswer() {
        var machine = machine([0, 1])
        _ = machine.start()
        #expect(machine.denied(denial) == .answer(.denied(denial)))
        #expect(machine.state == .ended)
        #expect(machine.attempts.isEmpty)
    }

    @Test func aDenialOfTheNextHopExhaustsTheChain() {
        var machine = sent([0, 1])
        _ = machine.failed(.timedOut, jitterMilliseconds: 100)
        #expect(machine.denied(denial) == exhausted(timedOut: true))
        #expect(machine.attempts.map(\.hop) == [0, 1])
        #expect(machine.attempts.map(\.why) == ["timeout", "budget_exceeded"])
    }

    @Test func aDenialOfTheRetryExhaustsTheChain() {
        var machine = sent([0])
        _ = machine.failed(status(500), jitterMilliseconds: 100)
        _ = machine.resumed()
        #expect(machine.denied(denial) == exhausted())
        #expect(machine.attempts.map(\.why) == ["upstream_status", "budget_exceeded"])
    }

    @Test func aLedgerThatFailsIsTheAnswerAtAnyHop() {
        var first = machine([0])
        _ = first.start()
        #expect(first.ledgerFailed() == .answer(.ledgerUnavailable))
        var next = sent([0, 1])
        _ = next.failed(.reset, jitterMilliseconds: 100)
        #expect(next.ledgerFailed() == .answer(.ledgerUnavailable))
    }

    // MARK: mistakes and accounts

    @Test(arguments: [400, 403, 404, 413, 422])
    func theCallersMistakeIsPassedOnAndNotRetried(code: Int) {
        var machine = sent([0, 1])
        #expect(machine.failed(status(code), jitterMilliseconds: 100) == .answer(.passOn))
        #expect(machine.state == .ended)
    }

    @Test func aMistakeThatOnlyAModelOfTheChainSeesIsNotTheCallers() {
        var machine = sent([0, 1, 2])
        _ = machine.failed(status(500), jitterMilliseconds: 100)
        _ = machine.granted(hop: 1)
        #expect(machine.failed(status(400), jitterMilliseconds: 100) == .reserveNext(hop: 2))
    }

    @Test func aPrimaryModelThatTheClientDidNotNameIsNoMistakeOfIts() {
        var machine = sent([0, 1], named: false)
        #expect(machine.failed(status(404), jitterMilliseconds: 100) == .reserveNext(hop: 1))
    }

    @Test func problemsOfOurAccountEndTheChain() {
        var exhausted = sent([0, 1])
        #expect(exhausted.failed(status(402), jitterMilliseconds: 100) == .answer(.accountExhausted))
        var rejected = sent([0, 1])
        #expect(rejected.failed(status(401), jitterMilliseconds: 100) == .answer(.keyRejected))
    }

    // MARK: breakers

    @Test func withEveryBreakerOpenNothingIsReserved() {
        var machine = RequestMachine(
            hops: [], skipped: [(hop: 0, retryAfterMilliseconds: 4_000), (hop: 1, retryAfterMilliseconds: 9_000)],
            clientNamedModel: true)
        #expect(machine.start() == exhausted(retryAfter: 9_000))
        #expect(machine.attempts.map(\.why) == ["breaker_open", "breaker_open"])
    }

    // MARK: no way back

    @Test func nothingIsTriedAfterTheFirstByte() {
        var machine = sent([0, 1])
        machine.answerBegan()
        #expect(machine.failed(.reset, jitterMilliseconds: 100) == .nothing)
        #expect(machine.granted(hop: 1) == .nothing)
        #expect(machine.denied(denial) == .nothing)
        #expect(machine.resumed() == .nothing)
        #expect(machine.state == .relaying(hop: 0))
    }

    @Test func onceEndedNothingMovesIt() {
        var machine = sent([0, 1])
        machine.ended()
        #expect(machine.failed(status(500), jitterMilliseconds: 100) == .nothing)
        #expect(machine.granted(hop: 1) == .nothing)
        #expect(machine.denied(denial) == .nothing)
        #expect(machine.ledgerFailed() == .nothing)
        #expect(machine.resumed() == .nothing)
        #expect(machine.state == .ended)
    }

    @Test func aClientThatGoesWhileItPausesIsNotTriedAgain() {
        var machine = sent([0])
        _ = machine.failed(status(500), jitterMilliseconds: 100)
        machine.ended()
        #expect(machine.resumed() == .nothing)
    }

    @Test(arguments: 1...200)
    func everyRequestEnds(seed: UInt64) {
        var chance = Seeded(seed)
        let hops = Array(0..<Int(chance.number(0...5)))
        var machine = RequestMachine(hops: hops, skipped: [], clientNamedModel: chance.once(in: 2))
        var action = machine.start()
        var sends = 0
        for _ in 0..<40 {
            switch action {
            case .reserve(let hops): action = machine.granted(hop: hops[Int(chance.number(0...Int64(hops.count - 1)))])
            case .reserveNext(let hop): action = machine.granted(hop: hop)
            case .pause: action = machine.resumed()
            case .reprice: action = machine.repriced(chance.once(in: 2) ? .dearer : .nothingDearer)
            case .send:
                sends += 1
                let failures: [HopFailure] = [
                    .reset, .timedOut, .notConnected, status(500), status(429), .unusableBody,
                    .status(404, .jsonPriceTooLow, retryAfterMilliseconds: nil),
                ]
                action = machine.failed(failures[Int(chance.number(0...6))], jitterMilliseconds: 100)
            case .answer:
                #expect(machine.state == .ended)
                // Each model at its price and once at its dearest endpoint's; the last one left is tried once more.
                #expect(sends <= 2 * hops.count + 1)
                return
            case .nothing:
                Issue.record("it stands still")
                return
            }
        }
        Issue.record("it goes on for ever")
    }
}
