public import Budgeting
public import Logging
public import Receipts
public import ServiceLifecycle
internal import Synchronization

/// All sinks, each at its own pace. A sink without anything new looks again every interval; one that fails waits longer and
/// longer, and none of them is ever waited for by a call.
///
/// Sinks come, change and go while it runs; each name keeps its runner, and so its cursor.
public final class Exporters: Service {
    private let store: ReceiptStore
    private let pages: ReceiptPages
    private let state: Mutex<State>
    private let begun: AsyncStream<SinkRunner>
    private let begin: AsyncStream<SinkRunner>.Continuation
    private let clock: @Sendable () -> Instant
    private let logger: Logger
    private let toldSince: @Sendable (String) -> Instant?
    private let onTrouble: @Sendable (ExportNews) -> Void

    private struct State {
        /// In the order in which they came.
        var runners: [SinkRunner] = []
        var intervalMilliseconds: Int64
    }

    /// A wait is looked at so often, for a change.
    private static let look = Duration.milliseconds(250)
    private static let longestWaitMilliseconds: Int64 = 86_400_000

    /// - Parameters:
    ///   - toldSince: since when a sink was told to be failing, before a restart.
    ///   - onTrouble: told of trouble, and of its end.
    public init(
        _ sinks: [any Sink], _ store: ReceiptStore, intervalMilliseconds: Int64,
        clock: @escaping @Sendable () -> Instant, logger: Logger,
        toldSince: @escaping @Sendable (String) -> Instant? = { _ in nil },
        onTrouble: @escaping @Sendable (ExportNews) -> Void = { _ in }
    ) throws {
        self.store = store
        self.toldSince = toldSince
        self.clock = clock
        self.logger = logger
        self.onTrouble = onTrouble
        pages = ReceiptPages(store)
        state = Mutex(State(intervalMilliseconds: intervalMilliseconds))
        (begun, begin) = AsyncStream.makeStream()
        for sink in sinks { try add(sink) }
    }

    private func add(_ sink: any Sink) throws {
        let runner = try SinkRunner(sink, store, pages, clock: clock, logger: logger)
        state.withLock { $0.runners.append(runner) }
        begin.yield(runner)
    }

    private var runners: [SinkRunner] { state.withLock(\.runners) }

    /// Of the sinks that are set.
    public var statuses: [SinkStatus] { runners.filter(\.isSet).map(\.status) }

    /// Puts other sinks in force. Those of a name that was there go on from where it stopped; others begin with what closes from now
    /// on; those that are not named any more are sent nothing after the batch that is on its way.
    ///
    /// - Parameters:
    ///   - names: of all that are set.
    ///   - changed: those of them that are new, or not as they were.
    /// - Throws: where the place of a new sink cannot be kept; then all stays as it was.
    public func adopt(_ names: Set<String>, changed: [any Sink], intervalMilliseconds: Int64) throws {
        let known = Dictionary(uniqueKeysWithValues: runners.map { ($0.name, $0) })
        for sink in changed { try store.beginNow(sink.name) }
        for sink in changed where known[sink.name] == nil { try add(sink) }
        for sink in changed { known[sink.name]?.adopt(sink) }
        for (name, runner) in known where !names.contains(name) && runner.isSet { runner.adopt(nil) }
        let isOther = state.withLock { state in
            defer { state.intervalMilliseconds = intervalMilliseconds }
            return state.intervalMilliseconds != intervalMilliseconds
        }
        if isOther { for runner in runners { runner.wake() } }
    }

    /// Runs until graceful shutdown or cancellation. What is left then is for ``flush(withinSeconds:)``.
    @concurrent
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await runner in self.begun { group.addTask { await self.keepSending(runner) } }
            }
        }
    }

    /// Sends what has closed meanwhile, for at most so long. The rest is sent after the next start.
    @concurrent
    public func flush(withinSeconds seconds: Int64) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: .seconds(seconds)) }
            group.addTask {
                await withTaskGroup(of: Void.self) { each in
                    for runner in self.runners { each.addTask { await self.sendAll(runner) } }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func sendAll(_ runner: SinkRunner) async {
        while !Task.isCancelled, case .done = await runner.step() {}
    }

    private func keepSending(_ runner: SinkRunner) async {
        var backoff = Backoff()
        var trouble = ExportTrouble(sink: runner.name, toldSince: toldSince(runner.name))
        while !Task.isCancelled {
            let changes = runner.changes
            let interval = state.withLock(\.intervalMilliseconds)
            let wait: Int64
            switch await runner.step() {
            case .resting: wait = Self.longestWaitMilliseconds
            case .done(let mayHaveMore):
                backoff.succeeded()
                if let news = trouble.succeeded() { onTrouble(news) }
                // Behind a full batch there may be more; what has closed since can wait for company.
                wait = mayHaveMore ? 0 : interval
            case .nothing: wait = interval
            case .notReady: wait = min(50, interval)
            case .failed(let seconds):
                let problem = runner.status.problem ?? ""
                if let news = trouble.failed(at: clock(), problem) { onTrouble(news) }
                let own = backoff.failed(chance: Double.random(in: 0..<1))
                wait = max(own, (seconds ?? 0) * 1_000)
            }
            await rest(runner, milliseconds: wait, unless: changes)
            // Another sink is asked at once, and trusted anew.
            if runner.changes != changes { backoff.succeeded() }
        }
    }

    /// Waits, or until the runner has been changed.
    private func rest(_ runner: SinkRunner, milliseconds: Int64, unless changes: Int) async {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        while !Task.isCancelled, runner.changes == changes {
            let left = end - .now
            guard left > .zero else { return }
            try? await Task.sleep(for: min(left, Self.look))
        }
    }
}
