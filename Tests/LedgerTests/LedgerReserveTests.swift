import Budgeting
import ExactMoney
import Testing

@testable import Ledger

@Suite struct LedgerReserveTests {
    @Test func acknowledgesAReservationOnlyWhenItIsDurable() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let before = bench.gate.arrivals
        bench.gate.shut()
        let asked = bench.ask("acme", 60)
        #expect(asked.isSubmitted)
        try await eventually { bench.gate.arrivals == before + 1 }
        try await Task.sleep(for: .milliseconds(50))
        #expect(!asked.answer.isHere)
        #expect(bench.day("acme") == [0, 0, 60], "held from the moment it was decided")
        #expect(try bench.replayed().lastReservation == ReservationID(0))
        bench.gate.open()
        #expect(try await asked.answer.value().claim?.id == ReservationID(1))
        #expect(try bench.replayed().lastReservation == ReservationID(1))
        bench.ledger.close()
    }

    @Test func commitsWhatHasGatheredAsOneBatch() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(1_000))
        let before = bench.gate.batches
        bench.gate.shut()
        let first = bench.ask("acme", 1)
        try await eventually { bench.gate.arrivals == before + 1 }
        let others = (0..<200).map { _ in bench.ask("acme", 1) }
        bench.gate.open()
        for asked in [first] + others { #expect(try await asked.answer.value().claim != nil) }
        #expect(bench.gate.batches == before + 2)
        #expect(bench.loop.turns == 2, "all answers of a batch are handed over at once")
        bench.ledger.close()
    }

    @Test func commitsWhatOneTurnOfALoopAsksForAsOneBatch() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(1_000))
        let before = bench.gate.batches
        bench.loop.turn { for _ in 0..<50 { bench.ask("acme", 1) } }
        try await eventually { bench.day("acme")[2] == 50 && bench.loop.turns == 1 }
        #expect(bench.gate.batches == before + 1)
        bench.ledger.close()
    }

    @Test func needsNoDiskToRefuse() throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let before = bench.gate.arrivals
        bench.gate.shut()
        #expect(bench.ask("acme", 101).denial == "exceeded")
        #expect(bench.gate.arrivals == before)
        bench.gate.open()
        bench.ledger.close()
    }

    @Test func releasesAClaimThatNobodyTakes() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let asked = bench.ask("acme", 60)
        _ = try await asked.answer.value()
        #expect(bench.day("acme") == [0, 0, 60])
        asked.answer.drop()
        try await eventually { bench.day("acme") == [0, 0, 0] }
        bench.ledger.close()
        #expect(try bench.replayed().open.isEmpty)
    }

    @Test func leavesAReservationUnresolvedThatIsDroppedWithoutAWord() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        do {
            let reservation = try #require(try await bench.ask("acme", 60).answer.value().claim).take()
            #expect(reservation.id == ReservationID(1))
        }
        #expect(bench.day("acme") == [0, 60, 0])
        #expect(bench.openCalls[ReservationID(1)]?.doubt == .ownerEnded)
        bench.ledger.close()
    }

    @Test func endsAReservationOnceInOneOfThreeWays() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        func take(_ amount: Int64) async throws -> ReservationClaim {
            try #require(try await bench.ask("acme", amount).answer.value().claim)
        }
        let settled = try await take(40).take()
        settled.dispatched(generation: "gen-1")
        #expect(bench.openCalls[ReservationID(1)]?.generation == "gen-1")
        settled.settle(LedgerBench.settlement(25))
        #expect(bench.day("acme") == [25, 0, 0])
        let released = try await take(40).take()
        released.release()
        #expect(bench.day("acme") == [25, 0, 0])
        let doubtful = try await take(40).take()
        doubtful.leaveUnresolved(.clientGone)
        #expect(bench.day("acme") == [25, 40, 0])
        #expect(bench.openCalls[ReservationID(3)]?.doubt == .clientGone)
        bench.ledger.close()
        #expect(try bench.replayed() == bench.snapshot)
    }

    @Test func booksASettlementAboveTheReservationInFull() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        bench.settle(try await bench.reserve("acme", 60), 130)
        #expect(bench.day("acme") == [130, 0, 0])
        #expect(bench.ask("acme", 1).denial == "exceeded")
        bench.ledger.close()
        #expect(try bench.replayed() == bench.snapshot)
    }

    @Test func aClaimIsTakenOnce() async {
        await #expect(processExitsWith: .failure) {
            let bench = try LedgerBench()
            let claim = try #require(try await bench.ask("acme", 1).answer.value().claim)
            claim.take().release()
            claim.take().release()
        }
    }
}
