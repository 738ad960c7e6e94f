import Budgeting
import Ledger
import Metering
public import Pricing
public import Routing
import Synchronization

/// One circuit breaker per model, shared by all event loops.
public final class Breakers: Sendable {
    private struct State {
        var breakers: [ModelName: CircuitBreaker] = [:]
        /// What a model begins with.
        var fresh: CircuitBreaker
    }

    private let state: Mutex<State>
    private let metrics: GatewayMetrics
    private let tell: @Sendable (ModelName, GatewayEvent.Breaker) -> Void

    init(
        threshold: Int, resetMilliseconds: Int64, metrics: GatewayMetrics,
        tell: @escaping @Sendable (ModelName, GatewayEvent.Breaker) -> Void = { _, _ in }
    ) {
        self.metrics = metrics
        self.tell = tell
        state = Mutex(State(fresh: CircuitBreaker(threshold: threshold, resetMilliseconds: resetMilliseconds)))
    }

    /// Puts other rules in force. No breaker moves by it.
    func adopt(threshold: Int, resetMilliseconds: Int64) {
        state.withLock { state in
            state.fresh.adopt(threshold: threshold, resetMilliseconds: resetMilliseconds)
            for model in state.breakers.keys {
                state.breakers[model]?.adopt(threshold: threshold, resetMilliseconds: resetMilliseconds)
            }
        }
    }

    /// How long a model's breaker stays open; nil where a call may begin.
    func closedFor(_ model: ModelName, at now: Instant) -> Int64? {
        state.withLock { state in
            guard let breaker = state.breakers[model], !breaker.permits(at: now) else { return nil }
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
        state.withLock { $0.breakers.map { Standing(model: $0.key, state: $0.value.state) } }
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
        let (result, moved) = state.withLock { state -> (T, GatewayMetrics.BreakerState?) in
            var breaker = state.breakers[model] ?? state.fresh
            let before = breaker.metered
            let result = body(&breaker)
            state.breakers[model] = breaker
            let after = breaker.metered
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
