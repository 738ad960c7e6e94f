import Budgeting
import Dispatch
import Foundation
import Logging
import Synchronization

/// The thread that does what no commit should wait for: it writes the books down whole, forgets what is over, and has the store
/// tidy up. It works on a copy that the writer hands over.
///
/// A failure here loses nothing, and is tried again with the next snapshot: until then the log is longer, and so is a start.
final class SnapshotKeeper: Sendable {
    /// The books after a batch.
    struct Durable: Sendable {
        let batch: UInt64
        let books: Books
    }

    private struct State: Sendable {
        /// One at most: a newer one takes the place of one that was not begun.
        var waiting: Durable?
        var isBusy = false
        var isClosing = false
        /// What the writer's own copy may forget.
        var finished: [Books.Finished] = []
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)
    private let store: any LedgerStore
    private let retention: Retention
    private let logger: Logger
    /// Removes from the books in use what is over.
    private let forget: @Sendable (Books.Finished) -> Void

    /// So many batches are read, and deleted, at once: half a millisecond. Then commits have the store to themselves for a while.
    static let batchesPerStep = 50
    private static let pauseSeconds = 0.002
    /// The log is moved into the file once so many batches are in it.
    static let batchesPerCheckpoint = 128

    init(
        store: any LedgerStore, retention: Retention, logger: Logger,
        forget: @escaping @Sendable (Books.Finished) -> Void
    ) {
        self.store = store
        self.retention = retention
        self.logger = logger
        self.forget = forget
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "ledger-snapshots"
        thread.start()
    }

    // MARK: for the writer

    /// No snapshot is waiting or being made.
    var isIdle: Bool { state.withLock { $0.waiting == nil && !$0.isBusy } }

    func save(_ durable: Durable) {
        state.withLock { $0.waiting = durable }
        wake.signal()
    }

    func checkpoint() { wake.signal() }

    func takeFinished() -> [Books.Finished] {
        state.withLock { state in
            defer { state.finished = [] }
            return state.finished
        }
    }

    /// Ends when what was handed over is done.
    func close() {
        state.withLock { $0.isClosing = true }
        wake.signal()
        stopped.wait()
    }

    // MARK: its own

    private func run() {
        while true {
            wake.wait()
            let (durable, isClosing) = take()
            if let durable { attempt("snapshot") { try keep(durable) } }
            if isClosing { break }
            // After the deletions it has more to move.
            attempt("checkpoint") { try store.checkpoint(every: durable == nil ? Self.batchesPerCheckpoint : 1) }
            state.withLock { $0.isBusy = false }
        }
        stopped.signal()
    }

    private func take() -> (Durable?, isClosing: Bool) {
        state.withLock { state in
            defer { state.waiting = nil }
            state.isBusy = state.waiting != nil
            return (state.waiting, state.isClosing)
        }
    }

    private func keep(_ durable: Durable) throws {
        var books = durable.books
        let finished = books.finished(endedBefore: books.lastInstant.days(-retention.windowsDays))
        books.forget(finished)
        try store.save(Snapshot(batch: durable.batch, books: books.encode()))
        if !finished.isEmpty {
            forget(finished)
            state.withLock { $0.finished.append(finished) }
        }
        try deleteEntries(endedBefore: books.lastInstant.days(-retention.entriesDays), latest: durable.batch)
    }

    /// Deletes what is old in small steps, with room for commits between them, and only what the older of two snapshots holds.
    /// At the end of the process it leaves the rest for another time.
    private func deleteEntries(endedBefore cutoff: Instant, latest: UInt64) throws {
        var bound: UInt64?
        while let old = try oldBatches(endedBefore: cutoff) {
            if state.withLock(\.isClosing), bound != nil { return }
            if bound == nil {
                // Read, so that nothing is deleted on the word of a snapshot that does not hold.
                guard let older = try store.snapshot(before: latest), (try? Books.decode(older.books)) != nil else {
                    return
                }
                bound = older.batch - 1
            }
            guard let bound, try store.forgotten() < bound else { return }
            try store.forget(through: min(old, bound))
            Thread.sleep(forTimeInterval: Self.pauseSeconds)
        }
    }

    /// The last of the oldest batches whose entries are all from before `cutoff`, a step's worth at most.
    private func oldBatches(endedBefore cutoff: Instant) throws -> UInt64? {
        struct Enough: Error {}
        var last: UInt64?
        var count = 0
        do {
            try store.replay(after: store.forgotten()) { batch in
                let entries = try Entry.decode(batch.entries)
                guard count < Self.batchesPerStep, entries.last?.at ?? cutoff.days(-1) < cutoff else { throw Enough() }
                last = batch.number
                count += 1
            }
        } catch is Enough {}
        return last
    }

    private func attempt(_ what: String, _ body: () throws -> Void) {
        do { try body() } catch {
            logger.warning("the ledger could not be tidied", metadata: ["what": "\(what)", "error": "\(error)"])
        }
    }
}

extension Instant {
    func days(_ days: Int64) -> Instant {
        let (time, isBeyond) = milliseconds.addingReportingOverflow(days * 86_400_000)
        return Instant(milliseconds: isBeyond ? (days < 0 ? .min : .max) : time)
    }
}
