public import Budgeting

/// Keeps calls away from a model that keeps failing.
///
/// Legal moves: closed → open after `threshold` failures in a row; open → half-open when its time is up; half-open → closed
/// when a probe succeeds, → open for twice as long when one fails. One probe at a time.
public struct CircuitBreaker: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case closed(failures: Int)
        case open(until: Instant)
        case halfOpen(probes: Int)
    }

    public private(set) var state = State.closed(failures: 0)
    private var trips: Int64 = 0
    private var threshold: Int
    private var resetMilliseconds: Int64

    /// However often it trips, it stays open no longer than this.
    private static let longestResetMilliseconds: Int64 = 600_000
    private static let mostProbes = 1

    public init(threshold: Int, resetMilliseconds: Int64) {
        self.threshold = threshold
        self.resetMilliseconds = resetMilliseconds
    }

    /// Puts other rules in force. What it has counted stays, and one that is open stays so until its time.
    public mutating func adopt(threshold: Int, resetMilliseconds: Int64) {
        self.threshold = threshold
        self.resetMilliseconds = resetMilliseconds
    }

    /// Whether a call may begin now. Claims nothing.
    public func permits(at now: Instant) -> Bool {
        switch state {
        case .closed: true
        case .open(let until): now >= until
        case .halfOpen(let probes): probes < CircuitBreaker.mostProbes
        }
    }

    /// Begins a call, or says no. A call that began ends with ``succeeded()``, ``failed(at:retryAfterMilliseconds:)`` or
    /// ``abandoned()``.
    public mutating func begin(at now: Instant) -> Bool {
        guard permits(at: now) else { return false }
        switch state {
        case .closed: break
        case .open: state = .halfOpen(probes: 1)
        case .halfOpen(let probes): state = .halfOpen(probes: probes + 1)
        }
        return true
    }

    public mutating func succeeded() {
        state = .closed(failures: 0)
        trips = 0
    }

    /// - Parameter retryAfterMilliseconds: how long upstream asked to be left alone; it stays open at least as long.
    public mutating func failed(at now: Instant, retryAfterMilliseconds: Int64 = 0) {
        switch state {
        case .closed(let failures) where failures + 1 < threshold: state = .closed(failures: failures + 1)
        case .closed, .halfOpen: trip(at: now, retryAfterMilliseconds)
        case .open: break
        }
    }

    /// The call ended without a word about the model: the client hung up.
    public mutating func abandoned() {
        if case .halfOpen(let probes) = state { state = .halfOpen(probes: max(0, probes - 1)) }
    }

    private mutating func trip(at now: Instant, _ retryAfterMilliseconds: Int64) {
        let grown = resetMilliseconds << min(trips, 10)
        let pause = max(min(grown, CircuitBreaker.longestResetMilliseconds), min(retryAfterMilliseconds, 3_600_000))
        trips += 1
        state = .open(until: Instant(milliseconds: now.milliseconds + pause))
    }
}
