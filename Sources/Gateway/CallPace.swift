import Budgeting
import Routing
import Synchronization

/// Holds calls to the limits of those who make them: calls in a minute, and calls at once, of a tenant and of a virtual key.
final class CallPace: Sendable {
    enum Who: Hashable, Sendable {
        case tenant(String)
        case key(String)

        var text: String {
            switch self {
            case .tenant(let name): "Tenant '\(name)'"
            case .key(let name): "Key '\(name)'"
            }
        }
    }

    /// For whom a call was counted. Limits may change while it runs, so it remembers.
    struct Place: Sendable {
        fileprivate let who: [Who]
    }

    private let pacer = Mutex(Pacer<Who>())

    /// Counts the call, which then has to ``end(_:)``.
    ///
    /// - Throws: ``Refusal`` where a limit is reached.
    func begin(_ caller: Caller, at now: Instant) throws(Refusal) -> Place {
        let callers = CallPace.limited(caller)
        guard !callers.isEmpty else { return Place(who: []) }
        switch pacer.withLock({ $0.begin(callers, at: now) }) {
        case .go: return Place(who: callers.map(\.who))
        case .tooMany(let who, let limit, let seconds): throw .tooManyCalls(who, limit, retryAfterSeconds: seconds)
        case .tooManyAtOnce(let who, let limit): throw .tooManyCallsAtOnce(who, limit)
        }
    }

    func end(_ place: Place) {
        guard !place.who.isEmpty else { return }
        pacer.withLock { pacer in for who in place.who { pacer.end(who) } }
    }

    private static func limited(_ caller: Caller) -> [(who: Who, limits: CallLimits)] {
        var limited: [(who: Who, limits: CallLimits)] = []
        if caller.rules.limits != CallLimits() { limited.append((.tenant(caller.tenant), caller.rules.limits)) }
        if let grant = caller.grant, caller.keyLimits != CallLimits() {
            limited.append((.key(grant.key), caller.keyLimits))
        }
        return limited
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
