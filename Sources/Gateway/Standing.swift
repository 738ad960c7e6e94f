public import Budgeting
public import ExactMoney
public import Ledger

/// Where a tenant stands at a moment: both of its budgets, and the worst state over it.
public struct Standing: Sendable {
    public struct Window: Sendable {
        public let cap: Cap
        public let balance: Balance
        public let state: BudgetState
        public let start: Instant
        public let end: Instant

        /// Nil without a cap. Below zero where a cap was lowered or a call overran.
        public var remaining: MoneySum? { cap.limit.map { MoneySum($0) - balance.exposure } }
    }

    public let state: BudgetState
    public let daily: Window
    public let monthly: Window

    /// - Parameter tenant: nil for one that the books do not know: default caps and nothing spent.
    public init(of tenant: TenantID?, in books: Books, at now: Instant, policy: Ledger.Policy) {
        func window(_ period: Period) -> Window {
            let budget = tenant.map { BudgetID(.tenant($0), period) }
            let cap = budget.map { books.cap(of: $0) } ?? books.caps[.everyTenant(period)] ?? .none
            let balance = budget.map { books.balance(of: $0, at: now, zone: policy.zone) } ?? Balance()
            return Window(
                cap: cap, balance: balance, state: policy.thresholds.state(booked: balance.booked, cap: cap),
                start: period.start(containing: now, in: policy.zone), end: period.end(containing: now, in: policy.zone)
            )
        }
        daily = window(.day)
        monthly = window(.month)
        var worst = max(daily.state, monthly.state)
        for period in Period.allCases {
            let budget = BudgetID(.global, period)
            let booked = books.balance(of: budget, at: now, zone: policy.zone).booked
            worst = max(worst, policy.thresholds.state(booked: booked, cap: books.cap(of: budget)))
        }
        state = worst
    }

    func remainingText(_ period: Period) -> String {
        (period == .day ? daily : monthly).remaining?.description ?? "none"
    }
}
