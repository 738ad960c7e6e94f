import Budgeting
import Routing
import Testing

@Suite struct CircuitBreakerTests {
    private func at(_ seconds: Int64) -> Instant { Instant(seconds: seconds) }
    private func breaker() -> CircuitBreaker { CircuitBreaker(threshold: 3, resetMilliseconds: 30_000) }

    /// Open since second 0, for 30 seconds.
    private func tripped() -> CircuitBreaker {
        var breaker = breaker()
        for _ in 0..<3 { breaker.failed(at: at(0)) }
        return breaker
    }

    @Test func tellsItsStory() {
        var breaker = breaker()
        #expect(breaker.begin(at: at(0)) == true)
        breaker.failed(at: at(0))
        breaker.failed(at: at(1))
        #expect(breaker.state == .closed(failures: 2))
        #expect(breaker.begin(at: at(2)) == true)
        breaker.failed(at: at(2))
        #expect(breaker.state == .open(until: at(32)))
        #expect(breaker.begin(at: at(31)) == false)
        #expect(breaker.begin(at: at(32)) == true)
        #expect(breaker.state == .halfOpen(probes: 1))
        #expect(breaker.begin(at: at(33)) == false, "one probe at a time")
        breaker.failed(at: at(34))
        #expect(breaker.state == .open(until: at(94)), "twice as long")
        #expect(breaker.begin(at: at(94)) == true)
        breaker.succeeded()
        #expect(breaker.state == .closed(failures: 0))
        for _ in 0..<3 { breaker.failed(at: at(100)) }
        #expect(breaker.state == .open(until: at(130)), "a success forgets how often it tripped")
    }

    @Test func otherRulesMoveNothingAndCountFromThenOn() {
        var breaker = tripped()
        breaker.adopt(threshold: 2, resetMilliseconds: 5_000)
        #expect(breaker.state == .open(until: at(30)), "open until its time")
        #expect(breaker.begin(at: at(30)) == true)
        breaker.succeeded()
        breaker.failed(at: at(40))
        #expect(breaker.state == .closed(failures: 1))
        breaker.failed(at: at(41))
        #expect(breaker.state == .open(until: at(46)))
        var failing = self.breaker()
        failing.failed(at: at(0))
        failing.failed(at: at(0))
        failing.adopt(threshold: 1, resetMilliseconds: 5_000)
        #expect(failing.permits(at: at(0)), "what it has counted opens nothing by itself")
        failing.failed(at: at(1))
        #expect(failing.state == .open(until: at(6)))
    }

    @Test func countsFailuresInARowOnly() {
        var breaker = breaker()
        for _ in 0..<10 {
            breaker.failed(at: at(0))
            breaker.failed(at: at(0))
            breaker.succeeded()
        }
        #expect(breaker.state == .closed(failures: 0))
    }

    @Test func permittingClaimsNothing() {
        let breaker = tripped()
        for _ in 0..<3 { #expect(breaker.permits(at: at(30))) }
        #expect(!breaker.permits(at: Instant(milliseconds: 29_999)))
        #expect(breaker.state == .open(until: at(30)))
    }

    @Test func anAbandonedProbeMakesWayForAnother() {
        var breaker = tripped()
        #expect(breaker.begin(at: at(30)) == true)
        breaker.abandoned()
        #expect(breaker.begin(at: at(31)) == true)
        breaker.abandoned()
        breaker.abandoned()
        #expect(breaker.state == .halfOpen(probes: 0))
    }

    @Test func anAbandonedCallSaysNothingWhileItIsClosed() {
        var breaker = breaker()
        breaker.failed(at: at(0))
        breaker.abandoned()
        #expect(breaker.state == .closed(failures: 1))
    }

    @Test func aLateFailureDoesNotKeepItOpenLonger() {
        var breaker = tripped()
        breaker.failed(at: at(29))
        #expect(breaker.state == .open(until: at(30)))
    }

    @Test func aLateSuccessClosesIt() {
        var breaker = tripped()
        breaker.succeeded()
        #expect(breaker.state == .closed(failures: 0))
    }

    @Test(arguments: [
        (trips: 1, seconds: 30), (trips: 2, seconds: 60), (trips: 3, seconds: 120), (trips: 4, seconds: 240),
        (trips: 5, seconds: 480), (trips: 6, seconds: 600), (trips: 7, seconds: 600), (trips: 70, seconds: 600),
    ])
    func staysOpenTwiceAsLongEachTimeUpToTenMinutes(trips: Int, seconds: Int64) {
        var breaker = tripped()
        var now: Int64 = 0
        for _ in 1..<trips {
            now += 1_000
            #expect(breaker.begin(at: at(now)) == true)
            breaker.failed(at: at(now))
        }
        #expect(breaker.state == .open(until: at(now + seconds)))
    }

    @Test(arguments: [
        (retryAfter: 0, seconds: 30), (retryAfter: 29, seconds: 30), (retryAfter: 31, seconds: 31),
        (retryAfter: 900, seconds: 900), (retryAfter: 3_600, seconds: 3_600), (retryAfter: 86_400, seconds: 3_600),
    ])
    func staysOpenAsLongAsUpstreamAsksUpToAnHour(retryAfter: Int64, seconds: Int64) {
        var breaker = CircuitBreaker(threshold: 1, resetMilliseconds: 30_000)
        breaker.failed(at: at(0), retryAfterMilliseconds: retryAfter * 1000)
        #expect(breaker.state == .open(until: at(seconds)))
    }
}
