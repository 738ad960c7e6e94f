import ExactMoney

/// What the sandbox's calls came to, exactly: picodollars, never rounded.
///
/// Sums are kept apart from the records. Of those only the newest ``recordsLimit`` stay; the sums count all.
struct Bill: Sendable {
    static let recordsLimit = 100_000

    /// What some calls came to together.
    struct Sum: Hashable, Sendable {
        var calls = 0
        var promptTokens = 0
        var completionTokens = 0
        var total = Picodollars.zero
    }

    private(set) var all = Sum()
    private(set) var byModel: [String: Sum] = [:]
    private(set) var running = 0
    /// Calls that were answered with an error before any token. Free.
    private(set) var refused = 0
    /// What OpenRouter itself took, by day.
    private(set) var creditsByDay: [String: Picodollars] = [:]
    /// What providers took from own keys.
    var ownKeyTotal: Picodollars { ownKeysByDay.values.reduce(.zero, +) }
    private(set) var ownKeysByDay: [String: Picodollars] = [:]
    /// What each model came to on each day.
    private(set) var byDayAndModel: [String: [String: Activity]] = [:]

    struct Activity: Hashable, Sendable {
        var sum = Sum()
        var credits = Picodollars.zero
        var ownKeys = Picodollars.zero
    }
    private var byID: [String: Record] = [:]
    private var ids: [String] = []

    /// In the order in which the calls came.
    var records: [Record] { ids.compactMap { byID[$0] } }

    subscript(_ id: String) -> Record? { byID[id] }

    /// A call starts.
    mutating func open(_ record: Record) {
        precondition(byID[record.id] == nil, "a call's id is used once, got \(record.id) again")
        byID[record.id] = record
        ids.append(record.id)
        running += 1
        dropOldRecords()
    }

    /// A call ends. The first outcome stands; a later one, and one of a call from before a reset, changes nothing.
    mutating func close(_ id: String, as outcome: Record.Outcome, at moment: Moment) {
        guard var record = byID[id], record.outcome == nil else { return }
        record.outcome = outcome
        record.endedAt = moment
        byID[id] = record
        running -= 1
        all.add(record.promptTokens, outcome)
        byModel[record.model, default: Sum()].add(record.promptTokens, outcome)
        let day = record.createdAt.day
        creditsByDay[day] = creditsByDay[day, default: .zero] + outcome.charge.credits
        let ownKeys = outcome.charge.isOwnKey ? outcome.charge.upstream.total : .zero
        ownKeysByDay[day] = ownKeysByDay[day, default: .zero] + ownKeys
        byDayAndModel[day, default: [:]][record.model, default: Activity()].add(record.promptTokens, outcome, ownKeys)
    }

    /// Somebody else used the key: on the account, and on no bill of ours.
    mutating func spendOutside(_ amount: Picodollars, at moment: Moment) {
        creditsByDay[moment.day] = creditsByDay[moment.day, default: .zero] + amount
    }

    mutating func countRefusal() { refused += 1 }

    /// Old records go in bulk, running ones stay.
    private mutating func dropOldRecords() {
        guard ids.count >= 2 * Bill.recordsLimit else { return }
        let old = ids.prefix(ids.count - Bill.recordsLimit)
        let kept = old.filter { byID[$0]?.outcome == nil }
        for id in old where byID[id]?.outcome != nil { byID[id] = nil }
        ids.replaceSubrange(..<old.endIndex, with: kept)
    }
}

extension Bill.Activity {
    fileprivate mutating func add(_ prompt: Int, _ outcome: Record.Outcome, _ ownKeys: Picodollars) {
        sum.add(prompt, outcome)
        credits = credits + outcome.charge.credits
        self.ownKeys = self.ownKeys + ownKeys
    }
}

extension Bill.Sum {
    fileprivate mutating func add(_ prompt: Int, _ outcome: Record.Outcome) {
        calls += 1
        promptTokens += prompt
        completionTokens += outcome.completionTokens
        total = total + outcome.charge.total
    }
}
