import Budgeting
import Routing
import Testing

/// Contract §1, "What falls back" and "What a failed hop costs", line by line.
@Suite struct HopFailureTests {
    private static let reset = HopFailure.reset

    private static func status(_ status: Int, _ body: HopFailure.Body = .json) -> HopFailure {
        .status(status, body, retryAfterMilliseconds: nil)
    }

    // MARK: what it costs

    @Test(
        "nothing was written, or a JSON error other than 408, 504 and 524: released",
        arguments: [
            .breakerOpen(retryAfterMilliseconds: 5), .notConnected, status(400), status(401), status(402), status(403),
            status(404), status(404, .jsonUnavailable), status(413), status(422), status(429), status(500), status(502),
            status(503), status(503, .jsonUnavailable), status(529),
        ])
    func isReleased(_ failure: HopFailure) {
        #expect(failure.fate == .release)
    }

    @Test(
        "reset or time-out after writing, 408, 504, 524, or a non-JSON answer: unresolved",
        arguments: [
            .reset, .timedOut, status(408), status(504), status(524), status(408, .other), status(504, .other),
            status(524, .other), status(408, .jsonUnavailable), status(500, .other), status(502, .other),
            status(503, .other), status(520, .other), status(404, .other), status(429, .other),
        ])
    func isUnresolvedAsUpstreamBroke(_ failure: HopFailure) {
        #expect(failure.fate == .unresolved(.upstreamBroke))
    }

    @Test func a2xxWithoutUsableUsageIsUnresolved() {
        #expect(HopFailure.unusableBody.fate == .unresolved(.noUsage))
    }

    @Test(arguments: [301, 302, 307, 308])
    func aRedirectIsNoErrorThatProvesThatNothingWasBilled(status: Int) {
        for body in [HopFailure.Body.json, .other] {
            #expect(HopFailureTests.status(status, body).fate == .unresolved(.upstreamBroke))
        }
    }

    // MARK: who is to blame

    @Test(
        "connection failure, time-out, 408, 429, 5xx, 404 with an availability reason, an open breaker, a broken body",
        arguments: [
            .notConnected, .reset, .timedOut, .unusableBody, .breakerOpen(retryAfterMilliseconds: 5), status(408),
            status(429), status(429, .other), status(500), status(502, .other), status(503), status(504), status(524),
            status(529), status(599), status(404, .jsonUnavailable), status(302, .other),
        ])
    func fallsBackWhoeverNamedTheModel(_ failure: HopFailure) {
        #expect(failure.blame(clientNamedModel: true) == .upstream)
        #expect(failure.blame(clientNamedModel: false) == .upstream)
    }

    @Test(arguments: [400, 404, 413, 422])
    func fallsBackOnlyForAModelThatTheClientDidNotName(status: Int) {
        for body in [HopFailure.Body.json, .other] {
            let failure = HopFailureTests.status(status, body)
            #expect(failure.blame(clientNamedModel: true) == .caller)
            #expect(failure.blame(clientNamedModel: false) == .upstream)
        }
    }

    @Test(arguments: [403, 405, 409, 415, 418, 451])
    func neverFallsBackForACallersOwnMistake(status: Int) {
        #expect(HopFailureTests.status(status).blame(clientNamedModel: true) == .caller)
        #expect(HopFailureTests.status(status).blame(clientNamedModel: false) == .caller)
    }

    @Test func ourOwnAccountIsToBlameFor401And402() {
        for isNamed in [true, false] {
            #expect(HopFailureTests.status(401).blame(clientNamedModel: isNamed) == .keyRejected)
            #expect(HopFailureTests.status(402).blame(clientNamedModel: isNamed) == .accountExhausted)
        }
    }

    // MARK: the breaker

    @Test(arguments: [
        .notConnected, .reset, .timedOut, .unusableBody, status(408), status(429), status(500), status(502, .other),
        status(404, .jsonUnavailable),
    ])
    func tripsTheBreaker(_ failure: HopFailure) {
        #expect(failure.tripsBreaker)
    }

    @Test(arguments: [
        .breakerOpen(retryAfterMilliseconds: 5), status(400), status(401), status(402), status(403), status(404),
        status(413), status(422),
    ])
    func saysNothingOfTheModel(_ failure: HopFailure) {
        #expect(!failure.tripsBreaker)
    }

    // MARK: what is told

    @Test(
        arguments: [
            (HopFailure.breakerOpen(retryAfterMilliseconds: 1), "breaker_open", nil),
            (.notConnected, "connection_failed", nil),
            (.reset, "connection_reset", nil), (.timedOut, "timeout", nil), (.unusableBody, "unusable_body", nil),
            (status(429), "rate_limited", 429), (status(404, .jsonUnavailable), "unavailable", 404),
            (status(500), "upstream_status", 500), (status(502, .other), "upstream_status", 502),
        ] as [(HopFailure, String, Int?)])
    func hasAWordForTheListOfAttempts(failure: HopFailure, why: String, status: Int?) {
        #expect(failure.why == why)
        #expect(failure.status == status)
    }

    @Test(arguments: [
        (HopFailure.timedOut, true), (status(408), true), (status(504), true), (status(524, .other), true),
        (.reset, false), (status(500), false), (.notConnected, false), (.unusableBody, false),
    ])
    func knowsTimeOuts(failure: HopFailure, isTimeout: Bool) {
        #expect(failure.isTimeout == isTimeout)
    }

    @Test func passesOnHowLongToWait() {
        #expect(HopFailure.breakerOpen(retryAfterMilliseconds: 7).retryAfterMilliseconds == 7)
        #expect(HopFailure.status(429, .json, retryAfterMilliseconds: 9).retryAfterMilliseconds == 9)
        #expect(HopFailure.timedOut.retryAfterMilliseconds == nil)
    }
}
