import Budgeting
import ExactMoney
import Testing

@testable import Ledger

@Suite struct LedgerWaitingTests {
    @Test func waitsForHeldMoneyAndIsAnsweredWhenItComesBack() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let first = try await bench.reserve("acme", 80)
        let second = bench.ask("acme", 50)
        #expect(second.waiter != nil)
        #expect(!second.answer.isHere)
        bench.settle(first, 10)
        #expect(try await second.answer.value().claim != nil)
        #expect(bench.day("acme") == [10, 0, 50])
        bench.ledger.close()
    }

    @Test func isDeniedWhenTheMoneyWasSpentMeanwhile() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let first = try await bench.reserve("acme", 80)
        let second = bench.ask("acme", 50)
        bench.settle(first, 80)
        guard case .denied("exceeded") = try await second.answer.value() else {
            Issue.record("the waiting call was not denied")
            return
        }
        bench.ledger.close()
    }

    @Test func servesInOrderOfArrivalAndLetsNoLaterCallOvertake() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let first = try await bench.reserve("acme", 80)
        let big = bench.ask("acme", 60)
        let small = bench.ask("acme", 10)
        #expect(small.waiter != nil, "it would fit, but came later")
        #expect(!big.answer.isHere && !small.answer.isHere)
        bench.ledger.record(.release(first))
        let bigID = try #require(try await big.answer.value().claim).id
        let smallID = try #require(try await small.answer.value().claim).id
        #expect(bigID < smallID)
        bench.ledger.close()
    }

    @Test func oneThatStillWaitsHoldsBackThoseBehindIt() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let first = try await bench.reserve("acme", 50)
        let second = try await bench.reserve("acme", 45)
        let big = bench.ask("acme", 60)
        let small = bench.ask("acme", 20)
        bench.ledger.record(.release(second))
        try await Task.sleep(for: .milliseconds(20))
        #expect(!big.answer.isHere && !small.answer.isHere)
        bench.ledger.record(.release(first))
        #expect(try await big.answer.value().claim != nil)
        #expect(try await small.answer.value().claim != nil)
        bench.ledger.close()
    }

    @Test func otherTenantsAreNotHeldBackByATenantsOwnBudget() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        _ = try await bench.reserve("acme", 80)
        #expect(bench.ask("acme", 60).waiter != nil)
        #expect(bench.ask("beta", 60).isSubmitted)
        bench.ledger.close()
    }

    @Test func otherTenantsAreHeldBackByTheGlobalBudget() async throws {
        let bench = try LedgerBench(caps: Caps(globalDaily: .limit(Money(nanodollars: 100))))
        _ = try await bench.reserve("acme", 80)
        #expect(bench.ask("acme", 60).waiter != nil)
        #expect(bench.ask("beta", 10).waiter != nil)
        bench.ledger.close()
    }

    @Test func aFreeCallOvertakes() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        _ = try await bench.reserve("acme", 100)
        let waiting = bench.ask("acme", 60)
        let free = bench.ask("acme", 0)
        #expect(free.isSubmitted)
        #expect(try await free.answer.value().claim != nil)
        #expect(!waiting.answer.isHere)
        bench.ledger.close()
    }

    @Test func oneThatHasWaitedItsTimeTakesWhatIsThere() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        _ = try await bench.reserve("acme", 80)
        #expect(bench.ask("acme", 60).waiter != nil)
        #expect(bench.ask("acme", 20, .now).isSubmitted)
        bench.ledger.close()
    }

    @Test func withdrawingLetsTheNextOneIn() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        _ = try await bench.reserve("acme", 80)
        let big = bench.ask("acme", 60)
        let small = bench.ask("acme", 20)
        let waiter = try #require(big.waiter)
        #expect(bench.ledger.withdraw(waiter))
        #expect(!bench.ledger.withdraw(waiter))
        #expect(try await small.answer.value().claim != nil)
        #expect(!big.answer.isHere, "who withdraws hears nothing more")
        bench.ledger.close()
    }

    @Test func cannotWithdrawWhatWasAnswered() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        let first = try await bench.reserve("acme", 80)
        let second = bench.ask("acme", 60)
        bench.ledger.record(.release(first))
        #expect(!bench.ledger.withdraw(try #require(second.waiter)))
        #expect(try await second.answer.value().claim != nil)
        bench.ledger.close()
    }

    @Test func aRaisedCapLetsWaitingCallsIn() async throws {
        let bench = try LedgerBench(caps: LedgerBench.day(100))
        _ = try await bench.reserve("acme", 80)
        let waiting = bench.ask("acme", 60)
        bench.ledger.record(.setCap(.everyTenant(.day), .limit(Money(nanodollars: 200))))
        #expect(try await waiting.answer.value().claim != nil)
        bench.ledger.close()
    }
}
