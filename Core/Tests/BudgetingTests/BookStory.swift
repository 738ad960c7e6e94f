import Budgeting
import ExactMoney
import Testing

/// Books driven by lines of text, one command and what comes of it to a line:
///
///     at 2026-03-31 23:59
///     cap acme/day 100             => cap
///     reserve acme 60              => reserved 1
///     reserve acme 41              => exceeds acme/day
///     settle 1 70                  => settled, overrun 10
///     look acme/day                => 70 + 0 + 0, 0 in flight
///
/// `look` shows settled + unresolved + reserved. Amounts are nanodollars; budgets are `acme/day`, `beta/month`,
/// `global/day`, and, for caps, `all/day`. The clock starts at noon of 2026-06-15.
struct BookStory {
    private(set) var books = Books()
    private var now = Instant(seconds: CivilDate(year: 2026, month: 6, day: 15).daysSince1970 * 86_400 + 43_200)
    private let zone: ZoneRules

    init(zone: ZoneRules = .utc) {
        self.zone = zone
    }

    /// Tells all lines and records an issue for each that comes out otherwise.
    @discardableResult
    static func tell(
        in zone: ZoneRules = .utc, _ text: String, at location: SourceLocation = #_sourceLocation
    ) -> BookStory {
        var story = BookStory(zone: zone)
        for line in text.split(separator: "\n") {
            let halves = line.split(separator: "=>").map { $0.split(separator: " ") }
            let outcome = story.run(halves[0].map(String.init))
            let expected = halves.count > 1 ? halves[1].joined(separator: " ") : ""
            if outcome != expected { Issue.record("\(line)\n  came out as: \(outcome)", sourceLocation: location) }
        }
        return story
    }

    private mutating func run(_ words: [String]) -> String {
        switch words[0] {
        case "at": now = instant(words[1], words[2])
        case "look": return look(budget(words[1]))
        case "cap": return ask(.setCap(capTarget(words[1]), cap(words[2])))
        case "reserve": return ask(.reserve(tenant: tenant(words[1]), model: ModelID(1), amount: money(words[2])))
        case "dispatched": return ask(.dispatched(id(words[1]), generation: words[2]))
        case "settle": return ask(.settle(id(words[1]), settlement(words[2])))
        case "release": return ask(.release(id(words[1])))
        case "doubt": return ask(.leaveUnresolved(id(words[1]), .upstreamBroke))
        case "credit": return ask(.credit(budget(words[1]), money(words[2])))
        case "reset": return ask(.reset(budget(words[1])))
        case "correct": return ask(.correct(budget(words[1]), money(words[2]), reason: words.dropFirst(3).joined()))
        case "key": return ask(.readKey(reading(words[1]), words.count > 3 ? opening(words[2], words[3]) : nil))
        case "otherkey": return ask(.readKey(reading(words[1], key: 8), nil))
        case "giveback": return ask(.giveBack(id(words[1]), KeyRules()))
        case "giveall": return ask(.giveBackAll(id(words[1]), reason: words.dropFirst(2).joined()))
        default: return "no such command"
        }
        return ""
    }

    private mutating func ask(_ command: Command) -> String {
        switch books.decide(command, at: now, zone: zone) {
        case .failure(let refusal): return describe(refusal)
        case .success(let events):
            for event in events {
                do { try books.apply(Entry(at: now, event: event)) } catch { return "broken entry: \(error)" }
            }
            return events.isEmpty ? "nothing" : events.map(describe).joined(separator: ", ")
        }
    }

    /// Asked for a second ago.
    private func reading(_ usage: String, key: UInt64 = 7) -> KeyReading {
        KeyReading(
            key: key, usage: money(usage), askedAt: Instant(milliseconds: now.milliseconds - 1_000), answeredAt: now)
    }

    private func opening(_ daily: String, _ monthly: String) -> KeyOpening {
        KeyOpening(daily: money(daily), monthly: money(monthly))
    }

    private func look(_ budget: BudgetID) -> String {
        let balance = books.balance(of: budget, at: now, zone: zone)
        let parts = [balance.settled, balance.unresolved, balance.reserved].map { "\($0.nanodollars)" }
        return "\(parts.joined(separator: " + ")), \(balance.callsInFlight) in flight"
    }
}

// MARK: - The words

private let tenants = ["acme": TenantID(1), "beta": TenantID(2)]

private func describe(_ event: Entry.Event) -> String {
    switch event {
    case .reserved(let reservation): "reserved \(reservation.id.number)"
    case .dispatched: "dispatched"
    case .settled: "settled"
    case .released: "released"
    case .unresolved: "unresolved"
    case .overrun(_, let amount): "overrun \(amount.nanodollars)"
    case .credited(_, let amount, _): "credited \(amount.nanodollars)"
    case .capChanged: "cap"
    case .outsideSpent(let spend):
        spend.shares.isEmpty
            ? "unexplained \(spend.unexplained.nanodollars)"
            : "outside \(spend.shares.map { "\($0.amount.nanodollars)" }.joined(separator: " "))"
    case .returned(_, let what): "returned \(what.amount.nanodollars)"
    case .corrected(_, let amount, _): "corrected \(amount.nanodollars)"
    case .priced: "priced"
    }
}

private func describe(_ refusal: Refusal) -> String {
    switch refusal {
    case .exceeds(let budget): "exceeds \(describe(budget))"
    case .notOpen: "not open"
    case .badAmount: "bad amount"
    case .noReason: "no reason"
    }
}

private func describe(_ budget: BudgetID) -> String {
    let scope =
        switch budget.scope {
        case .global: "global"
        case .tenant(let tenant): tenants.first { $0.value == tenant }?.key ?? "?"
        }
    return "\(scope)/\(budget.period == .day ? "day" : "month")"
}

private func tenant(_ word: String) -> TenantID { tenants[word] ?? TenantID(99) }
private func money(_ word: String) -> Money { Money(nanodollars: Int64(word) ?? .min) }
private func id(_ word: String) -> ReservationID { ReservationID(UInt64(word) ?? .max) }
private func period(_ word: Substring) -> Period { word.hasSuffix("/day") ? .day : .month }

private func settlement(_ word: String) -> Entry.Settlement {
    Entry.Settlement(cost: money(word), inputTokens: 10, outputTokens: 20, evidence: .provider)
}

private func budget(_ word: String) -> BudgetID {
    let scope = word.prefix { $0 != "/" }
    return BudgetID(scope == "global" ? .global : .tenant(tenant(String(scope))), period(word[...]))
}

private func capTarget(_ word: String) -> CapTarget {
    word.hasPrefix("all/") ? .everyTenant(period(word[...])) : .budget(budget(word))
}

private func cap(_ word: String) -> Cap {
    switch word {
    case "none": Cap.none
    case "inherited": .inherited
    default: .limit(money(word))
    }
}

private func instant(_ day: String, _ time: String) -> Instant {
    let date = day.split(separator: "-").compactMap { Int64($0) }
    let clock = time.split(separator: ":").compactMap { Int64($0) }
    let days = CivilDate(year: date[0], month: date[1], day: date[2]).daysSince1970
    return Instant(seconds: days * 86_400 + clock[0] * 3600 + clock[1] * 60)
}
