import Budgeting
import ExactMoney
import Testing

@testable import Ledger

@Suite struct LedgerRemarkTests {
    private func remark(_ id: ReservationID) -> CallRemark {
        let model = ModelID(1)
        var details = CallDetails(call: id, asked: model, planned: model, served: model)
        details.outcome = .answered
        return CallRemark(details, user: "anna", provider: "OpenAI")
    }

    private func events(_ bench: LedgerBench) throws -> [Entry.Event] {
        var events: [Entry.Event] = []
        try bench.store.restarted().replay { events += try Entry.decode($0.entries).map(\.event) }
        return events
    }

    @Test func standsJustBeforeTheSettlementAndKnowsTheStateAfterIt() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let id = try await bench.reserve("acme", 90)
        bench.ledger.close(
            id,
            by: .settle(
                id, .init(cost: Money(nanodollars: 85), inputTokens: 1, outputTokens: 2, evidence: .provider)),
            remark(id), from: nil)
        bench.ledger.close()
        let events = try events(bench).suffix(2)
        guard case .called(id, let details) = events.first, case .settled(id, _) = events.last else {
            Issue.record("the last two entries are \(events)")
            return
        }
        #expect(details.stateBefore == .active)
        #expect(details.stateAfter == .warned)
        let names = try bench.store.restarted().names()
        #expect(names.contains(Name(kind: .user, number: try #require(details.user?.number), text: "anna")))
        #expect(names.contains(Name(kind: .provider, number: try #require(details.provider?.number), text: "OpenAI")))
        #expect(try bench.replayed() == bench.snapshot)
    }

    @Test func isNotWrittenForAReservationThatIsClosed() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let id = try await bench.reserve("acme", 90)
        bench.ledger.record(.release(id))
        bench.ledger.close(id, by: .release(id), remark(id), from: nil)
        bench.ledger.close()
        let remarks = try events(bench).filter { if case .called = $0 { true } else { false } }
        #expect(remarks.isEmpty)
        #expect(try bench.store.restarted().names().allSatisfy { $0.kind != .user })
    }
}
