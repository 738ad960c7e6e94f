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
/// `global/day`, `acme:user1/hour`, `acme:run1/total`, `group1/week`, `key1/minute`, `tag1=2/day`, and, for caps, those of a family:
/// `all/day`, `users/day`, `acme:users/day`, `runs/total`, `groups/month`, `keys/day`, `tags1/day`. A call says what else it stands
/// under behind its tenant and amount: `reserve acme 60 user1 run2 tag1=2 group1`. `terms acme/day 100 zone Europe/Berlin` and
/// `terms acme/day 100 raise 200 until 2026-06-20 00:00` set all of a budget's terms at once. The clock starts at noon of
/// 2026-06-15 in UTC.
struct BookStory {
    private(set) var books = Books()
    private var now = Instant(seconds: CivilDate(year: 2026, month: 6, day: 15).daysSince1970 * 86_400 + 43_200)
    private let zones: Zones

    init(zones: Zones = .utc) {
        self.zones = zones
    }

    /// Tells all lines and records an issue for each that comes out otherwise.
    @discardableResult
    static func tell(
        in zones: Zones = .utc, _ text: String, at location: SourceLocation = #_sourceLocation
    ) -> BookStory {
        var story = BookStory(zones: zones)
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
        case "terms": return ask(.setBudget(capTarget(words[1]), terms(words.dropFirst(2))))
        case "reserve": return ask(.reserve(scopes(words), model: ModelID(1), amount: money(words[2])))
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
        case "inall": return ask(.giveBackOverbooked(KeyRules()))
        case "assume":
            let held = books.open[id(words[1])]?.held ?? .zero
            return ask(.settle(id(words[1]), .init(cost: held, inputTokens: 0, outputTokens: 0, evidence: .assumed)))
        case "giveall": return ask(.giveBackAll(id(words[1]), reason: words.dropFirst(2).joined()))
        default: return "no such command"
        }
        return ""
    }

    private mutating func ask(_ command: Command) -> String {
        switch books.decide(command, at: now, zones: zones) {
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
        let balance = books.balance(of: budget, at: now, zones: zones)
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
    case .audited: "audited"
    case .keyIssued(let issue): "issued \(issue.prefix)"
    case .keyRevoked(let key, _): "revoked \(key.number)"
    case .keyChanged(let change): "changed \(change.key.number)"
    case .outsideSpent(let spend):
        spend.shares.isEmpty
            ? "unexplained \(spend.unexplained.nanodollars)"
            : "outside \(spend.shares.map { "\($0.amount.nanodollars)" }.joined(separator: " "))"
    case .overbooked(let over):
        over.shares.isEmpty
            ? "counting"
            : "overbooked \(over.over.nanodollars): \(over.shares.map { "\($0.amount.nanodollars)" }.joined(separator: " "))"
    case .returned(_, let what): "returned \(what.amount.nanodollars)"
    case .corrected(_, let amount, _): "corrected \(amount.nanodollars)"
    case .called: "called"
    case .budgetSet: "set"
    case .priced: "priced"
    }
}

private func describe(_ refusal: Refusal) -> String {
    switch refusal {
    case .exceeds(let budget): "exceeds \(describe(budget))"
    case .notOpen: "not open"
    case .badAmount: "bad amount"
    case .keyExists: "key exists"
    case .noSuchKey: "no such key"
    case .badKey: "bad key"
    case .keyEnded: "key ended"
    case .noReason: "no reason"
    }
}

private func describe(_ budget: BudgetID) -> String {
    let scope =
        switch budget.scope {
        case .global: "global"
        case .tenant(let tenant): name(tenant)
        case .group(let group): "group\(group.number)"
        case .key(let key): "key\(key.number)"
        case .user(let tenant, let user): "\(name(tenant)):user\(user.number)"
        case .run(let tenant, let run): "\(name(tenant)):run\(run.number)"
        case .tag(let tag): "tag\(tag.name.number)=\(tag.number)"
        }
    return "\(scope)/\(budget.period)"
}

private func name(_ tenant: TenantID) -> String { tenants.first { $0.value == tenant }?.key ?? "?" }

private func tenant(_ word: String) -> TenantID { tenants[word] ?? TenantID(99) }
private func money(_ word: String) -> Money { Money(nanodollars: Int64(word) ?? .min) }
private func id(_ word: String) -> ReservationID { ReservationID(UInt64(word) ?? .max) }

private func period(_ word: String) -> Period {
    Period.allCases.first { word.hasSuffix("/\($0)") } ?? .month
}

/// The number at the end of `user7`.
private func number(_ word: some StringProtocol) -> UInt32 { UInt32(word.drop { !$0.isNumber }) ?? 0 }

private func tag(_ word: some StringProtocol) -> TagID {
    let halves = word.split(separator: "=")
    return TagID(TagName(number(halves[0])), number(halves[1]))
}

private func scopes(_ words: [String]) -> CallScopes {
    var scopes = CallScopes(tenant(words[1]))
    for word in words.dropFirst(3) {
        if word.hasPrefix("user") { scopes.user = UserID(number(word)) }
        if word.hasPrefix("run") { scopes.run = RunID(number(word)) }
        if word.hasPrefix("key") { scopes.key = KeyID(number(word)) }
        if word.hasPrefix("group") { scopes.groups.append(GroupID(number(word))) }
        if word.hasPrefix("tag") { scopes.tags.append(tag(word)) }
    }
    return scopes
}

private func terms(_ words: ArraySlice<String>) -> Terms {
    let words = Array(words)
    var terms = Terms(cap(words[0]))
    if let place = words.firstIndex(of: "zone") { terms.zone = words[place + 1] }
    if let place = words.firstIndex(of: "raise") {
        terms.raise = .init(to: money(words[place + 1]), until: instant(words[place + 3], words[place + 4]))
    }
    return terms
}

private func settlement(_ word: String) -> Entry.Settlement {
    Entry.Settlement(cost: money(word), inputTokens: 10, outputTokens: 20, evidence: .provider)
}

private func budget(_ word: String) -> BudgetID {
    let parts = word.prefix { $0 != "/" }.split(separator: ":").map(String.init)
    let last = parts[parts.count - 1]
    let scope: Scope
    if parts.count == 2 {
        let owner = tenant(parts[0])
        scope = last.hasPrefix("user") ? .user(owner, UserID(number(last))) : .run(owner, RunID(number(last)))
    } else if last.hasPrefix("tag") {
        scope = .tag(tag(last))
    } else if last.hasPrefix("group") {
        scope = .group(GroupID(number(last)))
    } else if last.hasPrefix("key") {
        scope = .key(KeyID(number(last)))
    } else {
        scope = last == "global" ? .global : .tenant(tenant(last))
    }
    return BudgetID(scope, period(word))
}

private func capTarget(_ word: String) -> CapTarget {
    let parts = word.prefix { $0 != "/" }.split(separator: ":").map(String.init)
    let owner = parts.count == 2 ? tenant(parts[0]) : nil
    let last = parts[parts.count - 1]
    switch last {
    case "all": return .every(.tenants, period(word))
    case "groups": return .every(.groups, period(word))
    case "keys": return .every(.keys, period(word))
    case "users": return .every(.users(of: owner), period(word))
    case "runs": return .every(.runs(of: owner), period(word))
    case _ where last.hasPrefix("tags"): return .every(.tags(TagName(number(last))), period(word))
    default: return .budget(budget(word))
    }
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
