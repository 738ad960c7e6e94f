import Budgeting
import ExactMoney

/// The second auditor: holds what the provider charges against what the durable log says, and believes nobody else.
struct BillAuditor {
    /// All that the provider charged, in the window of the call's admission.
    private(set) var billed: [Page: Int128] = [:]
    /// What of it was above the ceilings.
    private(set) var excess: [Page: Int128] = [:]
    private(set) var credited: [Page: Int128] = [:]
    /// The log's windows, by page.
    private(set) var windows: [Page: WindowID] = [:]
    /// What was charged above a ceiling and is not settled yet, so that the log cannot hold it.
    private var coming: [Page: Int128] = [:]
    private var comingOf: [UInt64: Int128] = [:]
    private var open: [UInt64: (amount: Int128, held: Int128, pages: [Page])] = [:]
    private var pages: [WindowID: Page] = [:]
    let calendar: NaiveCalendar

    init(calendar: NaiveCalendar) {
        self.calendar = calendar
    }

    mutating func bill(_ cost: Money, ceiling: Money, reservation: ReservationID?, on pages: [Page]) {
        let over = max(0, Int128(cost.nanodollars) - Int128(ceiling.nanodollars))
        for page in pages {
            billed[page, default: 0] += Int128(cost.nanodollars)
            excess[page, default: 0] += over
            coming[page, default: 0] += over
        }
        if let reservation, over > 0 { comingOf[reservation.number] = over }
    }

    /// Reads entries that became durable. Returns the pages they touch.
    mutating func read(_ entries: [Entry]) throws(Broken) -> [Page] {
        var touched: [Page] = []
        var announced: (id: ReservationID, over: Int128)?
        for entry in entries {
            if case .overrun(let id, let amount) = entry.event {
                guard let due = announced, due.id == id, due.over == Int128(amount.nanodollars) else {
                    throw Broken(.overrunsAreAnnounced, "an overrun of \(amount) by \(id) that did not happen")
                }
                announced = nil
                continue
            }
            if let due = announced { throw Broken(.overrunsAreAnnounced, "\(due.id) ran over by \(due.over)") }
            announced = try read(entry.event, touching: &touched)
        }
        if let due = announced { throw Broken(.overrunsAreAnnounced, "\(due.id) ran over by \(due.over)") }
        return touched
    }

    /// Returns the overrun that must be announced next.
    private mutating func read(
        _ event: Entry.Event, touching touched: inout [Page]
    ) throws(Broken) -> (id: ReservationID, over: Int128)? {
        switch event {
        case .reserved(let reservation):
            guard open[reservation.id.number] == nil else { throw Broken(.closedOnce, "\(reservation.id) opens twice") }
            var pages: [Page] = []
            for window in reservation.windows { pages.append(try page(of: window)) }
            let amount = Int128(reservation.amount.nanodollars)
            open[reservation.id.number] = (amount, amount, pages)
            touched += pages
        case .settled(let id, let settlement):
            let call = try close(id)
            touched += call.pages
            let late = comingOf.removeValue(forKey: id.number) ?? 0
            for page in call.pages { coming[page, default: 0] -= late }
            let over = Int128(settlement.cost.nanodollars) - call.amount
            return over > 0 ? (id, over) : nil
        case .released(let id): touched += try close(id).pages
        case .unresolved(let id, _): touched += open[id.number]?.pages ?? []
        case .credited(let window, let amount, _):
            let page = try page(of: window)
            credited[page, default: 0] += Int128(amount.nanodollars)
            touched.append(page)
        case .corrected(let window, let amount, _):
            let page = try page(of: window)
            credited[page, default: 0] -= Int128(amount.nanodollars)
            touched.append(page)
        case .returned(let id, let what): touched += try giveBack(id, what.amount)
        case .dispatched, .overrun, .capChanged, .budgetSet, .outsideSpent, .overbooked, .audited, .keyIssued,
            .keyRevoked, .keyChanged, .called, .priced:
            break
        }
        return nil
    }

    /// Returns the pages it touches. A call with nothing left is closed.
    private mutating func giveBack(_ id: ReservationID, _ amount: Money) throws(Broken) -> [Page] {
        guard var call = open[id.number] else { throw Broken(.closedOnce, "\(id) is given back but not open") }
        call.held -= Int128(amount.nanodollars)
        open[id.number] = call.held == 0 ? nil : call
        return call.pages
    }

    private mutating func close(_ id: ReservationID) throws(Broken) -> (amount: Int128, held: Int128, pages: [Page]) {
        guard let call = open.removeValue(forKey: id.number) else {
            throw Broken(.closedOnce, "\(id) is closed in the log but not open")
        }
        return call
    }

    private mutating func page(of window: WindowID) throws(Broken) -> Page {
        if let known = pages[window] { return known }
        let page = calendar.page(of: window.budget, at: window.start)
        if let other = windows[page] {
            throw Broken(.theBookkeeperAgrees, "\(window) and \(other) are the same \(page)")
        }
        windows[page] = window
        pages[window] = page
        return page
    }

    /// What the log must account for on this page: the bill without what was forgiven, and without what is still to come.
    func due(on page: Page) -> Int128 {
        (billed[page] ?? 0) - (credited[page] ?? 0) - (coming[page] ?? 0)
    }

    /// What counts against the cap: the bill without what was forgiven, and without what was above the ceilings.
    func underCap(on page: Page) -> Int128 {
        (billed[page] ?? 0) - (credited[page] ?? 0) - (excess[page] ?? 0)
    }
}
