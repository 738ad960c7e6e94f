internal import Budgeting
internal import ExactMoney
internal import Logging
internal import Receipts
internal import Synchronization

/// How a sink is doing.
public struct SinkStatus: Hashable, Sendable {
    public var sink: String
    /// Receipts that have closed and not arrived.
    public var behind: Int64 = 0
    /// How long the oldest of them has waited.
    public var lagMilliseconds: Int64 = 0
    public var sent: Int64 = 0
    public var failures: Int64 = 0
    /// Receipts that the sink refused for good.
    public var dropped: Int64 = 0
    /// Why the last attempt failed; nil where it did not.
    public var problem: String?
}

/// Sends receipts to one sink, from where it stopped. One batch at a time; a failure holds up this sink and no other.
///
/// The sink may be replaced by another of the same name, and taken away, at any time: a batch that is being sent ends with the one it
/// began with, and the next goes to the new one, from the same cursor. So a change loses nothing and sends nothing twice.
///
/// Legal order for one batch: plan (durable), send, move the cursor (durable). Whatever ends the process between, the same batch
/// is sent again.
public final class SinkRunner: Sendable {
    public let name: String
    private let store: ReceiptStore
    private let pages: ReceiptPages
    private let clock: @Sendable () -> Instant
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        /// Nil while the settings name none.
        var sink: (any Sink)?
        var status: SinkStatus
        /// How often it was replaced.
        var changes = 0
    }

    /// A sink that is new begins with what closes from now on.
    init(
        _ sink: any Sink, _ store: ReceiptStore, _ pages: ReceiptPages, clock: @escaping @Sendable () -> Instant,
        logger: Logger
    ) throws {
        try store.begin(sink.name)
        name = sink.name
        self.store = store
        self.pages = pages
        self.clock = clock
        self.logger = logger
        state = Mutex(State(sink: sink, status: SinkStatus(sink: sink.name)))
    }

    public var status: SinkStatus { state.withLock(\.status) }

    /// Whether there is a sink to send to.
    var isSet: Bool { state.withLock { $0.sink != nil } }

    var changes: Int { state.withLock(\.changes) }

    /// Sends to this one from the next batch on; nil sends nothing until there is one again.
    func adopt(_ sink: (any Sink)?) {
        precondition(sink?.name ?? name == name, "a runner of \(name) was given a sink of another name")
        state.withLock { state in
            state.sink = sink
            state.status.problem = nil
            state.changes += 1
        }
    }

    /// Has it look again at once.
    func wake() { state.withLock { $0.changes += 1 } }

    /// What became of one step.
    enum Step: Hashable, Sendable {
        /// There is no sink.
        case resting
        /// Nothing has closed since.
        case nothing
        /// Receipts are being made anew, and where this sink begins is not known yet.
        case notReady
        /// It arrived, or is given up.
        case done(mayHaveMore: Bool)
        case failed(afterSeconds: Int64?)
    }

    /// Sends one batch, if there is one.
    func step() async -> Step {
        guard let sink = state.withLock(\.sink) else { return .resting }
        do {
            guard var cursor = try store.cursor(of: name) else { return .notReady }
            guard let (batch, mayHaveMore) = try planned(&cursor, for: sink) else {
                caughtUp()
                return .nothing
            }
            var failure: SinkFailure?
            do { try await sink.send(batch) } catch { failure = error }
            if let failure { return try failed(failure, batch, cursor) }
            try arrived(batch, cursor)
            return .done(mayHaveMore: mayHaveMore)
        } catch {
            note("receipts cannot be read: \(error)")
            return .failed(afterSeconds: nil)
        }
    }

    /// The batch that was planned before, or a new one. The plan is durable when this returns.
    private func planned(
        _ cursor: inout ExportCursor, for sink: any Sink
    ) throws -> (SinkBatch, mayHaveMore: Bool)? {
        let receipts = try waiting(after: cursor, for: sink)
        guard let oldest = receipts.first else {
            cursor.plan = nil
            return nil
        }
        let behind = try store.lastSequence() - cursor.sequence
        let lag = max(0, clock().milliseconds - oldest.closedAt.milliseconds)
        state.withLock { state in
            state.status.behind = behind
            state.status.lagMilliseconds = lag
        }
        if let plan = cursor.plan { return (SinkBatch(receipts, at: plan.at), mayHaveMore: true) }
        let batch = SinkBatch(Array(receipts.prefix(max(1, sink.count(fitting: receipts)))), at: clock())
        cursor.plan = .init(through: batch.receipts.last?.sequence ?? 0, at: batch.at)
        try store.save(cursor, of: name)
        return (batch, mayHaveMore: receipts.count == sink.mostReceipts || batch.receipts.count < receipts.count)
    }

    /// What is sent again is read again, so that it is the same whatever was read for other sinks.
    private func waiting(after cursor: ExportCursor, for sink: any Sink) throws -> [Receipt] {
        guard let plan = cursor.plan else { return try pages.closed(after: cursor.sequence, limit: sink.mostReceipts) }
        return try store.closed(after: cursor.sequence, limit: Int(clamping: plan.through - cursor.sequence))
    }

    private func arrived(_ batch: SinkBatch, _ cursor: ExportCursor) throws {
        try moveOn(cursor)
        let wasFailing = state.withLock { state in
            defer { state.status.problem = nil }
            state.status.sent += Int64(batch.receipts.count)
            state.status.behind = max(0, state.status.behind - Int64(batch.receipts.count))
            return state.status.problem != nil
        }
        if wasFailing { logger.notice("export works again", metadata: ["sink": "\(name)"]) }
    }

    private func failed(_ failure: SinkFailure, _ batch: SinkBatch, _ cursor: ExportCursor) throws -> Step {
        note(failure.description)
        switch failure {
        case .tryAgain(_, let seconds): return .failed(afterSeconds: seconds)
        case .tooLarge where batch.receipts.count > 1:
            var cursor = cursor
            let middle = batch.receipts[batch.receipts.count / 2 - 1]
            cursor.plan = .init(through: middle.sequence ?? cursor.sequence, at: batch.at)
            try store.save(cursor, of: name)
        case .tooLarge, .refused:
            state.withLock { $0.status.dropped += Int64(batch.receipts.count) }
            logger.error(
                "a sink refuses receipts for good; they are not sent again",
                metadata: [
                    "sink": "\(name)", "receipts": "\(batch.receipts.count)", "why": "\(failure.description)",
                ])
            try moveOn(cursor)
        }
        return .done(mayHaveMore: true)
    }

    private func moveOn(_ cursor: ExportCursor) throws {
        try store.save(ExportCursor(sequence: cursor.plan?.through ?? cursor.sequence), of: name)
    }

    private func caughtUp() {
        state.withLock { state in
            state.status.behind = 0
            state.status.lagMilliseconds = 0
        }
    }

    private func note(_ problem: String) {
        let isNew = state.withLock { state in
            defer { state.status.problem = problem }
            state.status.failures += 1
            return state.status.problem == nil
        }
        if isNew {
            logger.warning("export fails; it is tried again", metadata: ["sink": "\(name)", "why": "\(problem)"])
        }
    }
}
