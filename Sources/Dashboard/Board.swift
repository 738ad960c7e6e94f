import Budgeting
import ExactMoney
import Gateway
import Ledger
import Synchronization

/// One tenant's line.
struct TenantRow: Hashable, Sendable {
    let id: TenantID
    let name: String
    let daily: BudgetView
    let monthly: BudgetView
    /// The worst of all budgets over it, those over all tenants included.
    let state: BudgetState

    init(
        _ id: TenantID, name: String, in books: Books, at now: Instant, policy: Ledger.Policy, worstGlobal: BudgetState
    ) {
        self.id = id
        self.name = name
        daily = BudgetView(BudgetID(.tenant(id), .day), in: books, at: now, policy: policy)
        monthly = BudgetView(BudgetID(.tenant(id), .month), in: books, at: now, policy: policy)
        state = max(daily.state, monthly.state, worstGlobal)
    }

    func budget(_ period: Period) -> BudgetView { period == .day ? daily : monthly }
}

/// All tenants and what stands over them, at a moment.
struct Board: Sendable {
    let at: Instant
    let zone: ZoneRules
    let daily: BudgetView
    let monthly: BudgetView
    /// Dearest of the month first.
    let tenants: [TenantRow]
    /// What was spent on each day of the month until today, all tenants together.
    let days: [MoneySum]
    let saved: MoneySum

    /// Reads all tenants, a few at a time. Each line is true at its own moment; the moments lie milliseconds apart.
    init(_ ledger: Ledger) {
        let top = ledger.read { books, names, policy, now in
            (
                now, policy.zone, names.lastModel.number,
                BudgetView(BudgetID(.global, .day), in: books, at: now, policy: policy),
                BudgetView(BudgetID(.global, .month), in: books, at: now, policy: policy),
                Board.days(of: .global, books, now, policy.zone)
            )
        }
        let lastModel: UInt32
        (at, zone, lastModel, daily, monthly, days) = top
        let worst = max(daily.state, monthly.state)
        let rows = ledger.readTenants { id, books, names, policy, now in
            let row = TenantRow(id, name: names.text(of: id), in: books, at: now, policy: policy, worstGlobal: worst)
            let hasSpent = row.monthly.balance.settled > .zero
            return (row, hasSpent ? Board.saved(id, row.monthly.start, books, through: lastModel) : .zero)
        }
        saved = rows.reduce(MoneySum.zero) { $0 + $1.1 }
        tenants = rows.map(\.0).sorted {
            ($1.monthly.balance.booked, $0.name) < ($0.monthly.balance.booked, $1.name)
        }
    }

    private static func saved(_ tenant: TenantID, _ month: Instant, _ books: Books, through last: UInt32) -> MoneySum {
        let window = WindowID(budget: BudgetID(.tenant(tenant), .month), start: month)
        guard last > 0 else { return .zero }
        return (1...last).reduce(MoneySum.zero) { sum, number in
            sum + (books.tallies[Books.TallyID(window: window, model: ModelID(number))]?.saved ?? .zero)
        }
    }

    /// What was booked on each day of the month that holds `now`, until and with today.
    static func days(of scope: Scope, _ books: Books, _ now: Instant, _ zone: ZoneRules) -> [MoneySum] {
        let today = zone.date(at: now)
        return (1...today.day).map { day in
            let start = zone.start(of: CivilDate(year: today.year, month: today.month, day: day))
            return books.balances[WindowID(budget: BudgetID(scope, .day), start: start)]?.booked ?? .zero
        }
    }

    func tenant(_ name: String) -> TenantRow? { tenants.first { $0.name == name } }
}

/// Keeps the last board for a moment, so that many pages and live views cost one reading.
final class BoardKeeper: Sendable {
    private let ledger: Ledger
    private let kept = Mutex<Kept?>(nil)

    private struct Kept: Sendable {
        let board: Board
        let until: ContinuousClock.Instant
    }

    /// A board is good for a second, or longer where it was dear to make: reading never takes more than a twentieth of a core.
    private static let least = Duration.seconds(1)
    private static let patience = 20

    init(_ ledger: Ledger) {
        self.ledger = ledger
    }

    /// Readers that come while one is made wait for it: it takes milliseconds, and they would make the same.
    func board() -> Board {
        kept.withLock { kept in
            let began = ContinuousClock.now
            if let kept, began < kept.until { return kept.board }
            let board = Board(ledger)
            let took = ContinuousClock.now - began
            kept = Kept(board: board, until: .now + max(BoardKeeper.least, took * BoardKeeper.patience))
            return board
        }
    }

    /// Something was changed here, and whoever did it wants to see it.
    func forget() { kept.withLock { $0 = nil } }
}
