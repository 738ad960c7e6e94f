public import Budgeting

/// How many calls someone may make.
public struct CallLimits: Hashable, Sendable {
    /// In any sixty seconds.
    public var perMinute: Int?
    public var atOnce: Int?

    public init(perMinute: Int? = nil, atOnce: Int? = nil) {
        self.perMinute = perMinute
        self.atOnce = atOnce
    }
}

/// Counts calls of those who have limits: how many began in the last sixty seconds, by the second, and how many run.
///
/// In memory only: money is bounded by budgets, this bounds the load. Whoever was idle for a minute is forgotten.
public struct Pacer<Who: Hashable & Sendable>: Sendable {
    public enum Verdict: Hashable, Sendable {
        case go
        /// So many calls began in the last minute; the next may in so many seconds.
        case tooMany(Who, limit: Int, retryAfterSeconds: Int64)
        /// So many calls run.
        case tooManyAtOnce(Who, limit: Int)
    }

    private struct Pace: Sendable {
        /// Calls begun, by second modulo 60; all of them in the 60 seconds up to `second`.
        var begun = [Int](repeating: 0, count: 60)
        var second: Int64 = 0
        var running = 0

        var inLastMinute: Int { begun.reduce(0, +) }

        mutating func turn(to now: Int64) {
            if now - second >= 60 { begun = [Int](repeating: 0, count: 60) }
            if now > second, now - second < 60 {
                for passed in 1...(now - second) { begun[place(second + passed)] = 0 }
            }
            second = max(second, now)
        }

        /// In how many seconds enough of them are a minute old.
        func secondsUntil(below limit: Int) -> Int64 {
            var left = inLastMinute
            for age in 1...60 as ClosedRange<Int64> {
                left -= begun[place(second + age)]
                if left < limit { return age }
            }
            return 60
        }

        func place(_ second: Int64) -> Int { Int(((second % 60) + 60) % 60) }
    }

    private var paces: [Who: Pace] = [:]
    private var roomUntilSweep = 1_024

    public init() {}

    /// Counts a call of all of these, or of none.
    public mutating func begin(_ callers: [(who: Who, limits: CallLimits)], at now: Instant) -> Verdict {
        for (who, limits) in callers {
            paces[who, default: Pace()].turn(to: now.seconds)
            guard let pace = paces[who] else { continue }
            if let most = limits.atOnce, pace.running >= most { return .tooManyAtOnce(who, limit: most) }
            if let most = limits.perMinute, pace.inLastMinute >= most {
                return .tooMany(who, limit: most, retryAfterSeconds: pace.secondsUntil(below: most))
            }
        }
        for (who, _) in callers { count(who) }
        sweep(at: now.seconds)
        return .go
    }

    /// A call that was let go has ended.
    public mutating func end(_ who: Who) {
        guard let running = paces[who]?.running, running > 0 else { return }
        paces[who]?.running = running - 1
    }

    private mutating func count(_ who: Who) {
        guard let pace = paces[who] else { return }
        paces[who]?.begun[pace.place(pace.second)] += 1
        paces[who]?.running += 1
    }

    /// Now and then, so that each call pays for little of it.
    private mutating func sweep(at second: Int64) {
        guard paces.count >= roomUntilSweep else { return }
        paces = paces.filter { $0.value.running > 0 || second - $0.value.second < 60 }
        roomUntilSweep = max(1_024, 2 * paces.count)
    }

    /// How many are remembered.
    var count: Int { paces.count }
}
