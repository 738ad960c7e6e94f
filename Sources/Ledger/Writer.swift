import Budgeting
import Dispatch
import Foundation
import Logging
import Synchronization

/// The one thread that writes: takes what has gathered, commits it as one batch, and answers those who wait for it.
///
/// It keeps books of its own, the fold of what is durable, so that after a failed commit the ledger can go back to them.
final class Writer {
    private let ledger: Ledger
    private var durable: Books
    private var lastBatch: UInt64
    private let keeper: SnapshotKeeper
    private let snapshotEvery: Int
    private var entriesSinceSnapshot: Int
    private var batchesSinceCheckpoint = 0

    /// While the store fails it is asked again this often.
    private static let retrySeconds = 0.25

    static func start(for ledger: Ledger, _ opening: Opening, retention: Retention) {
        let writer = Writer(ledger, opening, retention)
        nonisolated(unsafe) let owned = writer
        let thread = Thread { owned.run() }
        thread.name = "ledger"
        thread.start()
    }

    private init(_ ledger: Ledger, _ opening: Opening, _ retention: Retention) {
        self.ledger = ledger
        durable = opening.books
        lastBatch = opening.lastBatch
        snapshotEvery = retention.snapshotEvery
        entriesSinceSnapshot = opening.entriesReplayed
        keeper = SnapshotKeeper(
            store: ledger.store, retention: retention, logger: ledger.logger, forget: ledger.forget)
    }

    private func run() {
        keeper.start()
        while true {
            ledger.wake.wait()
            let (pending, isClosing) = take()
            if !pending.isEmpty { commit(pending) }
            for erasure in pending.erasures { erase(erasure) }
            tidy()
            if isClosing, isDrained { break }
            if isClosing { ledger.wake.signal() }
        }
        if entriesSinceSnapshot > 0, lastBatch > 0 { handOver() }
        keeper.close()
        do { try ledger.store.close() } catch {
            ledger.logger.error("the ledger's store did not close", metadata: ["error": "\(error)"])
        }
        ledger.stopped.signal()
    }

    private func take() -> (Ledger.Pending, isClosing: Bool) {
        ledger.state.withLock { state in
            state.isWriterAwake = false
            defer { state.pending = Ledger.Pending() }
            return (state.pending, state.isClosing)
        }
    }

    private var isDrained: Bool { ledger.state.withLock { $0.pending.isEmpty && $0.pending.erasures.isEmpty } }

    private func erase(_ erasure: Erasure) {
        erasure.done(Result { try ledger.store.erase(erasure.kind, number: erasure.number) })
    }

    private func commit(_ pending: Ledger.Pending) {
        let batch = Batch(number: lastBatch + 1, entries: Entry.encode(pending.entries), names: pending.names)
        let began = DispatchTime.now().uptimeNanoseconds
        do {
            try ledger.store.append(batch)
            ledger.onCommit?(Int64(DispatchTime.now().uptimeNanoseconds - began), pending.entries.count)
        } catch {
            recover(pending, batch, error as? LedgerError ?? .unavailable("\(error)"))
            return
        }
        folded(pending)
        answer(pending.reservations)
        for confirm in pending.confirmations { confirm(nil) }
    }

    private func folded(_ pending: Ledger.Pending) {
        lastBatch += 1
        batchesSinceCheckpoint += 1
        entriesSinceSnapshot += pending.entries.count
        // A store that cannot tell just now leaves the head before: that one holds too.
        if let head = try? ledger.store.head() { ledger.lastHead.withLock { $0 = head } }
        for entry in pending.entries {
            do { try durable.apply(entry) } catch { preconditionFailure("a decided entry does not fold: \(error)") }
        }
    }

    /// Leaves to the keeper what is due, and waits for none of it. Its own copy is handed over as a value; the first entry
    /// after that pays for the copying.
    private func tidy() {
        if entriesSinceSnapshot >= snapshotEvery, keeper.isIdle { return handOver() }
        guard batchesSinceCheckpoint >= SnapshotKeeper.batchesPerCheckpoint else { return }
        batchesSinceCheckpoint = 0
        keeper.checkpoint()
    }

    private func handOver() {
        for finished in keeper.takeFinished() { durable.forget(finished) }
        keeper.save(SnapshotKeeper.Durable(batch: lastBatch, books: durable))
        entriesSinceSnapshot = 0
    }

    /// Answers each loop with one hand-over.
    private func answer(_ reservations: [Ledger.PendingReservation]) {
        var order: [any CompletionLoop] = []
        var jobs: [ObjectIdentifier: [@Sendable () -> Void]] = [:]
        for reservation in reservations {
            let loop = ObjectIdentifier(reservation.loop)
            if jobs[loop] == nil { order.append(reservation.loop) }
            let claim = ReservationClaim(id: reservation.id, ledger: ledger, loop: reservation.loop)
            jobs[loop, default: []].append { reservation.complete(.success(claim)) }
        }
        for loop in order { loop.run(jobs[ObjectIdentifier(loop)] ?? []) }
    }
}

// MARK: - When the store fails

extension Writer {
    /// Closes the ledger to reservations and stays here until the store takes writes again.
    private func recover(_ pending: Ledger.Pending, _ batch: Batch, _ error: LedgerError) {
        ledger.logger.critical(
            "the ledger cannot write; calls are refused until it can", metadata: ["error": "\(error)"])
        ledger.state.withLock { $0.failure = error }
        for reservation in pending.reservations {
            reservation.loop.run([{ reservation.complete(.failure(error)) }])
        }
        for confirm in pending.confirmations { confirm(error) }
        if case .uncertain = error {
            settleUncertainty(pending, batch, error)
        } else {
            goBack(pending, error)
        }
        retryUntilWritten()
        ledger.logger.notice("the ledger can write again")
    }

    /// The batch may be in the log or not: only the same batch again can tell.
    private func settleUncertainty(_ pending: Ledger.Pending, _ batch: Batch, _ error: LedgerError) {
        while true {
            Thread.sleep(forTimeInterval: Writer.retrySeconds)
            do {
                try ledger.store.append(batch)
                folded(pending)
                // Their callers were told no, and sent nothing.
                for reservation in pending.reservations { ledger.record(.release(reservation.id)) }
                return goBack(Ledger.Pending(), error)
            } catch LedgerError.uncertain {
                // Closing does not wait for a store that never answers; the next opening reads what is in it.
                if ledger.state.withLock(\.isClosing) { return }
                continue
            } catch {
                return goBack(pending, error as? LedgerError ?? .unavailable("\(error)"))
            }
        }
    }

    /// Back to the durable books: reservations that are not in them never were; what happened to those that are is kept.
    private func goBack(_ failed: Ledger.Pending, _ error: LedgerError) {
        let refused = ledger.state.withLock { state in
            let entries = failed.entries + state.pending.entries
            let refused = (state.pending.reservations, state.waiters, state.pending.confirmations)
            state.pending = Ledger.Pending(
                names: failed.names + state.pending.names, erasures: state.pending.erasures)
            state.waiters = []
            state.books = durable
            for entry in entries where isFact(entry, in: state.books) {
                do { try state.books.apply(entry) } catch { preconditionFailure("a fact does not fold: \(error)") }
                state.pending.entries.append(entry)
            }
            return refused
        }
        for reservation in refused.0 { reservation.loop.run([{ reservation.complete(.failure(error)) }]) }
        for waiter in refused.1 { waiter.fail(error) }
        for confirm in refused.2 { confirm(error) }
    }

    private func isFact(_ entry: Entry, in books: Books) -> Bool {
        switch entry.event {
        // What a reading proves is proved again by the next.
        case .reserved, .returned, .overbooked: false
        case .dispatched(let id, _), .settled(let id, _), .released(let id), .unresolved(let id, _),
            .called(let id, _):
            books.open[id] != nil
        case .overrun, .credited, .corrected, .outsideSpent, .capChanged, .budgetSet, .audited, .keyIssued, .keyRevoked,
            .keyChanged, .priced:
            true
        }
    }

    /// Facts that gather meanwhile are tried again and again. With none, an empty batch asks whether there is room.
    private func retryUntilWritten() {
        while true {
            Thread.sleep(forTimeInterval: Writer.retrySeconds)
            let (pending, isClosing) = take()
            let batch = Batch(number: lastBatch + 1, entries: Entry.encode(pending.entries), names: pending.names)
            do {
                try ledger.store.append(batch)
                folded(pending)
                for confirm in pending.confirmations { confirm(nil) }
                for erasure in pending.erasures { erase(erasure) }
                ledger.state.withLock { $0.failure = nil }
                return
            } catch LedgerError.uncertain(let what) {
                for confirm in pending.confirmations { confirm(.uncertain(what)) }
                for erasure in pending.erasures { erasure.done(.failure(LedgerError.uncertain(what))) }
                settleUncertainty(pending, batch, .uncertain(what))
            } catch {
                let error = error as? LedgerError ?? .unavailable("\(error)")
                for confirm in pending.confirmations { confirm(error) }
                for erasure in pending.erasures { erasure.done(.failure(error)) }
                goBack(pending, error)
            }
            guard !isClosing else { return giveUp() }
        }
    }

    /// Closing with a store that does not write: what could not be written is said, and calls in flight come back unresolved.
    private func giveUp() {
        let lost = ledger.state.withLock { state in
            defer { state.pending = Ledger.Pending() }
            return (entries: state.pending.entries.count, confirmations: state.pending.confirmations)
        }
        for confirm in lost.confirmations { confirm(.unavailable("it is closing")) }
        ledger.logger.critical(
            "closing with entries unwritten; their calls come back unresolved", metadata: ["entries": "\(lost.entries)"]
        )
    }
}
