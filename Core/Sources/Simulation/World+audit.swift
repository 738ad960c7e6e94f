import Budgeting
import ExactMoney

/// What must hold after every event.
extension World {
    mutating func audit() throws(Broken) {
        guard booksChanged || !touched.isEmpty else { return }
        if booksChanged { try auditBooks(wholly: booksAreNew || report.steps % 16 == 0) }
        // A batch that is kept but not answered is in the log and not in the bookkeeper's ears.
        let isUnheard = gateway?.writing.map { store.holds($0.number) } ?? false
        for page in touched.sorted() {
            if !isUnheard { try auditBookkeeper(page) }
            try auditBill(page)
        }
        if !isUnheard { touched = [] }
        booksChanged = false
        booksAreNew = false
    }

    /// The durable log, and what waits to become durable, fold to the books.
    ///
    /// Looks at everything after a start and every so often; in between at what the waiting entries are about, as nothing
    /// else has changed. Looking at everything always would take most of the time of a run.
    private func auditBooks(wholly: Bool) throws(Broken) {
        guard let gateway else { return }
        var waiting = gateway.gathered.flatMap(\.entries)
        if let writing = gateway.writing, !store.holds(writing.number) {
            waiting = writing.waiting.flatMap(\.entries) + waiting
        }
        var expected = store.books
        for entry in waiting { try expected.fold(entry) }
        let agrees =
            wholly
            ? gateway.books.agrees(with: expected)
            : gateway.books.agrees(with: expected, on: waiting.map(\.event))
        guard agrees else { throw Broken(.theFoldIsTheBooks, "after batch \(store.lastNumber)") }
    }

    private func balance(_ page: Page) -> Balance {
        billAuditor.windows[page].flatMap { store.books.balances[$0] } ?? Balance()
    }

    private func auditBookkeeper(_ page: Page) throws(Broken) {
        let balance = balance(page)
        let here = Bookkeeper.Totals(
            settled: balance.settled.nanodollars, unresolved: balance.unresolved.nanodollars,
            reserved: balance.reserved.nanodollars, calls: balance.callsInFlight)
        let there = bookkeeper.totals[page] ?? Bookkeeper.Totals()
        guard here == there else { throw Broken(.theBookkeeperAgrees, "\(page): \(here) in the log, \(there) kept") }
        guard here.settled >= 0, here.unresolved >= 0, here.reserved >= 0, here.calls >= 0 else {
            throw Broken(.theBookkeeperAgrees, "\(page) is below zero: \(here)")
        }
    }

    /// The bill against the durable log, which is all that a crash would leave.
    private func auditBill(_ page: Page) throws(Broken) {
        let exposure = balance(page).exposure.nanodollars
        let due = billAuditor.due(on: page)
        guard due <= exposure else {
            throw Broken(.theBillIsCovered, "\(page): billed \(due), of which the log holds \(exposure)")
        }
        let billed = billAuditor.underCap(on: page)
        let allowed = bookkeeper.allowed[page] ?? 0
        guard billed <= max(0, allowed) else {
            throw Broken(.theBillStaysWithinTheCap, "\(page): billed \(billed) under a cap of \(allowed)")
        }
    }

    /// After quiet time nothing is in flight or in doubt, and every page holds the provider's bill to the nanodollar.
    func auditQuiet() throws(Broken) {
        guard let gateway, gateway.books.open.isEmpty, gateway.gathered.isEmpty, gateway.writing == nil else {
            throw Broken(.quietTimeEndsEverything, "open: \(gateway?.books.open.keys.sorted() ?? [])")
        }
        try auditBooks(wholly: true)
        guard try store.replayed(upTo: store.batches.count).agrees(with: gateway.books) else {
            throw Broken(.theFoldIsTheBooks, "the whole log gives other books")
        }
        let pages = Set(billAuditor.windows.keys).union(billAuditor.billed.keys).union(bookkeeper.totals.keys)
        for page in pages.sorted() {
            try auditBookkeeper(page)
            try auditBill(page)
            let balance = balance(page)
            guard balance.reserved == .zero, balance.unresolved == .zero, balance.callsInFlight == 0 else {
                throw Broken(.quietTimeEndsEverything, "\(page) still holds \(balance)")
            }
            guard balance.settled.nanodollars == billAuditor.due(on: page) else {
                let due = billAuditor.due(on: page)
                throw Broken(.quietTimeEndsEverything, "\(page): settled \(balance.settled), billed \(due) nanodollars")
            }
        }
        try auditTallies()
    }

    /// What the models cost adds up to the tenants' months.
    private func auditTallies() throws(Broken) {
        var costs: [WindowID: MoneySum] = [:]
        for (id, tally) in store.books.tallies {
            costs[id.window, default: .zero] = costs[id.window, default: .zero] + tally.cost
        }
        for window in costs.keys.sorted() {
            let page = calendar.page(of: window.budget, at: window.start)
            guard costs[window]?.nanodollars == billAuditor.billed[page] ?? 0 else {
                throw Broken(.quietTimeEndsEverything, "\(page): the models' costs are not the bill")
            }
        }
    }
}
