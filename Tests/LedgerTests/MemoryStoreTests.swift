import Synchronization
import Testing

@testable import Ledger

struct MemoryStoreTests {
    /// The ledger is what the last store held.
    final class Ledger: Sendable {
        private let last = Mutex(MemoryStore())

        func open() -> MemoryStore {
            last.withLock { last in
                last = last.restarted()
                return last
            }
        }
    }

    @Test(arguments: LedgerStoreConformance.checks)
    func conforms(to check: LedgerStoreConformance.Check) throws {
        let ledger = Ledger()
        try LedgerStoreConformance { ledger.open() }.run(check)
    }

    @Test(arguments: [false, true])
    func failsTheNextAppendOnlyBeforeOrAfterItBecameDurable(durable: Bool) throws {
        let store = MemoryStore()
        store.failNext(.uncertain("lost answer"), durable: durable)
        #expect(throws: LedgerError.uncertain("lost answer")) { try store.append(Scratch.batch(1)) }
        #expect(try Told(store.restarted()) == Told(upTo: durable ? 1 : 0))
        try store.append(Scratch.batch(1))
        #expect(try Told(store) == Told(upTo: 1))
    }

    @Test func failsEveryAppendUntilToldOtherwise() throws {
        let store = MemoryStore()
        store.failAll(.full("disk"))
        for _ in 0..<3 { #expect(throws: LedgerError.full("disk")) { try store.append(Scratch.batch(1)) } }
        store.failAll(nil)
        try store.append(Scratch.batch(1))
        #expect(try Told(store) == Told(upTo: 1))
    }

    @Test func saysNothingOnceItIsClosed() throws {
        let store = MemoryStore()
        try store.close()
        #expect(try requireError { try store.append(Scratch.batch(1)) }.isUnavailable)
    }
}
