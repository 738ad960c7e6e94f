import Budgeting
import ExactMoney
import Routing
import Testing

/// Where no endpoint sells a model at the pinned price, it is tried once at its dearest endpoint's, before the chain moves on.
@Suite struct RepricingTests {
    private let tooLow = HopFailure.status(404, .jsonPriceTooLow, retryAfterMilliseconds: nil)

    private func machine(hops: [Int]) -> RequestMachine {
        var machine = RequestMachine(hops: hops, skipped: [], clientNamedModel: true)
        #expect(machine.start() == .reserve(hops: hops))
        #expect(machine.granted(hop: hops[0]) == .send(hop: hops[0]))
        return machine
    }

    private var denial: Denial { .callTooExpensive(required: Money(nanodollars: 2), most: Money(nanodollars: 1)) }

    @Test func asksForTheDearestEndpointFirst() {
        var machine = machine(hops: [0, 1])
        #expect(machine.failed(tooLow, jitterMilliseconds: 100) == .reprice(hop: 0))
        #expect(machine.repriced(.dearer) == .reserveNext(hop: 0))
        #expect(machine.granted(hop: 0) == .send(hop: 0))
        #expect(machine.attempts.map(\.why) == ["price_too_low"])
    }

    @Test func asksOnce() {
        var machine = machine(hops: [0, 1])
        _ = machine.failed(tooLow, jitterMilliseconds: 100)
        _ = machine.repriced(.dearer)
        _ = machine.granted(hop: 0)
        #expect(machine.failed(tooLow, jitterMilliseconds: 100) == .reserveNext(hop: 1))
    }

    @Test func movesOnWhereNothingIsDearer() {
        var machine = machine(hops: [0, 1])
        _ = machine.failed(tooLow, jitterMilliseconds: 100)
        #expect(machine.repriced(.nothingDearer) == .reserveNext(hop: 1))
    }

    @Test func movesOnWhereTheDearerPriceDoesNotFit() {
        var machine = machine(hops: [0, 1])
        _ = machine.failed(tooLow, jitterMilliseconds: 100)
        _ = machine.repriced(.dearer)
        #expect(machine.denied(denial) == .reserveNext(hop: 1))
        #expect(machine.granted(hop: 1) == .send(hop: 1))
        #expect(machine.attempts.map(\.why) == ["price_too_low", "budget_exceeded"])
    }

    @Test func theOnlyModelIsNotTriedAThirdTime() {
        var machine = machine(hops: [0])
        _ = machine.failed(tooLow, jitterMilliseconds: 100)
        _ = machine.repriced(.dearer)
        _ = machine.granted(hop: 0)
        let end = machine.failed(tooLow, jitterMilliseconds: 100)
        #expect(end == .answer(.chainExhausted(timedOut: false, retryAfterMilliseconds: nil)))
        var other = self.machine(hops: [0])
        _ = other.failed(tooLow, jitterMilliseconds: 100)
        #expect(
            other.repriced(.nothingDearer) == .answer(.chainExhausted(timedOut: false, retryAfterMilliseconds: nil)))
    }

    @Test func anAnswerThatComesTooLateChangesNothing() {
        var machine = machine(hops: [0])
        #expect(machine.repriced(.dearer) == .nothing)
        _ = machine.failed(tooLow, jitterMilliseconds: 100)
        machine.ended()
        #expect(machine.repriced(.dearer) == .nothing)
    }

    @Test func theFailureIsFreeAndSaysNothingOfTheModel() {
        #expect(tooLow.fate == .release)
        #expect(!tooLow.tripsBreaker)
        #expect(tooLow.blame(clientNamedModel: true) == .upstream)
        #expect(tooLow.why == "price_too_low")
    }
}
