public import Budgeting
public import Logging
public import Receipts
public import ServiceLifecycle

/// All sinks, each at its own pace. A sink without anything new looks again every interval; one that fails waits longer and
/// longer, and none of them is ever waited for by a call.
public struct Exporters: Service {
    public let runners: [SinkRunner]
    private let intervalMilliseconds: Int64
    private let clock: @Sendable () -> Instant
    private let toldSince: @Sendable (String) -> Instant?
    private let onTrouble: @Sendable (ExportNews) -> Void

    /// - Parameters:
    ///   - toldSince: since when a sink was told to be failing, before a restart.
    ///   - onTrouble: told of trouble, and of its end.
    public init(
        _ sinks: [any Sink], _ store: ReceiptStore, intervalMilliseconds: Int64,
        clock: @escaping @Sendable () -> Instant, logger: Logger,
        toldSince: @escaping @Sendable (String) -> Instant? = { _ in nil },
        onTrouble: @escaping @Sendable (ExportNews) -> Void = { _ in }
    ) throws {
        self.toldSince = toldSince
        self.clock = clock
        self.onTrouble = onTrouble
        self.intervalMilliseconds = intervalMilliseconds
        let pages = ReceiptPages(store)
        runners = try sinks.map { try SinkRunner($0, store, pages, clock: clock, logger: logger) }
    }

    public var statuses: [SinkStatus] { runners.map(\.status) }

    /// Runs until graceful shutdown or cancellation. What is left then is for ``flush(withinSeconds:)``.
    @concurrent
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for runner in runners { group.addTask { await keepSending(runner) } }
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
                    for runner in runners { each.addTask { await sendAll(runner) } }
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
        var trouble = ExportTrouble(sink: runner.sink.name, toldSince: toldSince(runner.sink.name))
        while !Task.isCancelled {
            let wait: Int64
            switch await runner.step() {
            case .done(let mayHaveMore):
                backoff.succeeded()
                if let news = trouble.succeeded() { onTrouble(news) }
                // Behind a full batch there may be more; what has closed since can wait for company.
                wait = mayHaveMore ? 0 : intervalMilliseconds
            case .nothing: wait = intervalMilliseconds
            case .notReady: wait = min(50, intervalMilliseconds)
            case .failed(let seconds):
                let problem = runner.status.problem ?? ""
                if let news = trouble.failed(at: clock(), problem) { onTrouble(news) }
                let own = backoff.failed(chance: Double.random(in: 0..<1))
                wait = max(own, (seconds ?? 0) * 1_000)
            }
            if wait > 0 { try? await Task.sleep(for: .milliseconds(wait)) }
        }
    }
}
