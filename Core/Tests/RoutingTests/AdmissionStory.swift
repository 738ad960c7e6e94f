import Budgeting
import ExactMoney
import Pricing
import Routing
import Testing

/// Bids put to books, one line of text after the other:
///
///     cap acme/day 1000
///     spent acme 400
///     held acme 300
///     offer big 100 + 10                => big costs 100 and 10 a token; `up to 50` bounds its output
///     ask 20                            => big 20 for 300
///     ask open 4096, waited             => big 15 for 250, limited
///
/// Amounts are nanodollars; budgets are `acme/day`, `beta/month`, `global/day`. `doubt acme 100` leaves money unresolved,
/// `smallest 50`, `floor 16`, `never` and `most 300` (one call's) set what they say. A call may wait unless it says
/// `, waited` or `, impatient`.
struct AdmissionStory {
    private(set) var books = Books()
    private var thresholds = Thresholds()
    private var names: [String] = []
    private var offers: [Bid.Offer] = []
    private var floor: Int64 = 16
    private var moves = Bid.Moves.allowed
    private var maxCall: Money?
    private let now = Instant(seconds: CivilDate(year: 2026, month: 6, day: 15).daysSince1970 * 86_400 + 43_200)

    static func tell(_ text: String, at location: SourceLocation = #_sourceLocation) {
        var story = AdmissionStory()
        for line in text.split(separator: "\n") {
            let halves = line.split(separator: "=>").map { $0.split(separator: " ").map(String.init) }
            let outcome = story.run(halves[0])
            guard halves[0][0] == "ask" || !outcome.isEmpty else { continue }
            let expected = halves.count > 1 ? halves[1].joined(separator: " ") : ""
            if outcome != expected { Issue.record("\(line)\n  came out as: \(outcome)", sourceLocation: location) }
        }
    }

    private mutating func run(_ words: [String]) -> String {
        switch words[0] {
        case "cap": carryOut(.setCap(.budget(budget(words[1])), .limit(money(words[2]))))
        case "spent": take(words) { .settle($0, .init(cost: $1, inputTokens: 1, outputTokens: 1, evidence: .provider)) }
        case "held": take(words) { _, _ in nil }
        case "doubt": take(words) { id, _ in .leaveUnresolved(id, .upstreamBroke) }
        case "smallest": thresholds.smallestCall = money(words[1])
        case "floor": floor = number(words[1])
        case "never": moves = .never
        case "most": maxCall = money(words[1])
        case "offer": offer(words)
        case "ask": return ask(words)
        default: return "no such command: \(words[0])"
        }
        return ""
    }

    private mutating func take(_ words: [String], _ then: (ReservationID, Money) -> Command?) {
        carryOut(.reserve(CallScopes(tenant(words[1])), model: ModelID(9), amount: money(words[2])))
        if let next = then(books.lastReservation, money(words[2])) { carryOut(next) }
    }

    private mutating func carryOut(_ command: Command) {
        guard case .success(let events) = books.decide(command, at: now, zones: .utc) else {
            Issue.record("the story cannot do \(command)")
            return
        }
        for event in events {
            do { try books.apply(Entry(at: now, event: event)) } catch { Issue.record(error) }
        }
    }

    private mutating func offer(_ words: [String]) {
        names.append(words[1])
        let isFree = words.count == 2
        let most = words.firstIndex(of: "to").map { number(words[$0 + 1]) } ?? 100_000
        let ceiling =
            isFree
            ? Ceiling(fixed: .zero, perOutputToken: .zero)
            : Ceiling(
                fixed: Picodollars(Int128(number(words[2])) * 1000),
                perOutputToken: Rate(picodollars: number(words[4]) * 1000))
        let id = ModelID(UInt32(names.count))
        offers.append(.init(model: id, ceiling: ceiling, outputTokensLimit: most, isFree: isFree))
    }

    private func ask(_ words: [String]) -> String {
        let words = words.map { $0.hasSuffix(",") ? String($0.dropLast()) : $0 }
        let output: Bid.OutputLimit =
            words[1] == "open"
            ? .open(most: words.count > 2 ? Int64(words[2]) ?? 16_384 : 16_384) : .named(number(words[1]))
        let patience: Admission.Patience =
            switch words.last {
            case "waited": .waited
            case "impatient": .none
            default: .willWait
            }
        let bid = Bid(
            scopes: CallScopes(tenant("acme")), offers: offers, output: output, floor: floor, moves: moves,
            maxCall: maxCall)
        let admission = Admission(bid, in: books, at: now, zones: .utc, thresholds: thresholds)
        return describe(admission.verdict(patience))
    }

    private func describe(_ verdict: Admission.Verdict) -> String {
        switch verdict {
        case .admit(let grant):
            let limited = grant.isLimited ? ", limited" : ""
            return "\(names[grant.offer]) \(grant.outputTokens) for \(grant.amount.nanodollars)\(limited)"
        case .wait(let budget): return "wait \(text(budget))"
        case .refuse(.budgetExceeded(let shortfall)): return "exceeded \(describe(shortfall))"
        case .refuse(.budgetHeld(let shortfall)): return "held \(describe(shortfall))"
        case .refuse(.callTooExpensive(let required, let most)):
            return "too expensive, \(required.nanodollars) of \(most.nanodollars)"
        }
    }

    private func describe(_ shortfall: Shortfall) -> String {
        let affordable = shortfall.affordable.map { ", offers \(names[Int($0.model.number) - 1]) \($0.outputTokens)" }
        let remaining = shortfall.remaining.nanodollars
        return "\(text(shortfall.budget)), \(shortfall.required.nanodollars) of \(remaining)\(affordable ?? "")"
    }

    private func text(_ budget: BudgetID) -> String {
        let period = budget.period == .day ? "day" : "month"
        guard case .tenant(let tenant) = budget.scope else { return "global/\(period)" }
        return "\(tenant.number == 1 ? "acme" : "beta")/\(period)"
    }

    private func budget(_ text: String) -> BudgetID {
        let parts = text.split(separator: "/").map(String.init)
        let scope = parts[0] == "global" ? Scope.global : .tenant(tenant(parts[0]))
        return BudgetID(scope, parts[1] == "day" ? .day : .month)
    }

    private func tenant(_ name: String) -> TenantID { TenantID(name == "acme" ? 1 : 2) }
    private func money(_ text: String) -> Money { Money(nanodollars: number(text)) }

    private func number(_ text: String) -> Int64 {
        guard let number = Int64(text) else {
            Issue.record("no number: \(text)")
            return 0
        }
        return number
    }
}
