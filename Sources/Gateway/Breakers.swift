import Budgeting
import Ledger
import Metering
public import Pricing
public import Routing
import Synchronization

/// One circuit breaker per model, shared by all event loops.
public final class Breakers: Sendable {
    private let breakers = Mutex<[ModelName: CircuitBreaker]>([:])
    private let fresh: CircuitBreaker

    private let metrics: GatewayMetrics
    private let tell: @Sendable (ModelName, GatewayEvent.Breaker) -> Void

    init(
        threshold: Int, resetMilliseconds: Int64, metrics: GatewayMetrics,
        tell: @escaping @Sendable (ModelName, GatewayEvent.Breaker) -> Void = { _, _ in }
    ) {
        self.metrics = metrics
        self.tell = tell
        fresh = CircuitBreaker(threshold: threshold, resetMilliseconds: resetMilliseconds)
    }

    /// How long a model's breaker stays open; nil where a call may begin.
    func closedFor(_ model: ModelName, at now: Instant) -> Int64? {
        breakers.withLock { breakers in
            guard let breaker = breakers[model], !breaker.permits(at: now) else { return nil }
            if case .open(let until) = breaker.state { return until.milliseconds - now.milliseconds }
            return 1_000
        }
    }

    /// Where a model's breaker stands.
    public struct Standing: Sendable {
        public let model: ModelName
        public let state: CircuitBreaker.State

        /// Calls skip the model.
        public var isOpen: Bool {
            if case .open = state { true } else { false }
        }
    }

    /// All models that were called since the start, by name.
    public var all: [Standing] {
        breakers.withLock { $0.map { Standing(model: $0.key, state: $0.value.state) } }
            .sorted { $0.model.text < $1.model.text }
    }

    /// An operator knows that the model works again.
    public func reset(_ model: ModelName) {
        change(model) { $0.succeeded() }
    }

    func begin(_ model: ModelName, at now: Instant) -> Bool {
        change(model) { $0.begin(at: now) }
    }

    func succeeded(_ model: ModelName) {
        change(model) { $0.succeeded() }
    }

    func failed(_ model: ModelName, at now: Instant, retryAfterMilliseconds: Int64) {
        change(model) { $0.failed(at: now, retryAfterMilliseconds: retryAfterMilliseconds) }
    }

    func abandoned(_ model: ModelName) {
        change(model) { $0.abandoned() }
    }

    /// Tells the metrics when the breaker has moved.
    private func change<T: Sendable>(_ model: ModelName, _ body: (inout CircuitBreaker) -> T) -> T {
        let (result, moved) = breakers.withLock { breakers -> (T, GatewayMetrics.BreakerState?) in
            let before = breakers[model, default: fresh].metered
            let result = body(&breakers[model, default: fresh])
            let after = breakers[model, default: fresh].metered
            return (result, before == after ? nil : after)
        }
        if let moved {
            metrics.breaker(model: model.text, state: moved)
            tell(model, GatewayEvent.Breaker(moved))
        }
        return result
    }
}

extension GatewayEvent.Breaker {
    fileprivate init(_ state: GatewayMetrics.BreakerState) {
        self =
            switch state {
            case .closed: .closed
            case .open: .open
            case .halfOpen: .halfOpen
            }
    }
}

extension CircuitBreaker {
    fileprivate var metered: GatewayMetrics.BreakerState {
        switch state {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }
}
