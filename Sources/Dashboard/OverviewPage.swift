import Budgeting
import ExactMoney
import Gateway
import Ledger
import Pricing
import Receipts

/// The first page: spent today, left this month, when it stops, the dearest tenant, saved.
extension Dashboard {
    func overview() -> Page {
        Page(place: .overview, title: "Overview", parts: OverviewParts(self).parts, live: "/")
    }
}

private struct OverviewParts {
    let dashboard: Dashboard
    let board: Board
    let outlook: Outlook
    let now: Instant
    let zone: ZoneRules

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
        board = dashboard.boards.board()
        outlook = Outlook(board)
        now = board.at
        zone = board.zone
    }

    var parts: [Part] {
        [
            Part(id: "summary", html: "\(headline)\(figures)\(notices)"),
            Part(id: "charts", html: charts), Part(id: "tenants", html: tenants),
        ]
    }

    // MARK: Words

    private var headline: HTML {
        guard board.monthly.balance.booked > .zero || board.monthly.balance.reserved > .zero else {
            return """
                <h1>Nothing is spent this month.</h1><p class="lead">Point an app at this gateway: set its \
                <code>OPENAI_BASE_URL</code> to this address with <code>/v1</code>. Its first call shows up here at once.</p>
                """
        }
        let left = outlook.allowance(.month).map { ", \(Figures.money($0.left)) left this month" } ?? ""
        return """
            <h1>\(Figures.money(board.daily.balance.booked)) spent today\(left).</h1><p class="lead">\(stopSentence)</p>
            """
    }

    private var stopSentence: HTML {
        guard let stop = outlook.stop else {
            return "At this pace no budget runs out today or this month."
        }
        let reset = stop.budget.end.nearby(now, in: zone)
        let cap = "\(stop.budget.period.adjective) cap of \(Figures.cap(stop.budget.cap))"
        guard let at = stop.at else {
            let more =
                outlook.stopped > 1
                ? " \(Figures.plural(outlook.stopped, "tenant is", "tenants are")) stopped in all." : ""
            return "<strong>\(stop.owner)</strong> has used up its \(cap) and is refused until \(reset).\(more)"
        }
        return
            "At this pace <strong>\(stop.owner)</strong> reaches its \(cap) at about <strong>\(at.nearby(now, in: zone))</strong>."
    }

    // MARK: Figures

    private var figures: HTML {
        "<dl class=\"figures\">\(spentToday)\(leftThisMonth)\(stops)\(dearest)\(saved)</dl>"
    }

    private var spentToday: HTML {
        let note: HTML
        if let all = outlook.allowance(.day) {
            note =
                all.ofTenants > 0
                ? "of \(Figures.money(all.cap)) in \(Figures.plural(all.ofTenants, "daily cap", "daily caps"))"
                : "of \(Figures.money(all.cap)) for all tenants"
        } else {
            note = "no cap over all tenants"
        }
        return Pieces.figure(
            "Spent today", Figures.money(board.daily.balance.booked), note: note, below: meter(.day, board.daily))
    }

    private var leftThisMonth: HTML {
        guard let all = outlook.allowance(.month) else {
            return Pieces.figure(
                "Spent this month", Figures.money(board.monthly.balance.booked), note: "not every tenant has a cap")
        }
        return Pieces.figure(
            "Left this month", Figures.money(all.left),
            note: "\(Figures.money(board.monthly.balance.booked)) spent of \(Figures.money(all.cap))",
            below: meter(.month, board.monthly))
    }

    /// Against the cap over all tenants, or else against theirs together.
    private func meter(_ period: Period, _ global: BudgetView) -> HTML {
        if global.cap.limit != nil { return Pieces.meter(global) }
        guard let all = outlook.allowance(period), all.cap > .zero else { return .empty }
        let thousandths = Int(min(1_000, max(0, global.balance.booked.nanodollars * 1_000 / all.cap.nanodollars)))
        return """
            <svg class="meter" aria-hidden="true" height="6" width="100%"><rect class="track" width="100%" height="6"/>\
            <rect class="fill" width="\(Plot.percent(thousandths))" height="6"/></svg>
            """
    }

    private var stops: HTML {
        guard let stop = outlook.stop else {
            return Pieces.figure("Next stop", "None in sight", kind: "word", note: "at the present pace")
        }
        let whose: HTML = stop.tenant.map { Pieces.tenantLink($0.name) } ?? "all tenants"
        guard let at = stop.at else {
            return Pieces.figure(
                "Next stop", "Now", kind: "alarm",
                note: "\(whose), \(stop.budget.period.adjective) cap, until \(stop.budget.end.nearby(now, in: zone))")
        }
        return Pieces.figure(
            "Next stop", at.nearby(now, in: zone), kind: "care\(at.nearby(now, in: zone).count > 5 ? " word" : "")",
            note: "\(whose), \(stop.budget.period.adjective) cap, at this pace")
    }

    private var dearest: HTML {
        guard let first = board.tenants.first, first.monthly.balance.booked > .zero else {
            return Pieces.figure("Dearest tenant", "–", note: "no calls this month")
        }
        let share = first.monthly.balance.booked.nanodollars * 10_000 / max(1, board.monthly.balance.booked.nanodollars)
        return """
            <div><dt>Dearest tenant</dt><dd class="big word">\(Pieces.tenantLink(first.name))</dd>\
            <dd class="note">\(Figures.money(first.monthly.balance.booked)) so far, \(Figures.percent(share)) of the month</dd></div>
            """
    }

    private var saved: HTML {
        Pieces.figure(
            "Saved by downgrade", Figures.money(board.saved),
            note: board.saved > .zero
                ? "this month" : dashboard.gateway.settings.chain.isEmpty ? "no chain is set" : "nothing was moved yet")
    }

    // MARK: What wants a look

    private var notices: HTML {
        var lines: [HTML] = []
        let held = board.monthly.balance
        if held.unresolved > .zero {
            lines.append(
                """
                <li>\(Figures.money(held.unresolved)) is <a href="/health">unresolved</a>: calls whose cost the provider has not \
                told yet. It counts as spent until then.</li>
                """
            )
        }
        for breaker in dashboard.gateway.breakers.all where breaker.isOpen {
            lines.append(
                """
                <li class="bad">\(breaker.model.text) keeps failing, so calls skip it for now. \
                <a href="/health">See its breaker</a></li>
                """
            )
        }
        if dashboard.gateway.settings.chain.isEmpty {
            lines.append("<li>Nothing can be downgraded: <code>FALLBACK_MODEL_CHAIN</code> is empty.</li>")
        }
        return lines.isEmpty ? .empty : "<ul class=\"notices\" aria-label=\"Worth a look\">\(lines)</ul>"
    }

    // MARK: Charts

    private var charts: HTML {
        let burn = outlook.pressing.flatMap {
            dashboard.burnDown(of: $0.tenant?.id, named: $0.owner, $0.budget, at: now, zone)
        }
        let left: HTML? = burn.map { "<div class=\"card\">\($0.chart(id: "burn").html)</div>" }
        return "<div class=\"pair\">\(left)<div class=\"card\">\(month.html)</div></div>"
    }

    private var month: Chart {
        let today = zone.date(at: now)
        let total = board.days.reduce(MoneySum.zero, +)
        let average = MoneySum(nanodollars: total.nanodollars / Int128(max(1, board.days.count)))
        return Bars.ofMonth(board.days, today: today, limit: board.daily.cap.limit.map { MoneySum($0) }).chart(
            id: "month", heading: "Spent in \(today.monthName), by day",
            says:
                "\(Figures.money(total)) in \(Figures.plural(board.days.count, "day", "days")), \(Figures.money(average)) a day.",
            column: "Day")
    }

    // MARK: Tenants

    private static let shown = 8

    private var tenants: HTML {
        guard !board.tenants.isEmpty else { return .empty }
        let rows = board.tenants.prefix(OverviewParts.shown)
        let more: HTML? =
            board.tenants.count > rows.count
            ? "<p class=\"pager\"><a href=\"/tenants\">All \(Figures.count(board.tenants.count)) tenants</a></p>" : nil
        return """
            <section class="card" aria-labelledby="where"><header><h2 id="where">Where the money goes</h2>\
            <p>by what was spent this month</p></header>\(TenantTable(rows: rows).html)\(more)</section>
            """
    }
}

extension Bars {
    /// The days of a month, those to come included.
    static func ofMonth(_ days: [MoneySum], today: CivilDate, limit: MoneySum?) -> Bars {
        let first = CivilDate(year: today.year, month: today.month, day: 1)
        let length = first.firstOfNextMonth.daysSince1970 - first.daysSince1970
        let bars = (1...length).map { day in
            Bar(
                label: CivilDate(year: today.year, month: today.month, day: day).short,
                mark: day == 1 || day % 7 == 1 ? "\(day)" : "",
                amount: Int(day) <= days.count ? days[Int(day) - 1] : .zero, isNow: day == today.day)
        }
        return Bars(bars: bars, limit: limit)
    }
}

extension Dashboard {
    /// How a budget burns down: a month by its days, a day by its hours as receipts tell them.
    func burnDown(
        of tenant: TenantID?, named owner: String, _ budget: BudgetView, at now: Instant, _ zone: ZoneRules
    )
        -> BurnDown?
    {
        let scope = tenant.map { Scope.tenant($0) } ?? .global
        var spent: [(at: Instant, sum: MoneySum)] = []
        if budget.period == .day {
            spent = hoursSpent(by: tenant.map { _ in owner }, budget, at: now)
        } else if budget.period == .month {
            let today = zone.date(at: now)
            let days = gateway.ledger.read { books, _, _, now in Board.days(of: scope, books, now, zone) }
            var sum = MoneySum.zero
            for (index, day) in days.dropLast().enumerated() {
                sum = sum + day
                let end = CivilDate(year: today.year, month: today.month, day: Int64(index) + 2)
                spent.append((zone.start(of: end), sum))
            }
        }
        return BurnDown(budget, of: owner, spent: spent, pace: budget.pace(at: now), now: now, zone: zone)
    }

    /// What was settled up to the end of each hour since the budget's day began.
    private func hoursSpent(by tenant: String?, _ budget: BudgetView, at now: Instant) -> [(at: Instant, sum: MoneySum)]
    {
        var question = ReportQuestion(by: [.hour], from: budget.start, until: now)
        question.tenant = tenant
        guard let lines = try? receipts.report(question) else { return [] }
        let costs = Dictionary(lines.map { ($0.keys[0], $0.cost) }, uniquingKeysWith: { first, _ in first })
        var sum = MoneySum.zero
        var hours: [(at: Instant, sum: MoneySum)] = []
        var hour = budget.start.startOfHour
        while hour < now {
            sum += costs[hour.rfc3339] ?? .zero
            hour = hour.adding(milliseconds: 3_600_000)
            hours.append((hour, min(sum, budget.balance.booked)))
        }
        return hours
    }
}
