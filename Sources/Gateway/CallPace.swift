import Budgeting
import Routing
import Synchronization

/// Holds calls to the limits of those who make them: calls in a minute, and calls at once.
final class CallPace: Sendable {
    enum Who: Hashable, Sendable {
        case tenant(String)

        var text: String {
            switch self {
            case .tenant(let name): "Tenant '\(name)'"
            }
        }
    }

    private let limits: [Who: CallLimits]
    private let pacer = Mutex(Pacer<Who>())

    init(_ settings: GatewaySettings) {
        limits = Dictionary(uniqueKeysWithValues: settings.callLimits.map { (.tenant($0.key), $0.value) })
    }

    /// Counts the call, which then has to ``end(_:)``.
    ///
    /// - Throws: ``Refusal`` where a limit is reached.
    func begin(_ caller: Caller, at now: Instant) throws(Refusal) {
        let callers = limited(caller)
        guard !callers.isEmpty else { return }
        switch pacer.withLock({ $0.begin(callers, at: now) }) {
        case .go: break
        case .tooMany(let who, let limit, let seconds): throw .tooManyCalls(who, limit, retryAfterSeconds: seconds)
        case .tooManyAtOnce(let who, let limit): throw .tooManyCallsAtOnce(who, limit)
        }
    }

    func end(_ caller: Caller) {
        let callers = limited(caller)
        guard !callers.isEmpty else { return }
        pacer.withLock { pacer in for (who, _) in callers { pacer.end(who) } }
    }

    private func limited(_ caller: Caller) -> [(who: Who, limits: CallLimits)] {
        guard !limits.isEmpty else { return [] }
        let who = Who.tenant(caller.tenant)
        return limits[who].map { [(who, $0)] } ?? []
    }
}

extension Refusal {
    fileprivate static func tooManyCalls(_ who: CallPace.Who, _ limit: Int, retryAfterSeconds: Int64) -> Refusal {
        rateLimited(
            "\(who.text) may make \(limit) calls a minute and has made them. Try again in \(retryAfterSeconds) s.",
            retryAfterSeconds)
    }

    fileprivate static func tooManyCallsAtOnce(_ who: CallPace.Who, _ limit: Int) -> Refusal {
        rateLimited("\(who.text) has \(limit) calls running, as many as it may. Try again when one has ended.", 1)
    }

    private static func rateLimited(_ message: String, _ retryAfterSeconds: Int64) -> Refusal {
        var refusal = Refusal(429, "rate_limit_exceeded", "rate_limited", message)
        refusal.headers = [("retry-after", String(retryAfterSeconds))]
        return refusal
    }
}
