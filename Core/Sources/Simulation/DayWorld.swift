import Budgeting
import ExactMoney
import Routing

/// Runs a day of calls of which some time out, against a provider that charges them or not, tells of them late, and shows a key's
/// usage with a lag. Books and ``Reconciliation`` are the real ones.
///
/// - Throws: the first minute at which the bill passed what the books hold, on any budget.
public func simulateDay(
    seed: UInt64, plan: DayPlan = DayPlan(), mutant: DayMutant? = nil
) throws(Violation) -> DayReport {
    var world = DayWorld(seed: seed, plan: plan, mutant: mutant)
    do {
        return try world.run()
    } catch {
        throw Violation(seed: seed, step: Int(world.second), promise: error.promise, detail: error.detail)
    }
}

/// What kind of day it is.
public struct DayPlan: Hashable, Sendable {
    /// On average, over the day; nights are quiet.
    public var callsPerHour: Int64 = 60
    /// Of a thousand calls.
    public var timeouts: Int64 = 10
    /// Of a hundred time-outs: before the answer's head, so that no id is known.
    public var withoutID: Int64 = 20
    public var hours: Int64 = 24
    public var othersSpend = false
    public var crashes = true

    public init() {}
}

struct DayWorld {
    private struct Call {
        let reservation: ReservationID
        let tenant: TenantID
        let ceiling: Int64
        let cost: Int64
    }

    private enum Event {
        case ends(Int)
        case timesOut(Int, generation: Bool)
        /// The provider charges a call that nobody waits for.
        case charges(Int)
        case shows(Int64)
        case knows(Int)
        case keyIsRead
    }

    private let plan: DayPlan
    private let mutant: DayMutant?
    private let rules: Reconciliation.Rules
    private let start = Instant(seconds: 1_789_948_800)  // 2026-09-21T00:00Z
    private(set) var second: Int64 = 0
    private var chance: SplitMix64
    private var books = Books()
    private var reconciliation: Reconciliation
    private var agenda: [Int64: [Event]] = [:]
    private var calls: [Call] = []
    private var numberOf: [ReservationID: Int] = [:]
    private var known: Set<Int> = []
    private var charged: [Int: Int64] = [:]
    private var billedOf: [TenantID: Int64] = [:]
    private var usageShown: Int64 = 0
    private var report = DayReport()

    init(seed: UInt64, plan: DayPlan, mutant: DayMutant?) {
        self.plan = plan
        self.mutant = mutant
        chance = SplitMix64(seed: seed)
        var rules = Reconciliation.Rules()
        if mutant == .explainsByWhatMayNotShow { rules.key.lagMilliseconds = -60_000 }
        if mutant == .weighsTooSoon { rules.key.quietMilliseconds = 0 }
        self.rules = rules
        reconciliation = Reconciliation(rules, at: start)
    }

    private var now: Instant { Instant(milliseconds: start.milliseconds + second * 1000) }

    mutating func run() throws(Broken) -> DayReport {
        agenda[0] = [.keyIsRead]
        let day = plan.hours * 3600
        // Two hours more, for doubts to clear.
        while second < day + 7_200 {
            for event in agenda.removeValue(forKey: second) ?? [] { try happen(event) }
            if second < day, isBusy() { try newCall() }
            if second < day, plan.othersSpend, chance.once(in: 3_600) { othersSpend() }
            if plan.crashes, chance.once(in: 20_000) { try crash() }
            if second % 5 == 0, !books.open.isEmpty { try reconcile() }
            if second % 60 == 0 { try audit() }
            second += 1
        }
        return try close()
    }

    /// Whether a call comes in this second: half as many at night, half as many again by day.
    private mutating func isBusy() -> Bool {
        let hour = second / 3600 % 24
        let rate = (7..<19).contains(hour) ? plan.callsPerHour * 3 / 2 : plan.callsPerHour / 2
        return chance.number(below: 3_600) < rate
    }

    // MARK: Calls

    private mutating func newCall() throws(Broken) {
        let tenant = TenantID(UInt32(1 + chance.number(below: 3)))
        let cost = 100_000 + chance.number(below: 4_000_000)
        let ceiling = cost * (2 + chance.number(below: 20))
        let events = try ask(.reserve(CallScopes(tenant), model: ModelID(1), amount: Money(nanodollars: ceiling)))
        guard case .reserved(let made) = events.first else { throw Broken(.factsAreTaken, "a call was not admitted") }
        let number = calls.count
        calls.append(Call(reservation: made.id, tenant: tenant, ceiling: ceiling, cost: cost))
        numberOf[made.id] = number
        report.calls += 1
        if chance.number(below: 1_000) < plan.timeouts {
            report.timeouts += 1
            let hasID = chance.number(below: 100) >= plan.withoutID
            if !hasID { report.timeoutsWithoutID += 1 }
            plan(.timesOut(number, generation: hasID), in: 60)
            // Charged while we wait, after we left, or never.
            if !chance.once(in: 3) { plan(.charges(number), in: 5 + chance.number(below: 400)) }
        } else {
            plan(.ends(number), in: 1 + chance.number(below: 20))
        }
    }

    private mutating func plan(_ event: Event, in seconds: Int64) {
        agenda[second + max(1, seconds), default: []].append(event)
    }

    private mutating func happen(_ event: Event) throws(Broken) {
        switch event {
        case .ends(let number):
            charge(number)
            let settlement = Entry.Settlement(
                cost: Money(nanodollars: calls[number].cost), inputTokens: 1, outputTokens: 1, evidence: .provider)
            // After a crash nobody hears how it ended.
            if let call = books.open[calls[number].reservation], call.doubt == nil {
                try ask(.settle(calls[number].reservation, settlement))
            }
        case .timesOut(let number, let hasID):
            let id = calls[number].reservation
            guard books.open[id]?.doubt == nil, books.open[id] != nil else { return }
            if hasID { try ask(.dispatched(id, generation: "gen-\(number)")) }
            try ask(.leaveUnresolved(id, .upstreamBroke))
        case .charges(let number): charge(number)
        case .shows(let cost): usageShown += cost
        case .knows(let number): known.insert(number)
        case .keyIsRead:
            plan(.keyIsRead, in: 60)
            try readKey()
        }
    }

    private mutating func charge(_ number: Int) {
        let call = calls[number]
        charged[number] = call.cost
        billedOf[call.tenant, default: 0] += call.cost
        report.billed += Money(nanodollars: call.cost)
        plan(.shows(call.cost), in: 1 + chance.number(below: 25))
        plan(.knows(number), in: 2 + chance.number(below: 60))
    }

    private mutating func othersSpend() {
        let amount = 50_000_000 + chance.number(below: 500_000_000)
        report.outside += Money(nanodollars: amount)
        usageShown += amount
    }

    /// What was in flight is in doubt, most without an id.
    private mutating func crash() throws(Broken) {
        for id in books.open.keys.sorted() where books.open[id]?.doubt == nil {
            try ask(.leaveUnresolved(id, .ownerEnded))
        }
        reconciliation = Reconciliation(rules, at: now)
    }

    @discardableResult
    private mutating func ask(_ command: Command) throws(Broken) -> [Entry.Event] {
        switch books.decide(command, at: now, zones: .utc) {
        case .failure(let refusal): throw Broken(.factsAreTaken, "\(command) was refused: \(refusal)")
        case .success(let events):
            for event in events { try books.fold(Entry(at: now, event: event)) }
            return events
        }
    }
}

// MARK: - Evidence

extension DayWorld {
    private mutating func reconcile() throws(Broken) {
        let doubtful = books.doubtful
        for step in reconciliation.steps(for: doubtful, lastReading: books.key.last?.answeredAt, at: now) {
            switch step {
            case .askForRecord(let id, _): try askForRecord(id)
            case .weigh(let id): try weigh(id)
            case .assume(let id): try assume(id)
            }
        }
    }

    private mutating func askForRecord(_ id: ReservationID) throws(Broken) {
        guard let number = numberOf[id] else { return }
        let answer: Reconciliation.Answer
        if chance.once(in: 20) {
            answer = .unreachable
        } else if known.contains(number), let cost = charged[number] {
            try settle(id, cost, .generation)
            report.settledByRecord += 1
            answer = .record
        } else {
            if mutant == .takesNotYetForNever { try settle(id, 0, .generation) }
            answer = .notYet
        }
        reconciliation.heard(answer, of: id, at: now, using: &chance)
    }

    private mutating func weigh(_ id: ReservationID) throws(Broken) {
        // Closed by now, it needs no weighing.
        guard mutant != .ignoresTheKey, books.open[id]?.doubt != nil else { return }
        if try !ask(.giveBack(id, rules.key)).isEmpty { report.returned += 1 }
    }

    private mutating func assume(_ id: ReservationID) throws(Broken) {
        guard let held = books.open[id]?.held else { return }
        try settle(id, mutant == .givesBackAfterAnHour ? 0 : held.nanodollars, .assumed)
        report.assumed += 1
    }

    private mutating func settle(_ id: ReservationID, _ cost: Int64, _ evidence: Entry.Evidence) throws(Broken) {
        if let since = books.open[id]?.doubtAt {
            let age = now.milliseconds - since.milliseconds
            report.oldestDoubtMilliseconds = max(report.oldestDoubtMilliseconds, age)
        }
        try ask(
            .settle(
                id,
                .init(cost: Money(nanodollars: cost), inputTokens: 0, outputTokens: 0, evidence: evidence)))
    }

    private mutating func readKey() throws(Broken) {
        guard mutant != .ignoresTheKey else { return }
        let reading = KeyReading(key: 1, usage: Money(nanodollars: usageShown), askedAt: now, answeredAt: now)
        try ask(.readKey(reading, nil))
        if try !ask(.giveBackOverbooked(rules.key)).isEmpty { report.returnedInAll += 1 }
    }

    // MARK: The bill

    /// What was charged is held or settled, for every tenant and in all.
    private func audit() throws(Broken) {
        for (tenant, billed) in billedOf.sorted(by: { $0.key < $1.key }) {
            let held = balance(.tenant(tenant))
            guard Int128(billed) <= held else {
                throw Broken(.theBillIsCovered, "tenant \(tenant.number): billed \(billed), the books hold \(held)")
            }
        }
        guard report.billed.nanodollars <= balance(.global) else {
            throw Broken(.theBillIsCovered, "billed \(report.billed), the books hold \(balance(.global)) nanodollars")
        }
    }

    private func balance(_ scope: Scope) -> Int128 {
        books.balance(of: BudgetID(scope, .month), at: now, zones: .utc).exposure.nanodollars
    }

    private mutating func close() throws(Broken) -> DayReport {
        try audit()
        guard books.open.isEmpty else {
            throw Broken(.quietTimeEndsEverything, "still open: \(books.open.keys.sorted())")
        }
        report.booked = MoneySum(nanodollars: balance(.global))
        let settled = [1, 2, 3].map { balance(.tenant(TenantID($0))) }.reduce(0, +)
        report.outsideBooked = MoneySum(nanodollars: report.booked.nanodollars - settled)
        guard report.booked.nanodollars >= report.billed.nanodollars + report.outside.nanodollars - 2_000_000 else {
            throw Broken(.theBillIsCovered, "what others spent is not booked: \(report)")
        }
        return report
    }
}
