import Budgeting
import Dispatch
import ExactMoney
import Foundation
import Synchronization
import Testing

@testable import Ledger

/// Eight threads, a second of random commands: the log must tell the same as the books, and no reservation may have passed
/// a cap (``Replay`` looks at each).
@Suite(.serialized) struct LedgerConcurrencyTests {
    @Test(arguments: [1, 2])
    func theLogTellsWhatTheBooksSayAndNoCapWasPassed(seed: UInt64) async throws {
        let bench = try storm(seed) { _ in }
        let replay = try Replay(bench.store.restarted())
        #expect(BooksSnapshot(replay.books) == bench.snapshot)
        #expect(replay.reservations > 200, "too little happened: \(replay.reservations) reservations")
    }

    @Test(arguments: [3, 4])
    func soTooWhenTheStoreFailsNowAndThen(seed: UInt64) async throws {
        let bench = try storm(seed) { store in
            var chance = Seeded(seed)
            for _ in 0..<6 {
                let error: LedgerError = chance.once(in: 2) ? .full("disk") : .uncertain("lost answer")
                let isUncertain = error != .full("disk")
                store.failNext(error, durable: isUncertain && chance.once(in: 2))
                usleep(150_000)
            }
        }
        #expect(try bench.replayed() == bench.snapshot)
    }

    /// Runs the threads, waits for every answer, and closes.
    private func storm(_ seed: UInt64, _ trouble: @escaping @Sendable (MemoryStore) -> Void) throws -> LedgerBench {
        let bench = try LedgerBench(
            caps: Caps(
                everyTenantDaily: .limit(Money(nanodollars: 2_000_000)),
                globalDaily: .limit(Money(nanodollars: 4_000_000))))
        let group = DispatchGroup()
        for worker in 0..<8 {
            Thread.inGroup(group) { Worker(bench, Seeded(seed * 100 + UInt64(worker))).run(for: 1) }
        }
        Thread.inGroup(group) { trouble(bench.store) }
        group.wait()
        calm(bench)
        bench.ledger.close()
        return bench
    }

    /// Asks for nothing until the answer is durable: then no failure is left for the last commit. A ledger that closes while its
    /// store fails gives up what it could not write, which is told elsewhere (``WriterFailureTests``).
    private func calm(_ bench: LedgerBench) {
        while true {
            let asked = bench.ask("acme", 0, .now)
            while asked.isSubmitted, !asked.answer.isHere { usleep(500) }
            if let claim = asked.answer.now?.claim {
                asked.answer.drop()
                return claim.take().release()
            }
            usleep(5_000)
        }
    }
}

extension Thread {
    fileprivate static func inGroup(_ group: DispatchGroup, _ body: @escaping @Sendable () -> Void) {
        group.enter()
        Thread {
            body()
            group.leave()
        }.start()
    }
}

/// One thread's part: asks, ends what it was granted in any way, and withdraws now and then.
private final class Worker {
    private let bench: LedgerBench
    private var chance: Seeded
    private var asked: [Asked] = []

    init(_ bench: LedgerBench, _ chance: Seeded) {
        self.bench = bench
        self.chance = chance
    }

    func run(for seconds: TimeInterval) {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            if asked.count < 20 { ask() }
            endSome()
            if chance.once(in: 8) { usleep(UInt32(chance.number(0...2_000))) }
        }
        let patience = Date(timeIntervalSinceNow: 10)
        while !asked.isEmpty, Date() < patience {
            for asked in asked { if let waiter = asked.waiter { _ = bench.ledger.withdraw(waiter) } }
            asked.removeAll { $0.waiter != nil && !$0.answer.isHere }
            endSome()
            usleep(500)
        }
        #expect(asked.isEmpty, "\(asked.count) calls were never answered")
    }

    private func ask() {
        let tenant = ["acme", "beta", "gamma"][Int(chance.number(0...2))]
        let amount = chance.once(in: 10) ? 0 : chance.number(1...300_000)
        let one = bench.ask(tenant, amount, chance.once(in: 4) ? .now : .inOrder)
        if one.isSubmitted || one.waiter != nil { asked.append(one) }
        if chance.once(in: 50) {
            let id = bench.ledger.tenant(named: tenant)
            bench.ledger.record(.reset(BudgetID(chance.once(in: 2) ? .global : .tenant(id), .day)))
        }
    }

    private func endSome() {
        asked.removeAll { one in
            guard let answer = one.answer.now else { return false }
            guard case .granted(let claim, let amount) = answer else { return true }
            if chance.once(in: 10) {
                one.answer.drop()
                return true
            }
            let reservation = claim.take()
            one.answer.drop()
            switch chance.number(0...9) {
            case 0: reservation.release()
            case 1: reservation.leaveUnresolved(.clientGone)
            case 2: break  // dropped without a word
            default:
                if chance.once(in: 3) { reservation.dispatched(generation: "gen") }
                reservation.settle(LedgerBench.settlement(chance.number(0...max(0, amount / 20))))
            }
            return true
        }
    }
}
