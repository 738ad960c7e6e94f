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
        var candidates: [Stop] = []
        for budget in [board.daily, board.monthly] { candidates.append(Outlook.stop(nil, budget, board.at)) }
        for row in board.tenants where row.monthly.balance.booked > .zero || row.daily.state == .stopped {
            candidates.append(Outlook.stop(row, row.daily, board.at))
            candidates.append(Outlook.stop(row, row.monthly, board.at))
        }
        let stops = candidates.filter { $0.budget.state == .stopped || $0.at != nil }
        stop = stops.min { Outlook.urgency($0) < Outlook.urgency($1) }
        stopped = board.tenants.count { $0.state == .stopped }
        pressing =
            stop
            ?? candidates.filter { $0.budget.cap.limit ?? .zero > .zero && $0.budget.balance.booked > .zero }.max {
                ($0.budget.share ?? 0, $1.budget.period) < ($1.budget.share ?? 0, $0.budget.period)
            }
    }

    private static func stop(_ tenant: TenantRow?, _ budget: BudgetView, _ now: Instant) -> Stop {
        let at = budget.state == .stopped ? nil : budget.usedUp(at: now, pace: budget.pace(at: now))
        return Stop(tenant: tenant, budget: budget, at: at)
    }

    /// What is stopped comes first, and of that what is over everybody, and what lasts longest.
    private static func urgency(_ stop: Stop) -> (Int64, Int, Int64) {
        (stop.at?.milliseconds ?? .min, stop.tenant == nil ? 0 : 1, -stop.budget.end.milliseconds)
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
