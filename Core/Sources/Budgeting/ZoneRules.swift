/// The offsets of a time zone as a value: which offset from UTC holds from when on. Read from the IANA database outside.
public struct ZoneRules: Hashable, Sendable {
    public struct Transition: Hashable, Sendable {
        public var at: Instant
        public var offsetSeconds: Int64

        public init(at: Instant, offsetSeconds: Int64) {
            self.at = at
            self.offsetSeconds = offsetSeconds
        }
    }

    /// The IANA name, for people.
    public let name: String
    /// The offset before the first transition.
    public let firstOffsetSeconds: Int64
    public let transitions: [Transition]

    /// - Precondition: the transitions are in order of time.
    public init(name: String, firstOffsetSeconds: Int64, transitions: [Transition] = []) {
        precondition(
            zip(transitions, transitions.dropFirst()).allSatisfy { $0.at < $1.at },
            "transitions out of order in \(name)")
        self.name = name
        self.firstOffsetSeconds = firstOffsetSeconds
        self.transitions = transitions
    }

    public static let utc = ZoneRules(name: "UTC", firstOffsetSeconds: 0)

    public func offsetSeconds(at instant: Instant) -> Int64 { offset(at: instant).seconds }

    /// The offset at `instant`, and the transitions between which it holds; nil where there is none.
    func offset(at instant: Instant) -> (seconds: Int64, since: Instant?, until: Instant?) {
        let count = transitionsThrough(instant)
        let until = count < transitions.count ? transitions[count].at : nil
        guard count > 0 else { return (firstOffsetSeconds, nil, until) }
        return (transitions[count - 1].offsetSeconds, transitions[count - 1].at, until)
    }

    /// How many transitions there were, this instant's included.
    private func transitionsThrough(_ instant: Instant) -> Int {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The date that a clock on the wall shows at `instant`.
    public func date(at instant: Instant) -> CivilDate {
        CivilDate(daysSince1970: (instant.seconds + offsetSeconds(at: instant)).flooredQuotient(by: 86_400))
    }

    /// The first instant at which a clock on the wall shows `date`, or a later one where midnight was skipped.
    public func start(of date: CivilDate) -> Instant {
        let midnight = date.daysSince1970 * 86_400
        // No clock is two days off: transitions before then are over, whatever the offset.
        let past = transitionsThrough(Instant(seconds: midnight - 2 * 86_400))
        var offset = past > 0 ? transitions[past - 1].offsetSeconds : firstOffsetSeconds
        for transition in transitions[past...] {
            // Reached while the offset before this transition still held.
            if midnight - offset < transition.at.seconds { break }
            offset = transition.offsetSeconds
            // Skipped by this transition: the day begins with it.
            if midnight - offset < transition.at.seconds { return transition.at }
        }
        return Instant(seconds: midnight - offset)
    }
}
