import Budgeting
import ExactMoney

/// What a stranger wants to know first, worked out of the board.
struct Outlook: Sendable {
    /// A budget that is used up, or will be.
    struct Stop: Sendable {
        /// Nil for the budgets over all tenants.
        let tenant: TenantRow?
        let budget: BudgetView
        /// Nil: it is used up already.
        let at: Instant?

        var owner: String { tenant?.name ?? "All tenants" }
    }

    let board: Board
    /// The first of all stops; nil where none is in sight.
    let stop: Stop?
    /// How many tenants are stopped now.
    let stopped: Int
    /// The budget that a newcomer's eye should rest on: the one that stops first, else the fullest.
    let pressing: Stop?

    init(_ board: Board) {
        self.board = board
        var search = Search(now: board.at)
        for budget in [board.daily, board.monthly] { search.look(at: budget, of: nil) }
        for row in board.tenants where row.monthly.balance.booked > .zero || row.daily.state == .stopped {
            search.look(at: row.daily, of: row)
            search.look(at: row.monthly, of: row)
        }
        stop = search.stop
        pressing = search.stop ?? search.fullest
        stopped = board.tenants.count { $0.state == .stopped }
    }

    /// Looks at one budget after the other and keeps the first to stop, and the fullest: there may be many thousands.
    private struct Search {
        let now: Instant
        private(set) var stop: Stop?
        private(set) var fullest: Stop?

        init(now: Instant) {
            self.now = now
        }

        mutating func look(at budget: BudgetView, of tenant: TenantRow?) {
            let at = budget.state == .stopped ? nil : budget.usedUp(at: now, pace: budget.pace(at: now))
            if budget.state == .stopped || at != nil {
                let found = Stop(tenant: tenant, budget: budget, at: at)
                if stop.map({ Outlook.urgency(found) < Outlook.urgency($0) }) ?? true { stop = found }
            }
            guard stop == nil, budget.cap.limit ?? .zero > .zero, budget.balance.booked > .zero else { return }
            if fullest.map({ Outlook.fullness(budget) >= Outlook.fullness($0.budget) }) ?? true {
                fullest = Stop(tenant: tenant, budget: budget, at: at)
            }
        }
    }

    /// What is stopped comes first, and of that what is over everybody, and what lasts longest.
    private static func urgency(_ stop: Stop) -> (Int64, Int, Int64) {
        (stop.at?.milliseconds ?? .min, stop.tenant == nil ? 0 : 1, -stop.budget.end.milliseconds)
    }

    /// A day before a month, where both are as full.
    private static func fullness(_ budget: BudgetView) -> (Int128, Int) {
        (budget.share ?? 0, budget.period == .day ? 1 : 0)
    }

    /// What all caps of a period allow together, and what is left of them: the one over all tenants, or the tenants' own.
    func allowance(_ period: Period) -> (cap: MoneySum, left: MoneySum, ofTenants: Int)? {
        let global = period == .day ? board.daily : board.monthly
        if let limit = global.cap.limit { return (MoneySum(limit), global.left ?? .zero, 0) }
        var cap = MoneySum.zero
        var left = MoneySum.zero
        for row in board.tenants {
            let budget = row.budget(period)
            guard let limit = budget.cap.limit else { return nil }
            cap = cap + MoneySum(limit)
            left = left + (budget.left ?? .zero)
        }
        return board.tenants.isEmpty ? nil : (cap, left, board.tenants.count)
    }
}
