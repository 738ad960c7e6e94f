public import Budgeting

/// When to ask for what of the calls whose cost is in doubt. Told what happened, it answers what to do next; it asks nobody.
///
/// ```
///             not yet, after a growing pause
///                 ┌────────┐
///                 ▼        │           record
/// in doubt ──► ask for its record ───────────────► settled
///    │ a new reading
///    ▼
/// give back what the key's growth leaves no room for ──55 min──► booked at what it still holds, assumed
/// ```
/// What it knows besides the books is how often it has asked. A process that starts asks anew; nothing is lost with one that ends.
public struct Reconciliation: Sendable {
    public struct Rules: Hashable, Sendable {
        /// Before the first question, and the shortest pause between two.
        public var firstPauseMilliseconds: Int64 = 2_000
        public var longestPauseMilliseconds: Int64 = 300_000
        /// A call that is in doubt for so long is booked at what it holds: 55 minutes, so that with ``patienceMilliseconds`` after a
        /// restart, and a question that is still running, nothing is in doubt for more than an hour (decision 41).
        public var assumeAfterMilliseconds: Int64 = 3_300_000
        /// After a start nothing is assumed for so long: what happened meanwhile is asked first.
        public var patienceMilliseconds: Int64 = 120_000
        /// So many questions run at once.
        public var mostAtOnce = 8
        public var key = KeyRules()

        public init() {}
    }

    public enum Step: Hashable, Sendable {
        case askForRecord(ReservationID, generation: String)
        /// Let the books decide whether the key's growth proves something of it.
        case weigh(ReservationID)
        /// Book what it holds; nothing else will tell.
        case assume(ReservationID)
    }

    /// What upstream said of a call.
    public enum Answer: Hashable, Sendable {
        /// Its record, and so its cost.
        case record
        /// It knows no such call, or not yet.
        case notYet
        /// It could not be asked.
        case unreachable
    }

    private struct Inquiry: Hashable, Sendable {
        var askedTimes = 0
        var isRunning = false
        /// Upstream has answered at least once that it does not know.
        var wasAnswered = false
        var next: Instant
    }

    /// Others may be put in force while it runs; what was asked stays asked.
    public var rules: Rules
    private let startedAt: Instant
    private var inquiries: [ReservationID: Inquiry] = [:]
    private var weighedReadings: [ReservationID: Instant] = [:]

    public init(_ rules: Rules = Rules(), at now: Instant) {
        self.rules = rules
        startedAt = now
    }

    /// What to do now, oldest call first.
    ///
    /// - Parameter doubtful: the calls whose cost is in doubt, in order.
    /// - Parameter lastReading: when the newest reading of the key was answered.
    public mutating func steps(for doubtful: [Books.Open], lastReading: Instant?, at now: Instant) -> [Step] {
        forgetAll(but: doubtful)
        var running = inquiries.values.count { $0.isRunning }
        var steps: [Step] = []
        for call in doubtful {
            let id = call.reservation.id
            if mayAssume(call, at: now) {
                steps.append(.assume(id))
                continue
            }
            if let generation = call.generation, running < rules.mostAtOnce, isDue(call, at: now) {
                running += 1
                inquiries[id]?.isRunning = true
                inquiries[id]?.askedTimes += 1
                steps.append(.askForRecord(id, generation: generation))
            }
            // One that the provider knows by an id may never have been charged, and then no record comes.
            if let lastReading, weighedReadings[id] != lastReading {
                weighedReadings[id] = lastReading
                steps.append(.weigh(id))
            }
        }
        return steps
    }

    /// Upstream has answered a question. Until the next one a pause, twice as long each time, spread by a quarter.
    public mutating func heard(
        _ answer: Answer, of id: ReservationID, at now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        guard var inquiry = inquiries[id] else { return }
        inquiry.isRunning = false
        inquiry.wasAnswered = inquiry.wasAnswered || answer == .notYet
        let doublings = min(Int64(inquiry.askedTimes), 20)
        let pause = min(rules.longestPauseMilliseconds, rules.firstPauseMilliseconds << doublings)
        let spread = Int64.random(in: -(pause / 4)...(pause / 4), using: &generator)
        inquiry.next = Instant(milliseconds: now.milliseconds + pause + spread)
        inquiries[id] = inquiry
    }

    private mutating func isDue(_ call: Books.Open, at now: Instant) -> Bool {
        let since = call.doubtAt ?? call.at
        let first = Instant(milliseconds: since.milliseconds + rules.firstPauseMilliseconds)
        let inquiry = inquiries[call.reservation.id] ?? Inquiry(next: first)
        inquiries[call.reservation.id] = inquiry
        return !inquiry.isRunning && inquiry.next <= now
    }

    private func mayAssume(_ call: Books.Open, at now: Instant) -> Bool {
        let since = call.doubtAt ?? call.at
        guard now.milliseconds - since.milliseconds >= rules.assumeAfterMilliseconds,
            now.milliseconds - startedAt.milliseconds >= rules.patienceMilliseconds
        else { return false }
        guard call.generation != nil else { return true }
        // While upstream cannot be asked, what it holds counts as spent all the same: there is no hurry to guess.
        let inquiry = inquiries[call.reservation.id]
        return inquiry?.wasAnswered == true && inquiry?.isRunning == false
    }

    private mutating func forgetAll(but doubtful: [Books.Open]) {
        guard !inquiries.isEmpty || !weighedReadings.isEmpty else { return }
        let known = Set(doubtful.map(\.reservation.id))
        for id in inquiries.keys where !known.contains(id) { inquiries[id] = nil }
        for id in weighedReadings.keys where !known.contains(id) { weighedReadings[id] = nil }
    }
}
