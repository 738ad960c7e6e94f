internal import Budgeting
internal import Dispatch
internal import Foundation
public import Ledger
public import Logging
internal import Synchronization

/// The thread that makes receipts of the log: reads what was committed since it last looked, folds it, and writes receipts,
/// roll-ups and how far it came in one transaction. So every entry counts once, whatever ends the process.
///
/// It runs beside the calls and never holds them up; a second without it makes receipts a second older, no more.
public final class Projector: Sendable {
    private struct State: Sendable {
        var isClosing = false
        var failure: String?
        var projected: UInt64 = 0
        /// By the machine's own clock, in nanoseconds.
        var erasedAt: UInt64 = 0
    }

    private let reader: LedgerReader
    private let file: ReceiptFile
    private let logger: Logger
    private let wake = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    /// Often, and little at a time: on one core a call waits for what a step takes.
    private static let lookEverySeconds = 0.05
    private static let batchesPerStep = 500

    /// Opens the receipts of a ledger, which is made anew from the log where it is lost or does not fit.
    public init(reader: LedgerReader, ledgerPath: String, logger: Logger) throws {
        self.reader = reader
        self.logger = logger
        file = try ReceiptFile(path: ReceiptFile.path(besideLedger: ledgerPath))
        try checkItIsThisLedgers()
        try file.begin(origin: try reader.last())
    }

    /// What reads the receipts; as many as there are calls for.
    public var store: ReceiptStore { ReceiptStore(file) }

    /// Messages on their way out.
    public var outbox: Outbox { Outbox(file) }

    /// Why receipts are not brought up to date just now; nil while all is well.
    public var failure: String? { state.withLock(\.failure) }

    /// How many batches of the log are not projected yet.
    public var lag: UInt64 {
        let projected = state.withLock(\.projected)
        return (try? reader.last()).map { $0 > projected ? $0 - projected : 0 } ?? 0
    }

    public func start() {
        let thread = Thread { [self] in run() }
        thread.name = "receipts"
        thread.start()
    }

    /// Ends when all that is in the log now has been projected, or cannot be.
    public func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosing = true }
            return !state.isClosing
        }
        guard isFirst else { return }
        wake.signal()
        stopped.wait()
        try? reader.close()
    }

    private func run() {
        var work: Work?
        while true {
            let isClosing = state.withLock(\.isClosing)
            do {
                var current = try work ?? started()
                while try step(&current) {}
                work = current
                try forgetErased()
                state.withLock { $0.failure = nil }
            } catch {
                work = nil
                failed(error)
            }
            if isClosing { break }
            _ = wake.wait(timeout: .now() + Self.lookEverySeconds)
        }
        stopped.signal()
    }

    private struct Work {
        var projection: Projection
        var progress: ReceiptFile.Progress
        /// The highest number of each kind of name that the file has.
        var names: [Name.Kind: UInt32]
    }

    private func started() throws -> Work {
        var progress = try file.progress()
        progress.batch = max(progress.batch, try reader.forgotten())
        state.withLock { $0.projected = progress.batch }
        let projection = Projection(open: try file.openCalls(), lastSequence: progress.sequence)
        return Work(projection: projection, progress: progress, names: try file.lastNames())
    }

    /// Projects some batches. False when there are no more.
    private func step(_ work: inout Work) throws -> Bool {
        var progress = work.progress
        // What was in the log when the file was made is projected apart from what came later.
        let old = progress.originSequence == nil ? progress.origin.map { Int(clamping: $0 &- progress.batch) } ?? 0 : 0
        let most = old > 0 ? min(old, Self.batchesPerStep) : Self.batchesPerStep
        let batches = try reader.batches(after: progress.batch, atMost: most)
        guard let last = batches.last else { return false }
        for batch in batches { for entry in try Entry.decode(batch.entries) { work.projection.apply(entry) } }
        let changes = work.projection.take()
        progress.batch = last.number
        progress.proof = try reader.proof(of: last.number) ?? 0
        progress.sequence = changes.lastSequence
        if progress.originSequence == nil, last.number >= progress.origin ?? 0 {
            progress.originSequence = changes.lastSequence
        }
        let names = try Name.Kind.allCases.flatMap { try reader.names($0, after: work.names[$0] ?? 0) }
        try file.write(changes, names: names, through: progress)
        for name in names { work.names[name.kind] = name.number }
        work.progress = progress
        state.withLock { $0.projected = last.number }
        return batches.count == most
    }

    /// What was erased in the ledger is erased here within a minute, and at the end.
    private func forgetErased() throws {
        let now = DispatchTime.now().uptimeNanoseconds
        let isDue = state.withLock { state in
            guard state.isClosing || now - state.erasedAt >= 60_000_000_000 else { return false }
            state.erasedAt = now
            return true
        }
        guard isDue else { return }
        var names: [Name.Kind: [UInt32]] = [:]
        for kind in Name.Kind.allCases { names[kind] = try reader.erased(kind) }
        try file.erase(names)
    }

    private func failed(_ error: any Error) {
        let isNew = state.withLock { state in
            defer { state.failure = "\(error)" }
            return state.failure == nil
        }
        if isNew { logger.error("receipts cannot be brought up to date", metadata: ["error": "\(error)"]) }
    }

    /// A file that was made from another log, or from more than this log has, begins anew.
    private func checkItIsThisLedgers() throws {
        let progress = try file.progress()
        let forgotten = try reader.forgotten()
        if progress.batch < forgotten {
            logger.notice(
                "the log begins after what was projected; receipts of what it has forgotten are not made",
                metadata: ["projected": "\(progress.batch)", "forgotten": "\(forgotten)"])
        } else if progress.batch > 0, try reader.proof(of: progress.batch) != progress.proof {
            logger.warning("the receipts' file belongs to another ledger; it is made anew")
            try file.empty()
        }
    }
}
