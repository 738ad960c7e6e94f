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
    private var terms: [CapTarget: Terms] = [:]
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
        case .reserve(let scopes, _, let amount), .observe(let scopes, _, let amount):
            return try open(reservation, Int128(amount.nanodollars), pages(over: scopes, at: instant), at: instant)
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
            terms[target, default: Terms()].cap = cap
            return []
        case .setBudget(let target, let new):
            terms[target] = new
            return []
        case .giveBack(let id, _), .giveBackAll(let id, _): return try giveBack(id, returned)
        case .correct(let budget, let amount, _):
            return credit(budget, at: instant) { $0.settled += Int128(amount.nanodollars) }
        case .readKey, .giveBackOverbooked: return []
        case .issueKey, .rotateKey, .revokeKey, .changeKey, .audit, .price: return []
        }
    }

    private mutating func open(
        _ id: ReservationID?, _ amount: Int128, _ pages: [Page], at instant: Instant
    ) throws(Broken) -> [Page] {
        guard let id, id.number > lastID else { throw Broken(.closedOnce, "a call was admitted without a new number") }
        lastID = id.number
        for page in pages {
            let limit = limit(of: page.budget, at: instant)
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

    /// All that may stand over a call is looked at, one scope and period after the other.
    private func pages(over call: CallScopes, at instant: Instant) -> [Page] {
        var scopes: [Scope] = [.tenant(call.tenant), .global] + call.groups.map(Scope.group) + call.tags.map(Scope.tag)
        if let key = call.key { scopes.append(.key(key)) }
        if let user = call.user { scopes.append(.user(call.tenant, user)) }
        if let run = call.run { scopes.append(.run(call.tenant, run)) }
        let always = BudgetID.over(call.tenant)
        return scopes.flatMap { scope in Period.allCases.map { BudgetID(scope, $0) } }
            .filter { always.contains($0) || limit(of: $0, at: instant) < .max }
            .map { calendar.page(of: $0, at: instant) }
    }

    private func limit(of budget: BudgetID, at instant: Instant) -> Int128 {
        let own = terms[.budget(budget)] ?? Terms()
        let family = families(of: budget.scope).compactMap { terms[.every($0, budget.period)] }.first ?? Terms()
        let raise = own.cap == .inherited ? own.raise ?? family.raise : own.raise
        guard let cap = (own.cap == .inherited ? family.cap : own.cap).limit else { return .max }
        guard let raise, instant < raise.until else { return Int128(cap.nanodollars) }
        return Int128(max(cap, raise.limit).nanodollars)
    }

    private func families(of scope: Scope) -> [Family] {
        switch scope {
        case .global: []
        case .tenant: [.tenants]
        case .group: [.groups]
        case .key: [.keys]
        case .user(let tenant, _): [.users(of: tenant), .users(of: nil)]
        case .run(let tenant, _): [.runs(of: tenant), .runs(of: nil)]
        case .tag(let tag): [.tags(tag.name)]
        }
    }
}
