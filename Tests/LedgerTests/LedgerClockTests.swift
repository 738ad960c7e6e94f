import Budgeting
import ExactMoney
import Synchronization
import Testing

@testable import Ledger

/// A ledger whose last entry is ahead of the clock.
@Suite struct LedgerClockTests {
    private final class Clock: Sendable {
        private let time = Mutex(LedgerBench.noon)

        var now: Instant { time.withLock { $0 } }
        func move(hours: Int64) {
            time.withLock { $0 = Instant(milliseconds: $0.milliseconds + hours * 3_600_000) }
        }
    }

    private let clock = Clock()

    private func open(_ store: MemoryStore, _ whenAhead: Ledger.WhenAhead = .refuse) throws -> Ledger {
        try Ledger.open(
            store, caps: LedgerBench.day(100), policy: .init(thresholds: Thresholds()), whenAhead: whenAhead,
            clock: { [clock] in clock.now }, logger: LedgerBench.quiet)
    }

    private func ask(_ ledger: Ledger) -> Submitted<String> {
        let acme = CallScopes(ledger.tenant(named: "acme"))
        return ledger.reserve(
            acme, .inOrder, on: QueueLoop(),
            plan: { _, _, _ -> Plan<Int, String> in .reserve(ModelID(1), .zero, 0) }, complete: { _ in })
    }

    private func failure(_ submitted: Submitted<String>) -> LedgerError? {
        if case .unavailable(let error) = submitted { error } else { nil }
    }

    @Test func refusesFromADayOnAndSaysWhatToDo() throws {
        let store = MemoryStore()
        try open(store).close()
        clock.move(hours: -24)
        let ledger = try open(store.restarted())
        let error = try #require(failure(ask(ledger)))
        #expect(error == ledger.failure)
        #expect(error.description.contains("2026-06-15T12:00:00Z, but the clock says 2026-06-14T12:00:00Z"))
        #expect(error.description.contains("--accept-clock"))
        ledger.close()
    }

    @Test func goesOnAtItsOwnTimeWhereItIsLessThanADayAhead() throws {
        let store = MemoryStore()
        try open(store).close()
        clock.move(hours: -23)
        let ledger = try open(store.restarted())
        #expect(ledger.failure == nil && ledger.lead == nil)
        #expect(failure(ask(ledger)) == nil)
        #expect(ledger.read { _, _, _, now in now } == LedgerBench.noon)
        ledger.close()
    }

    @Test func goesOnWhereAnOperatorSaysSo() throws {
        let store = MemoryStore()
        try open(store).close()
        clock.move(hours: -48)
        let ledger = try open(store.restarted(), .goOn)
        #expect(ledger.failure == nil)
        #expect(ledger.lead == LedgerBench.noon)
        #expect(failure(ask(ledger)) == nil)
        ledger.close()
    }

    /// The clock is looked at with every call, so a running gateway sees it too; and facts are booked whatever it says.
    @Test func seesAClockThatIsSetBackWhileItRuns() throws {
        let ledger = try open(MemoryStore())
        let acme = CallScopes(ledger.tenant(named: "acme"))
        _ = ledger.record(.reserve(acme, model: ModelID(1), amount: .zero))
        clock.move(hours: -25)
        #expect(failure(ask(ledger)) != nil)
        #expect(throws: Never.self) { try ledger.record(.release(ReservationID(1))).get() }
        clock.move(hours: 25)
        #expect(failure(ask(ledger)) == nil)
        ledger.close()
    }
}
