import Budgeting
import ExactMoney
import Routing
import Testing

@Suite struct ReconciliationTests {
    private static func at(_ seconds: Int64) -> Instant { Instant(seconds: 1_800_000_000 + seconds) }

    private static func call(_ id: UInt64, generation: String?, doubtAt seconds: Int64 = 0) -> Books.Open {
        let reservation = Entry.Reservation(
            id: ReservationID(id), tenant: TenantID(1), model: ModelID(1), amount: Money(nanodollars: 100), windows: [])
        var events: [(Int64, Entry.Event)] = [(seconds - 5, .reserved(reservation))]
        if let generation { events.append((seconds - 1, .dispatched(ReservationID(id), generation: generation))) }
        events.append((seconds, .unresolved(ReservationID(id), .upstreamBroke)))
        var books = Books()
        for (time, event) in events {
            do { try books.apply(Entry(at: at(time), event: event)) } catch { Issue.record("\(error)") }
        }
        guard let call = books.open[ReservationID(id)] else { preconditionFailure("call \(id) is not open") }
        return call
    }

    @Test func asksForARecordAfterTheFirstPauseAndOnce() {
        var reconciliation = Reconciliation(at: Self.at(0))
        let calls = [Self.call(1, generation: "g")]
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(1)).isEmpty)
        let asked = [Reconciliation.Step.askForRecord(ReservationID(1), generation: "g")]
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(2)) == asked)
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(60)).isEmpty, "it is being asked")
    }

    @Test(arguments: [Reconciliation.Answer.notYet, .unreachable])
    func pausesGrowAndStayBounded(answer: Reconciliation.Answer) {
        var chance = Seeded(1)
        var reconciliation = Reconciliation(at: Self.at(0))
        let calls = [Self.call(1, generation: "g")]
        var now: Int64 = 0
        var asked: [Int64] = []
        while asked.count < 12, now < 3_500 {
            now += 1
            guard !reconciliation.steps(for: calls, lastReading: nil, at: Self.at(now)).isEmpty else { continue }
            asked.append(now)
            reconciliation.heard(answer, of: ReservationID(1), at: Self.at(now), using: &chance)
        }
        let pauses = zip(asked.dropFirst(), asked).map { $0 - $1 }
        #expect((3...5).contains(pauses[0]), "4 s, give or take a quarter: \(pauses)")
        #expect(zip(pauses, pauses.dropFirst()).prefix(4).allSatisfy { $0 < $1 }, "\(pauses)")
        #expect(pauses.allSatisfy { $0 <= 376 } && pauses.contains { $0 >= 225 }, "\(pauses)")
    }

    @Test func asksNoMoreThanItMayAtOnceAndTheOldestFirst() {
        var reconciliation = Reconciliation(at: Self.at(0))
        let calls = (1...20 as ClosedRange<UInt64>).map { Self.call($0, generation: "g\($0)") }
        let steps = reconciliation.steps(for: calls, lastReading: nil, at: Self.at(10))
        #expect(steps.count == reconciliation.rules.mostAtOnce)
        #expect(steps.first == .askForRecord(ReservationID(1), generation: "g1"))
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(11)).isEmpty)
    }

    @Test func aCallThatWasClosedMakesRoom() {
        var reconciliation = Reconciliation(at: Self.at(0))
        let calls = (1...20 as ClosedRange<UInt64>).map { Self.call($0, generation: "g\($0)") }
        _ = reconciliation.steps(for: calls, lastReading: nil, at: Self.at(10))
        let left = Array(calls.dropFirst(3))
        let steps = reconciliation.steps(for: left, lastReading: nil, at: Self.at(11))
        #expect(steps == (9...11).map { .askForRecord(ReservationID($0), generation: "g\($0)") })
    }

    @Test func weighsACallWithoutAnIdOnceForEachReading() {
        var reconciliation = Reconciliation(at: Self.at(0))
        let calls = [Self.call(1, generation: nil)]
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(10)).isEmpty)
        #expect(
            reconciliation.steps(for: calls, lastReading: Self.at(9), at: Self.at(10)) == [.weigh(ReservationID(1))])
        #expect(reconciliation.steps(for: calls, lastReading: Self.at(9), at: Self.at(11)).isEmpty)
        #expect(
            reconciliation.steps(for: calls, lastReading: Self.at(69), at: Self.at(70)) == [.weigh(ReservationID(1))])
    }

    @Test func assumesAfterFiftyFiveMinutesAndNotBefore() {
        var reconciliation = Reconciliation(at: Self.at(-1_000))
        let calls = [Self.call(1, generation: nil)]
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(3_299)).isEmpty)
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(3_300)) == [.assume(ReservationID(1))])
    }

    @Test func asksFirstAfterAStartHoweverOldTheDoubt() {
        var reconciliation = Reconciliation(at: Self.at(9_000))
        let calls = [Self.call(1, generation: nil), Self.call(2, generation: "g")]
        #expect(
            reconciliation.steps(for: calls, lastReading: nil, at: Self.at(9_001))
                == [.askForRecord(ReservationID(2), generation: "g")])
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(9_119)).isEmpty)
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(9_120)) == [.assume(ReservationID(1))])
    }

    @Test func guessesNothingOfACallWithAnIdWhileUpstreamCannotBeAsked() {
        var chance = Seeded(1)
        var reconciliation = Reconciliation(at: Self.at(0))
        let calls = [Self.call(1, generation: "g")]
        _ = reconciliation.steps(for: calls, lastReading: nil, at: Self.at(7_000))
        reconciliation.heard(.unreachable, of: ReservationID(1), at: Self.at(7_001), using: &chance)
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(7_002)).isEmpty)
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(7_100)).count == 1)
        reconciliation.heard(.notYet, of: ReservationID(1), at: Self.at(7_101), using: &chance)
        #expect(reconciliation.steps(for: calls, lastReading: nil, at: Self.at(7_102)) == [.assume(ReservationID(1))])
    }
}
