import Budgeting
import ExactMoney

/// The first auditor: naive books, kept from acknowledged commands and their answers alone, with a calendar of its own.
struct Bookkeeper {
    struct Totals: Equatable {
        var settled: Int128 = 0
        var unresolved: Int128 = 0
        var reserved: Int128 = 0
        var calls: Int64 = 0

        var exposure: Int128 { settled + unresolved + reserved }
    }

    private enum Line {
        case held(Int128, [Page])
        case doubtful(Int128, [Page])
        case closed
    }

    let calendar: NaiveCalendar
    private(set) var totals: [Page: Totals] = [:]
    /// The largest cap under which a call above zero was admitted on this page.
    private(set) var allowed: [Page: Int128] = [:]
    private var lines: [UInt64: Line] = [:]
    private var caps: [CapTarget: Cap] = [:]
    private var lastID: UInt64 = 0

    init(calendar: NaiveCalendar) {
        self.calendar = calendar
    }

    /// Books one acknowledged command. Returns the pages it touched.
    ///
    /// - Parameter returned: what a command that gives money back came to.
    mutating func hear(
        _ command: Command, at instant: Instant, reservation: ReservationID?, returned: Money = .zero
    ) throws(Broken) -> [Page] {
        switch command {
        case .reserve(let tenant, _, let amount), .observe(let tenant, _, let amount):
            return try open(reservation, Int128(amount.nanodollars), calendar.pages(of: tenant, at: instant))
        case .dispatched: return []
        case .settle(let id, let settlement):
            return try close(id) { $0.settled += Int128(settlement.cost.nanodollars) }
        case .release(let id):
            guard case .held = lines[id.number] else { throw Broken(.closedOnce, "\(id) was released but not held") }
            return try close(id) { _ in }
        case .leaveUnresolved(let id, _): return try doubt(id)
        case .credit(let budget, let amount):
            return credit(budget, at: instant) { $0.settled -= Int128(amount.nanodollars) }
        case .reset(let budget): return credit(budget, at: instant) { $0.settled = 0 }
        case .setCap(let target, let cap):
            caps[target] = cap
            return []
        case .giveBack(let id, _), .giveBackAll(let id, _): return try giveBack(id, returned)
        case .correct(let budget, let amount, _):
            return credit(budget, at: instant) { $0.settled += Int128(amount.nanodollars) }
        case .readKey: return []
        case .issueKey, .rotateKey, .revokeKey, .audit: return []
        }
    }

    private mutating func open(_ id: ReservationID?, _ amount: Int128, _ pages: [Page]) throws(Broken) -> [Page] {
        guard let id, id.number > lastID else { throw Broken(.closedOnce, "a call was admitted without a new number") }
        lastID = id.number
        for page in pages {
            let limit = limit(of: page.budget)
            let exposure = totals[page, default: Totals()].exposure + amount
            guard amount == 0 || exposure <= limit else {
                throw Broken(.admissionsFitEveryCap, "\(id) brings \(page) to \(exposure) of \(limit)")
            }
            if amount > 0 { allowed[page] = max(allowed[page] ?? 0, limit) }
            totals[page, default: Totals()].reserved += amount
            totals[page, default: Totals()].calls += 1
        }
        lines[id.number] = .held(amount, pages)
        return pages
    }

    private mutating func close(_ id: ReservationID, _ book: (inout Totals) -> Void) throws(Broken) -> [Page] {
        switch lines[id.number] {
        case .held(let amount, let pages):
            for page in pages {
                totals[page, default: Totals()].reserved -= amount
                totals[page, default: Totals()].calls -= 1
                book(&totals[page, default: Totals()])
            }
            lines[id.number] = .closed
            return pages
        case .doubtful(let amount, let pages):
            for page in pages {
                totals[page, default: Totals()].unresolved -= amount
                book(&totals[page, default: Totals()])
            }
            lines[id.number] = .closed
            return pages
        case .closed, nil: throw Broken(.closedOnce, "\(id) was closed but not open")
        }
    }

    private mutating func doubt(_ id: ReservationID) throws(Broken) -> [Page] {
        guard case .held(let amount, let pages) = lines[id.number] else {
            throw Broken(.closedOnce, "\(id) was left unresolved but not held")
        }
        for page in pages {
            totals[page, default: Totals()].reserved -= amount
            totals[page, default: Totals()].calls -= 1
            totals[page, default: Totals()].unresolved += amount
        }
        lines[id.number] = .doubtful(amount, pages)
        return pages
    }

    private mutating func giveBack(_ id: ReservationID, _ amount: Money) throws(Broken) -> [Page] {
        guard case .doubtful(let held, let pages) = lines[id.number] else {
            throw Broken(.closedOnce, "\(id) was given back but not in doubt")
        }
        let left = held - Int128(amount.nanodollars)
        for page in pages { totals[page, default: Totals()].unresolved -= Int128(amount.nanodollars) }
        lines[id.number] = left == 0 ? .closed : .doubtful(left, pages)
        return pages
    }

    private mutating func credit(_ budget: BudgetID, at instant: Instant, _ book: (inout Totals) -> Void) -> [Page] {
        let page = calendar.page(of: budget, at: instant)
        book(&totals[page, default: Totals()])
        return [page]
    }

    private func limit(of budget: BudgetID) -> Int128 {
        var cap = caps[.budget(budget)] ?? .inherited
        if cap == .inherited, budget.scope != .global { cap = caps[.everyTenant(budget.period)] ?? .inherited }
        return cap.limit.map { Int128($0.nanodollars) } ?? .max
    }
}
