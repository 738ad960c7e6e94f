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
        /// ``Instant/never`` for a budget of all time.
        public let end: Instant

        /// One budget by itself.
        public init(_ account: Books.Account, policy: Ledger.Policy) {
            cap = account.cap
            balance = account.balance
            state = policy.thresholds.state(booked: account.balance.booked, cap: account.cap)
            start = account.window.start
            end = account.end
        }

        /// Nil without a cap. Below zero where a cap was lowered or a call overran.
        public var remaining: MoneySum? { cap.limit.map { MoneySum($0) - balance.exposure } }
    }

    public let state: BudgetState
    public let daily: Window
    public let monthly: Window

    /// - Parameter tenant: nil for one that the books do not know: default caps and nothing spent.
    public init(of tenant: TenantID?, in books: Books, at now: Instant, policy: Ledger.Policy) {
        self.init(over: policy.scopes(of: tenant ?? TenantID.unknown), in: books, at: now, policy: policy)
    }

    /// As a call of these scopes sees it: the state is the worst of all budgets over it, its user's or run's among them.
    public init(over scopes: CallScopes, in books: Books, at now: Instant, policy: Ledger.Policy) {
        let accounts = books.accounts(over: scopes, at: now, zones: policy.zones)
        // The day and the month of the tenant always come first.
        daily = Window(accounts[0], policy: policy)
        monthly = Window(accounts[1], policy: policy)
        state = policy.thresholds.state(of: accounts)
    }

    func remainingText(_ period: Period) -> String {
        (period == .day ? daily : monthly).remaining?.description ?? "none"
    }
}

extension TenantID {
    /// The ledger numbers tenants from 1 on.
    fileprivate static let unknown = TenantID(0)
}
