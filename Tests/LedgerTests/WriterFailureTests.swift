import Budgeting
import ExactMoney
import Testing

@testable import Ledger

/// What the writer does when the store does not do its part.
@Suite struct WriterFailureTests {
    private func recovered(_ bench: LedgerBench) async throws {
        try await eventually { bench.ledger.failure == nil }
    }

    @Test func aDefiniteFailureRefusesTheBatchAndAllThatIsAskedMeanwhile() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        bench.store.failAll(.full("disk"))
        let asked = bench.ask("acme", 60)
        #expect(asked.isSubmitted)
        #expect(try await asked.answer.value().error == .full("disk"))
        #expect(bench.ledger.failure == .full("disk"))
        #expect(bench.ask("acme", 1).error == .full("disk"), "fails closed")
        bench.store.failAll(nil)
        try await recovered(bench)
        #expect(bench.day("acme") == [0, 0, 0], "what was refused holds nothing")
        #expect(try await bench.reserve("acme", 60) == ReservationID(1))
        bench.ledger.close()
        #expect(try bench.replayed() == bench.snapshot)
    }

    @Test func refusesWhatWasDecidedWhileTheFailingBatchWasWritten() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let before = bench.gate.arrivals
        bench.gate.shut()
        let first = bench.ask("acme", 50)
        try await eventually { bench.gate.arrivals == before + 1 }
        let second = bench.ask("acme", 40)
        let waiting = bench.ask("acme", 30)
        #expect(second.isSubmitted)
        #expect(waiting.waiter != nil)
        bench.store.failNext(.unavailable("gone"), durable: false)
        bench.gate.open()
        for asked in [first, second, waiting] { #expect(try await asked.answer.value().error == .unavailable("gone")) }
        try await recovered(bench)
        #expect(bench.day("acme") == [0, 0, 0])
        bench.ledger.close()
        #expect(try bench.replayed() == bench.snapshot)
    }

    @Test func keepsFactsAndWritesThemLater() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let settled = try await bench.reserve("acme", 30)
        let released = try await bench.reserve("acme", 20)
        let doubtful = try await bench.reserve("acme", 10)
        bench.store.failAll(.full("disk"))
        bench.settle(settled, 25)
        try await eventually { bench.ledger.failure != nil }
        bench.ledger.record(.release(released))
        bench.ledger.record(.leaveUnresolved(doubtful, .noUsage))
        bench.ledger.record(.setCap(.everyTenant(.day), .limit(Money(nanodollars: 500))))
        #expect(bench.day("acme") == [25, 10, 0], "in the books at once")
        #expect(try bench.replayed().open.count == 3)
        try await Task.sleep(for: .milliseconds(600))
        #expect(bench.day("acme") == [25, 10, 0])
        bench.store.failAll(nil)
        try await recovered(bench)
        try await eventually { (try? bench.replayed()) == bench.snapshot }
        #expect(try bench.replayed().open.count == 1)
        #expect(bench.ask("acme", 400).isSubmitted)
        bench.ledger.close()
    }

    @Test func aFactThatWasInTheFailingBatchIsKeptToo() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let id = try await bench.reserve("acme", 30)
        let before = bench.gate.arrivals
        bench.gate.shut()
        bench.settle(id, 25)
        try await eventually { bench.gate.arrivals == before + 1 }
        let refused = bench.ask("acme", 40)
        bench.store.failNext(.full("disk"), durable: false)
        bench.gate.open()
        #expect(try await refused.answer.value().error == .full("disk"))
        try await recovered(bench)
        #expect(bench.day("acme") == [25, 0, 0])
        bench.ledger.close()
        #expect(try bench.replayed() == bench.snapshot)
    }

    @Test(arguments: [true, false])
    func releasesAReservationWhoseCommitWasUncertain(durable: Bool) async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let kept = try await bench.reserve("acme", 10)
        bench.store.failNext(.uncertain("lost answer"), durable: durable)
        let asked = bench.ask("acme", 60)
        #expect(try await asked.answer.value().error == .uncertain("lost answer"), "its caller was told no")
        try await recovered(bench)
        #expect(bench.day("acme") == [0, 0, 10])
        #expect(bench.openCalls.keys.sorted() == [kept])
        #expect(try await bench.reserve("acme", 90) == ReservationID(3), "its number is used up")
        bench.ledger.close()
        #expect(try bench.replayed() == bench.snapshot)
    }

    @Test(arguments: [true, false])
    func booksAFactOnceThoughItsCommitWasUncertain(durable: Bool) async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let first = try await bench.reserve("acme", 30)
        let second = try await bench.reserve("acme", 30)
        // The failure lasts a moment that a poll can miss; the gate holds the writer while the second fact comes.
        let before = bench.gate.arrivals
        bench.gate.shut()
        bench.settle(first, 25)
        try await eventually { bench.gate.arrivals == before + 1 }
        bench.store.failNext(.uncertain("lost answer"), durable: durable)
        bench.settle(second, 20)
        bench.gate.open()
        #expect(bench.day("acme") == [45, 0, 0])
        try await recovered(bench)
        #expect(bench.day("acme") == [45, 0, 0])
        bench.ledger.close()
        #expect(try bench.replayed() == bench.snapshot)
    }

    @Test func anUncertainCommitThatTurnsOutNotToBeInIsAFailure() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let id = try await bench.reserve("acme", 30)
        let before = bench.gate.arrivals
        bench.gate.shut()
        let asked = bench.ask("acme", 60)
        try await eventually { bench.gate.arrivals == before + 1 }
        bench.settle(id, 25)
        bench.store.failNext(.uncertain("lost answer"), durable: false)
        bench.gate.open()
        _ = try await asked.answer.value()
        bench.store.failAll(.full("disk"))
        try await Task.sleep(for: .milliseconds(400))
        #expect(bench.day("acme") == [25, 0, 0])
        bench.store.failAll(nil)
        try await recovered(bench)
        bench.ledger.close()
        #expect(try bench.replayed() == bench.snapshot)
    }

    @Test func keepsANameOfTheFailingBatch() async throws {
        let bench = try LedgerBench()
        bench.store.failNext(.full("disk"), durable: false)
        let asked = bench.ask("acme", 1)
        #expect(try await asked.answer.value().error != nil)
        try await recovered(bench)
        _ = try await bench.reserve("acme", 1)
        bench.ledger.close()
        #expect(try bench.store.restarted().names().map(\.text) == ["acme", "a/b"])
    }
}

@Suite struct WriterClosingTests {
    @Test func closingWritesWhatIsPending() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let id = try await bench.reserve("acme", 60)
        bench.settle(id, 42)
        let asked = bench.ask("acme", 5)
        bench.ledger.close()
        #expect(try bench.replayed() == bench.snapshot)
        #expect(try bench.replayed().open.keys.sorted() == [ReservationID(2)])
        #expect(try await asked.answer.value().claim != nil)
    }

    @Test func aClosedLedgerAnswersThatItIs() throws {
        let bench = try LedgerBench()
        bench.ledger.close()
        bench.ledger.close()
        #expect(bench.ask("acme", 1).error == .unavailable("it is closing"))
        #expect(throws: LedgerError.self) { try bench.store.names() }
    }

    @Test func closingWhileTheStoreFailsLosesNoMoney() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let id = try await bench.reserve("acme", 60)
        bench.store.failAll(.full("disk"))
        bench.settle(id, 42)
        try await eventually { bench.ledger.failure != nil }
        bench.ledger.close()
        let next = try LedgerBench(on: bench.store.restarted(), caps: LedgerBench.day(100))
        #expect(next.day("acme") == [0, 60, 0], "what could not be written counts as spent")
        next.ledger.close()
    }
}
