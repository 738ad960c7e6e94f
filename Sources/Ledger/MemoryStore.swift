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

    public func replay(after number: UInt64, _ body: (Batch) throws -> Void) throws {
        let batches = try state.withLock { state in
            try state.requireOpen()
            return try state.contents.batches(after: number)
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

    public func head() throws -> LedgerHead {
        try state.withLock { state in
            try state.requireOpen()
            return LedgerHead(
                batch: state.contents.last, digest: state.contents.digests.last ?? state.contents.forgottenDigest)
        }
    }

    public func digest(after number: UInt64) throws -> LedgerDigest? {
        try state.withLock { state in
            try state.requireOpen()
            return state.contents.digest(after: number)
        }
    }

    public func snapshot(before number: UInt64) throws -> Snapshot? {
        try state.withLock { state in
            try state.requireOpen()
            return state.contents.snapshots.last { $0.batch < number }
        }
    }

    public func save(_ snapshot: Snapshot) throws {
        try state.withLock { state in
            try state.requireOpen()
            try state.contents.save(snapshot)
        }
    }

    public func forgotten() throws -> UInt64 {
        try state.withLock { state in
            try state.requireOpen()
            return state.contents.forgotten
        }
    }

    public func forget(through number: UInt64) throws {
        try state.withLock { state in
            try state.requireOpen()
            try state.contents.forget(through: number)
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
        /// Those after the ones that were forgotten.
        var batches: [Batch] = []
        var forgotten: UInt64 = 0
        /// One for each batch.
        var digests: [LedgerDigest] = []
        var forgottenDigest = LedgerDigest.start(after: 0, sum: .basis)
        /// Oldest first.
        var snapshots: [Snapshot] = []
        /// Nil is an erased text.
        var names: [Name.ID: String?] = [:]

        mutating func append(_ batch: Batch) throws(LedgerError) {
            guard batch.number > forgotten, batch.number <= last + 1 else { throw .conflict(batch: batch.number) }
            if batch.number <= last {
                let stored = batches[Int(batch.number - forgotten - 1)]
                guard stored.isSame(as: batch) else { throw .conflict(batch: batch.number) }
                return
            }
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
            let before = digests.last ?? forgottenDigest
            digests.append(before.chained(number: batch.number, entries: batch.entries))
        }

        func digest(after number: UInt64) -> LedgerDigest? {
            if number == forgotten { return forgottenDigest }
            return number > forgotten && number <= last ? digests[Int(number - forgotten) - 1] : nil
        }

        var last: UInt64 { forgotten + UInt64(batches.count) }

        func batches(after number: UInt64) throws(LedgerError) -> [Batch] {
            guard number >= forgotten else { throw .forgotten(through: forgotten) }
            guard number <= last else { throw .shorter(than: number, last: last) }
            return Array(batches[Int(number - forgotten)...])
        }

        mutating func save(_ snapshot: Snapshot) throws(LedgerError) {
            guard snapshot.batch > forgotten, snapshot.batch <= last else { throw .conflict(batch: snapshot.batch) }
            guard !snapshots.contains(where: { $0.batch == snapshot.batch }) else { return }
            snapshots = Array((snapshots + [snapshot]).sorted { $0.batch < $1.batch }.suffix(Snapshot.kept))
        }

        mutating func forget(through number: UInt64) throws(LedgerError) {
            guard number > forgotten else { return }
            guard snapshots.count == Snapshot.kept, number < snapshots[0].batch else { throw .conflict(batch: number) }
            forgottenDigest = digest(after: number) ?? forgottenDigest
            batches.removeFirst(Int(number - forgotten))
            digests.removeFirst(Int(number - forgotten))
            forgotten = number
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
