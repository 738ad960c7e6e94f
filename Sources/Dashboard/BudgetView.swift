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
        end = books.window(of: budget, at: now, zones: policy.zones).end
    }

    /// What is left for new calls; never shown below zero. Nil without a cap.
    var left: MoneySum? { cap.limit.map { max(.zero, MoneySum($0) - balance.exposure) } }

    /// Hundredths of a percent of the cap; nil without one.
    var share: Int128? { cap.limit == nil ? nil : hundredthsOfPercent(balance.booked, of: cap) }

    /// When all of it is gone at this pace; nil where that is not within the window.
    func usedUp(at now: Instant, pace: Pace) -> Instant? {
        guard let limit = cap.limit, balance.booked < MoneySum(limit) else { return nil }
        return pace.whenGone(MoneySum(limit) - balance.booked, from: now).flatMap { $0 < end ? $0 : nil }
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

/// How fast money goes: an amount over a stretch of time.
struct Pace: Hashable, Sendable {
    let spent: MoneySum
    let milliseconds: Int64

    /// Less than an hour says little of the hours to come, so the first minutes of a day count as an hour.
    private static let least: Int64 = 3_600_000

    init(spent: MoneySum, from start: Instant, to end: Instant) {
        self.spent = max(.zero, spent)
        milliseconds = max(Pace.least, end.milliseconds - start.milliseconds)
    }

    /// Nil where nothing is spent, or not in a hundred years.
    func whenGone(_ amount: MoneySum, from now: Instant) -> Instant? {
        guard spent > .zero else { return nil }
        let (product, overflow) = amount.nanodollars.multipliedReportingOverflow(by: Int128(milliseconds))
        guard !overflow else { return nil }
        let wait = product / spent.nanodollars
        return wait < 3_155_760_000_000 ? now.adding(milliseconds: Int64(wait)) : nil
    }

    /// What goes in so long a time.
    func amount(over milliseconds: Int64) -> MoneySum {
        MoneySum(nanodollars: spent.nanodollars * Int128(max(0, milliseconds)) / Int128(self.milliseconds))
    }
}
