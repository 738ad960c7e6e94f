internal import Synchronization

/// The ledger in memory: every promise of ``LedgerStore`` but to outlive the process. For tests and simulations, which can
/// also have it fail.
public final class MemoryStore: LedgerStore {
    private let state: Mutex<State>

    public init() {
        state = Mutex(State())
    }

    private init(_ contents: Contents) {
        state = Mutex(State(contents: contents))
    }

    /// What a new process would find: all that became durable, and no failure.
    public func restarted() -> MemoryStore {
        MemoryStore(state.withLock(\.contents))
    }

    /// Fails the next append, before the batch became durable or after.
    public func failNext(_ error: LedgerError, durable: Bool) {
        state.withLock { $0.next = (error, durable) }
    }

    /// Fails every append, before the batch became durable. Nil ends it.
    public func failAll(_ error: LedgerError?) {
        state.withLock { $0.all = error }
    }

    public func replay(_ body: (Batch) throws -> Void) throws {
        let batches = try state.withLock { state in
            try state.requireOpen()
            return state.contents.batches
        }
        for batch in batches { try body(Batch(number: batch.number, entries: batch.entries, names: [])) }
    }

    public func names() throws -> [Name] {
        let names = try state.withLock { state in
            try state.requireOpen()
            return state.contents.names
        }
        let order = names.keys.sorted { ($0.kind.rawValue, $0.number) < ($1.kind.rawValue, $1.number) }
        return order.compactMap { id in
            names[id]?.flatMap { Name(kind: id.kind, number: id.number, text: $0) }
        }
    }

    public func lastNumber(_ kind: Name.Kind) throws -> UInt32 {
        try state.withLock { state in
            try state.requireOpen()
            return state.contents.names.keys.filter { $0.kind == kind }.map(\.number).max() ?? 0
        }
    }

    public func append(_ batch: Batch) throws {
        try state.withLock { state in
            try state.requireOpen()
            if let error = state.all { throw error }
            let failure = state.next
            state.next = nil
            if let failure, !failure.durable { throw failure.error }
            try state.contents.append(batch)
            if let failure { throw failure.error }
        }
    }

    public func erase(_ kind: Name.Kind, number: UInt32) throws {
        try state.withLock { state in
            try state.requireOpen()
            state.contents.erase(Name.ID(kind: kind, number: number))
        }
    }

    public func close() throws {
        state.withLock { $0.isClosed = true }
    }
}

extension MemoryStore {
    private struct State {
        var contents = Contents()
        var next: (error: LedgerError, durable: Bool)?
        var all: LedgerError?
        var isClosed = false

        func requireOpen() throws(LedgerError) {
            if isClosed { throw .unavailable("it is closed") }
        }
    }

    /// What would be on disk.
    private struct Contents: Sendable {
        var batches: [Batch] = []
        /// Nil is an erased text.
        var names: [Name.ID: String?] = [:]

        mutating func append(_ batch: Batch) throws(LedgerError) {
            if batch.number >= 1, batch.number <= UInt64(batches.count) {
                guard batches[Int(batch.number - 1)].isSame(as: batch) else { throw .conflict(batch: batch.number) }
                return
            }
            guard batch.number == UInt64(batches.count) + 1 else { throw .conflict(batch: batch.number) }
            var names = names
            for name in batch.names {
                if let stored = names[name.id] {
                    guard let stored, stored.isSame(as: name.text) else { throw .conflict(batch: batch.number) }
                } else {
                    names[name.id] = .some(name.text)
                }
            }
            self.names = names
            batches.append(batch)
        }

        mutating func erase(_ id: Name.ID) {
            if names[id] != nil { names[id] = .some(nil) }
        }
    }
}

extension Batch {
    /// Byte for byte, where `==` takes canonically equal texts for one.
    fileprivate func isSame(as other: Batch) -> Bool {
        number == other.number && entries == other.entries
            && names.elementsEqual(other.names) { $0.id == $1.id && $0.text.isSame(as: $1.text) }
    }
}

extension String {
    fileprivate func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
