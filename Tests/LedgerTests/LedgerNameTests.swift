import Budgeting
import Testing

@testable import Ledger

@Suite struct LedgerNameTests {
    @Test func aNameHasOneNumberHoweverOftenItIsUsed() throws {
        let bench = try LedgerBench()
        let acme = bench.ledger.tenant(named: "acme")
        #expect(bench.ledger.tenant(named: "acme") == acme)
        #expect(bench.ledger.tenant(named: "Acme") != acme)
        #expect(bench.ledger.model(named: "acme").number == 1, "kinds are numbered by themselves")
        bench.ledger.close()
    }

    @Test func namesSurviveAReopening() async throws {
        let bench = try LedgerBench()
        let beta = bench.ledger.tenant(named: "beta")
        _ = try await bench.reserve("acme", 1)
        bench.ledger.close()
        let next = try LedgerBench(on: bench.store.restarted())
        #expect(next.ledger.tenant(named: "beta") == beta)
        #expect(next.ledger.tenant(named: "acme") == TenantID(2))
        let (tenant, model) = next.ledger.read { _, names, _, _ in
            (names.text(of: TenantID(2)), names.text(of: ModelID(1)))
        }
        #expect(tenant == "acme")
        #expect(model == "a/b")
        next.ledger.close()
    }

    @Test func anErasedNameIsShownByItsNumber() async throws {
        let bench = try LedgerBench()
        _ = try await bench.reserve("mallory", 1)
        bench.ledger.close()
        let store = bench.store.restarted()
        try store.erase(.tenant, number: 1)
        let next = try LedgerBench(on: store)
        #expect(next.ledger.read { _, names, _, _ in names.text(of: TenantID(1)) } == "#1")
        #expect(next.ledger.read { _, names, _, _ in names.tenant(named: "mallory") } == nil)
        next.ledger.close()
    }

    // MARK: the numbers of erased names

    @Test(arguments: Name.Kind.allCases)
    func memoryKnowsTheLastNumberOfAKindErasedOrNot(kind: Name.Kind) throws {
        let memory = MemoryStore()
        try check(memory, kind) { memory.restarted() }
    }

    @Test(arguments: Name.Kind.allCases)
    func sqliteKnowsTheLastNumberOfAKindErasedOrNot(kind: Name.Kind) throws {
        let scratch = try Scratch()
        let store = try SQLiteStore.open(path: scratch.ledger)
        try check(store, kind) {
            try store.close()
            return try SQLiteStore.open(path: scratch.ledger)
        }
    }

    private func check(
        _ store: any LedgerStore, _ kind: Name.Kind, reopened: () throws -> any LedgerStore
    ) throws {
        #expect(try store.lastNumber(kind) == 0)
        let names = [1, 2, 7].map { Name(kind: kind, number: $0, text: "name \($0)") }
        try store.append(Batch(number: 1, entries: [], names: names))
        #expect(try store.lastNumber(kind) == 7)
        try store.erase(kind, number: 7)
        #expect(try store.lastNumber(kind) == 7)
        let next = try reopened()
        #expect(try next.lastNumber(kind) == 7)
        for other in Name.Kind.allCases where other != kind { #expect(try next.lastNumber(other) == 0) }
        try next.append(Batch(number: 2, entries: [], names: [Name(kind: kind, number: .max, text: "last")]))
        #expect(try next.lastNumber(kind) == .max)
        try next.close()
    }

    @Test func anErasedNamesNumberIsNeverGivenToAnother() async throws {
        let bench = try LedgerBench()
        _ = try await bench.reserve("acme", 1)
        // Never used by an entry, so that only the names can tell its number.
        #expect(bench.ledger.tenant(named: "mallory") == TenantID(2))
        #expect(bench.ledger.model(named: "secret/model") == ModelID(2))
        bench.ledger.close()
        let store = bench.store.restarted()
        try store.erase(.tenant, number: 2)
        try store.erase(.model, number: 2)
        let next = try LedgerBench(on: store)
        #expect(next.ledger.tenant(named: "beta") == TenantID(3))
        #expect(next.ledger.model(named: "c/d") == ModelID(3))
        #expect(next.ledger.tenant(named: "mallory") == TenantID(4), "nor back to its own")
        next.ledger.close()
    }
}
