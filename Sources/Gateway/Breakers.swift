import Budgeting
import Pricing
import Routing
import Synchronization

/// One circuit breaker per model, shared by all event loops.
public final class Breakers: Sendable {
    private let breakers = Mutex<[ModelName: CircuitBreaker]>([:])
    private let fresh: CircuitBreaker

    init(threshold: Int, resetMilliseconds: Int64) {
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

    func begin(_ model: ModelName, at now: Instant) -> Bool {
        breakers.withLock { $0[model, default: fresh].begin(at: now) }
    }

    func succeeded(_ model: ModelName) {
        breakers.withLock { $0[model, default: fresh].succeeded() }
    }

    func failed(_ model: ModelName, at now: Instant, retryAfterMilliseconds: Int64) {
        breakers.withLock { $0[model, default: fresh].failed(at: now, retryAfterMilliseconds: retryAfterMilliseconds) }
    }

    func abandoned(_ model: ModelName) {
        breakers.withLock { $0[model, default: fresh].abandoned() }
    }
}
