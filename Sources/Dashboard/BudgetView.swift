import Budgeting
import ExactMoney
import Ledger

/// One budget as a page shows it: what it allows in its present window, what of that is gone, and where it stands.
struct BudgetView: Hashable, Sendable {
    let period: Period
    let cap: Cap
    let balance: Balance
    let state: BudgetState
    let start: Instant
    let end: Instant

    /// - Parameter budget: nil for a tenant that the books do not know.
    init(_ budget: BudgetID, in books: Books, at now: Instant, policy: Ledger.Policy) {
        period = budget.period
        let account = books.account(of: budget, at: now, zones: policy.zones)
        cap = account.cap
        balance = account.balance
        state = policy.thresholds.state(booked: balance.booked, cap: cap)
        start = account.window.start
        end = account.end
    }

    /// What is left for new calls; never shown below zero. Nil without a cap.
    var left: MoneySum? { cap.limit.map { max(.zero, MoneySum($0) - balance.exposure) } }

    /// Hundredths of a percent of the cap; nil without one.
    var share: Int128? { cap.limit == nil ? nil : hundredthsOfPercent(balance.booked, of: cap) }

    /// When all of it is gone at this pace; nil where that is not within the window.
    func usedUp(at now: Instant, pace: Pace) -> Instant? {
        pace.usedUp(cap, booked: balance.booked, before: end, from: now)
    }

    /// What was spent since the window began, over the time since then.
    func pace(at now: Instant) -> Pace { Pace(spent: balance.booked, from: start, to: now) }
}

extension Period {
    var adjective: String { self == .day ? "daily" : "monthly" }
    var current: String { self == .day ? "today" : "this month" }
    /// As it stands in addresses and forms.
    var word: String { self == .day ? "day" : "month" }

    init?(word: String?) {
        switch word {
        case "day": self = .day
        case "month": self = .month
        default: return nil
        }
    }
}
