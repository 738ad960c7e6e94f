/// What every ``LedgerStore`` must do, as checks that any test target can run:
///
/// ```swift
/// @Test(arguments: LedgerStoreConformance.checks)
/// func conforms(to check: LedgerStoreConformance.Check) throws {
///     let ledger = …  // a new one
///     try LedgerStoreConformance { try ledger.open() }.run(check)
/// }
/// ```
public struct LedgerStoreConformance: Sendable {
    /// One behaviour, named by it.
    public struct Check: Sendable, CustomStringConvertible {
        public let name: String
        let body: @Sendable (LedgerStoreConformance) throws -> Void

        public var description: String { name }
    }

    /// What a store did not do.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Opens one ledger, empty at first, again and again; never while it is open.
    let open: @Sendable () throws -> any LedgerStore

    public init(open: @escaping @Sendable () throws -> any LedgerStore) {
        self.open = open
    }

    /// - Throws: ``Failure``, or what the store threw where it must not.
    public func run(_ check: Check) throws {
        try check.body(self)
    }
}

extension LedgerStoreConformance {
    func session<T>(_ body: (any LedgerStore) throws -> T) throws -> T {
        let store = try open()
        let result: T
        do {
            result = try body(store)
        } catch {
            try store.close()
            throw error
        }
        try store.close()
        return result
    }

    static func batch(_ number: UInt64, _ entries: [UInt8]? = nil, names: [Name] = []) -> Batch {
        Batch(number: number, entries: entries ?? Array("entries of \(number)".utf8), names: names)
    }

    static func tenant(_ number: UInt32, _ text: String) -> Name {
        Name(kind: .tenant, number: number, text: text)
    }

    static func expect<T: Equatable>(_ found: T, _ wanted: T, _ what: String) throws {
        guard found == wanted else { throw Failure(description: "\(what): \(found), not \(wanted)") }
    }

    /// That the log holds these batches and no other.
    static func expectBatches(_ wanted: [Batch], in store: any LedgerStore) throws {
        var found: [Batch] = []
        try store.replay { found.append($0) }
        try expect(found.map(\.number), wanted.map(\.number), "numbers")
        try expect(found.map(\.entries), wanted.map(\.entries), "entries")
        try expect(found.flatMap(\.names), [], "names come from names() only")
    }

    static func expectNames(_ wanted: [Name], in store: any LedgerStore) throws {
        let found = try store.names()
        try expect(found, wanted, "names")
        // `==` takes canonically equal texts for one; the ledger must not.
        try expect(found.map { Array($0.text.utf8) }, wanted.map { Array($0.text.utf8) }, "bytes of names")
    }

    static func expectConflict(_ batch: Batch, in store: any LedgerStore) throws {
        do {
            try store.append(batch)
        } catch let error as LedgerError {
            return try expect(error, .conflict(batch: batch.number), "refusal of batch \(batch.number)")
        }
        throw Failure(description: "batch \(batch.number) was taken")
    }
}
