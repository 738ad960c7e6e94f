public import Budgeting
public import Ledger
public import Logging
public import Metering
import NIOCore
import NIOPosix
import Pricing
import Synchronization
public import Upstream

/// What all calls share.
public final class Gateway: Sendable {
    private let inForce: Mutex<GatewaySettings>
    public let ledger: Ledger
    public let keys: KeyDesk
    public let prices: PriceBoard
    public let logger: Logger
    public let metrics: GatewayMetrics
    public let breakers: Breakers
    public let exports = ExportWatch()
    let answers = AnswerShelf()
    let prefixes = PrefixMemory()
    let endpointPrices = EndpointPrices()
    let bodies = BodyAllowance()
    let pace = CallPace()
    let generations = RecentGenerations()
    /// Where calls are found that are no longer in memory.
    let settled: (any GenerationBook)?
    let clock: @Sendable () -> Instant
    let upstream: UpstreamPool.Settings
    private let loops = Mutex<[ObjectIdentifier: NIOLoopBound<LoopContext>]>([:])
    private let drains = Atomic(false)
    private let callsInFlight = Atomic(0)

    public init(
        settings: GatewaySettings, ledger: Ledger, prices: PriceBoard, upstream: UpstreamPool.Settings,
        metrics: GatewayMetrics, keys: KeyDesk, clock: @escaping @Sendable () -> Instant, logger: Logger,
        settled: (any GenerationBook)? = nil
    ) {
        self.keys = keys
        self.settled = settled
        self.metrics = metrics
        inForce = Mutex(settings)
        self.ledger = ledger
        self.prices = prices
        self.upstream = upstream
        self.clock = clock
        self.logger = logger
        breakers = Breakers(
            threshold: settings.breakerThreshold, resetMilliseconds: settings.breakerResetMilliseconds,
            metrics: metrics,
            tell: { model, breaker in ledger.events.tell(.breakerMoved(model: model.text, to: breaker), at: clock()) })
    }

    /// Asks upstream for what costs nothing, over connections of its own.
    func reader() async throws -> UpstreamReader {
        try await UpstreamReader.make(upstream, on: MultiThreadedEventLoopGroup.singleton.any())
    }

    /// What is in force now. A call that has begun may see new settings at its next step.
    public var settings: GatewaySettings { inForce.withLock { $0 } }

    /// Puts new settings in force.
    public func adopt(_ settings: GatewaySettings) {
        inForce.withLock { $0 = settings }
        breakers.adopt(
            threshold: settings.breakerThreshold, resetMilliseconds: settings.breakerResetMilliseconds)
    }

    /// Has upstream asked with another key from now on. Requests that are on their way keep the one they went out with.
    public func adopt(upstreamKey: String) { upstream.key.text = upstreamKey }

    /// The present time, RFC 3339.
    public var timestamp: String { clock().rfc3339 }

    /// What the calls of one event loop share.
    ///
    /// - Precondition: called on that loop.
    func context(of eventLoop: any EventLoop) -> LoopContext {
        eventLoop.preconditionInEventLoop()
        return loops.withLock { loops in
            if let known = loops[ObjectIdentifier(eventLoop)] { return known }
            let made = NIOLoopBound(
                LoopContext(UpstreamPool(upstream, on: eventLoop), LoopMetrics(metrics)), eventLoop: eventLoop)
            loops[ObjectIdentifier(eventLoop)] = made
            return made
        }.value
    }
}

// MARK: - Draining

extension Gateway {
    public var isDraining: Bool { drains.load(ordering: .relaxed) }

    func callBegan() {
        callsInFlight.add(1, ordering: .relaxed)
        metrics.callBegan()
    }

    func callEnded() { callsInFlight.subtract(1, ordering: .relaxed) }

    /// No new call from here on.
    public func stopAdmitting() { drains.store(true, ordering: .relaxed) }

    public var hasCallsInFlight: Bool { callsInFlight.load(ordering: .relaxed) > 0 }

    /// Ends what is still running: upstream is cancelled, and what it may have billed stays unresolved.
    public func cancelCalls() {
        for loop in loops.withLock({ Array($0.values) }) {
            loop.eventLoop.execute {
                for call in loop.value.calls.values { call.shutDown() }
                loop.value.pool.close()
            }
        }
    }
}

/// What the calls of one event loop share: connections upstream, and the way back from the ledger's writer.
final class LoopContext: CompletionLoop, @unchecked Sendable {
    // Unchecked because the ledger's writer holds it: only `run` and `afterTurn` are called from there, and they touch `eventLoop` alone.
    let eventLoop: any EventLoop
    let pool: UpstreamPool
    let metrics: LoopMetrics
    var calls: [ObjectIdentifier: Call] = [:]

    init(_ pool: UpstreamPool, _ metrics: LoopMetrics) {
        self.pool = pool
        self.metrics = metrics
        eventLoop = pool.eventLoop
    }

    func run(_ jobs: [@Sendable () -> Void]) {
        eventLoop.execute { for job in jobs { job() } }
    }

    func afterTurn(_ job: @escaping @Sendable () -> Void) { eventLoop.execute(job) }
}
