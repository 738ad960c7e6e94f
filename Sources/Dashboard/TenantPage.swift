import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import HTTPTypes
import Ledger

/// One tenant: what it spent, on what, how long it lasts, and what may be changed.
extension Dashboard {
    /// - Parameter done: which change was made just now.
    func tenant(_ name: String, _ context: ControlContext, done: String? = nil, problem: String? = nil) throws -> Page {
        guard let view = TenantView(name, gateway.ledger) else {
            throw PageProblem(.notFound, "No tenant '\(name)' has called yet.")
        }
        let said: HTML? =
            problem.map { "<p class=\"problem\" role=\"alert\">\($0)</p>" }
            ?? done.flatMap { Change(rawValue: $0) }.map { "<p class=\"done\" role=\"status\">\($0.sentence)</p>" }
        return Page(
            place: .tenants, title: name,
            head: "<p class=\"crumbs\"><a href=\"/tenants\">Tenants</a></p>\(said)",
            parts: parts(view), tail: "\(budgetsCard(view.row, context))\(keysCard(of: name, context))",
            live: "/tenants/\(name.queryEncoded)",
            status: problem == nil ? .ok : .unprocessableContent)
    }

    /// What changes by itself on a tenant's page.
    func tenantParts(_ name: String) -> [Part] { TenantView(name, gateway.ledger).map(parts) ?? [] }

    private func parts(_ view: TenantView) -> [Part] {
        [
            Part(id: "summary", html: summary(view)), Part(id: "charts", html: charts(view)),
            Part(id: "models", html: models(view)),
        ]
    }

    private func summary(_ view: TenantView) -> HTML {
        let row = view.row
        let held = row.monthly.balance
        let flying: HTML = "\(Figures.plural(held.callsInFlight, "call", "calls")) in flight"
        return """
            <div class="title"><h1 class="break">\(row.name)</h1>\(Pieces.state(row.state))</div>
            <p class="lead">\(sentence(view))</p>
            <dl class="figures">\(figure("Spent today", row.daily, view))\(figure("Spent this month", row.monthly, view))\
            \(Pieces.figure("Held by calls", Figures.money(held.reserved), note: flying))\
            \(Pieces.figure("Unresolved", Figures.money(row.monthly.balance.unresolved), note: "counts as spent"))\
            \(Pieces.figure("Saved by downgrade", Figures.money(view.saved), note: "this month"))</dl>
            """
    }

    private func sentence(_ view: TenantView) -> HTML {
        let row = view.row
        let stopped = [row.monthly, row.daily].first { $0.state == .stopped }
        if let stopped {
            return
                """
                Its \(stopped.period.adjective) cap is used up. It is refused until \
                <strong>\(stopped.end.nearby(view.now, in: view.zone))</strong>, but for calls that are free.
                """
        }
        if row.state == .stopped { return "The budget over all tenants is used up, so it is refused too." }
        let gone = [row.daily, row.monthly].compactMap { budget in
            budget.usedUp(at: view.now, pace: budget.pace(at: view.now)).map { (budget, $0) }
        }.min { $0.1 < $1.1 }
        guard let gone else { return "At this pace it has enough for today and this month." }
        return
            """
            At this pace it reaches its \(gone.0.period.adjective) cap at about \
            <strong>\(gone.1.nearby(view.now, in: view.zone))</strong>.
            """
    }

    private func figure(_ name: String, _ budget: BudgetView, _ view: TenantView) -> HTML {
        let note: HTML =
            budget.left.map {
                "of \(Figures.cap(budget.cap)); \(Figures.money($0)) left until \(budget.end.nearby(view.now, in: view.zone))"
            } ?? "no cap"
        return Pieces.figure(name, Figures.money(budget.balance.booked), note: note, below: Pieces.meter(budget))
    }

    private func charts(_ view: TenantView) -> HTML {
        let row = view.row
        let stops = [row.daily, row.monthly].filter { $0.usedUp(at: view.now, pace: $0.pace(at: view.now)) != nil }
        let pressing = stops.first ?? [row.daily, row.monthly].max { ($0.share ?? -1) < ($1.share ?? -1) } ?? row.daily
        let burn = burnDown(of: row.id, named: row.name, pressing, at: view.now, view.zone)
        let today = view.zone.date(at: view.now)
        let month = Bars.ofMonth(view.days, today: today, limit: row.daily.cap.limit.map { MoneySum($0) }).chart(
            id: "month", heading: "Spent in \(today.monthName), by day",
            says: "\(Figures.money(row.monthly.balance.booked)) so far.", column: "Day")
        let left: HTML? = burn.map { "<div class=\"card\">\($0.chart(id: "burn").html)</div>" }
        return "<div class=\"pair\">\(left)<div class=\"card\">\(month.html)</div></div>"
    }

    private func models(_ view: TenantView) -> HTML {
        let total = view.models.reduce(Int128(0)) { $0 + $1.tally.cost.nanodollars }
        let decimals = Figures.decimals(for: view.models.map(\.tally.cost).max() ?? .zero)
        let rows = view.models.html { model in
            let tally = model.tally
            return """
                <tr><th scope="row">\(model.name)</th><td class="n">\(Figures.count(tally.requests))</td>\
                <td class="n">\(Figures.short(tally.inputTokens))</td><td class="n">\(Figures.short(tally.outputTokens))</td>\
                <td class="n">\(tally.saved > .zero ? Figures.money(tally.saved) : "–")</td>\
                <td class="n">\(Figures.money(tally.cost, decimals: decimals))</td>\
                <td class="n">\(Figures.percent(total > 0 ? tally.cost.nanodollars * 10_000 / total : 0))</td></tr>
                """
        }
        let table: HTML =
            view.models.isEmpty
            ? "<p class=\"empty\">No call was settled this month.</p>"
            : """
            <div class="scroll" tabindex="0" role="region" aria-label="Models of the month"><table><thead><tr><th scope="col">Model</th>\
            <th scope="col" class="n">Calls</th><th scope="col" class="n">Tokens in</th><th scope="col" class="n">out</th>\
            <th scope="col" class="n">Saved</th><th scope="col" class="n">Cost</th><th scope="col" class="n">Share</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
        return """
            <section class="card" aria-labelledby="by-model"><header><h2 id="by-model">Models this month</h2></header>\(table)</section>
            """
    }
}

/// A tenant as it stands now.
struct TenantView: Sendable {
    struct ModelRow: Sendable {
        let name: String
        let tally: Books.Tally
    }

    let row: TenantRow
    /// Dearest first.
    let models: [ModelRow]
    let days: [MoneySum]
    let saved: MoneySum
    /// Whether a budget has a cap of its own in the ledger, not the one of every tenant.
    let hasOwnCap: [Period: Bool]
    let now: Instant
    let zone: ZoneRules

    /// - Returns: nil for a tenant that the books do not know.
    init?(_ name: String, _ ledger: Ledger) {
        let view = ledger.read { books, names, policy, now -> TenantView? in
            guard let id = names.tenant(named: name) else { return nil }
            return TenantView(id, name, books, names, policy, now)
        }
        guard let view else { return nil }
        self = view
    }

    private init(
        _ id: TenantID, _ name: String, _ books: Books, _ names: NameTable, _ policy: Ledger.Policy, _ now: Instant
    ) {
        let worst = Period.reported.map {
            BudgetView(BudgetID(.global, $0), in: books, at: now, policy: policy).state
        }.max()
        row = TenantRow(id, name: name, in: books, at: now, policy: policy, worstGlobal: worst ?? .active)
        let window = WindowID(budget: BudgetID(.tenant(id), .month), start: row.monthly.start)
        // Asked for by number, so that the other tenants' tallies are not walked through under the lock.
        let numbers = names.lastModel.number > 0 ? Array(1...names.lastModel.number) : []
        models = numbers.compactMap { number -> ModelRow? in
            books.tallies[Books.TallyID(window: window, model: ModelID(number))].map {
                ModelRow(name: names.text(of: ModelID(number)), tally: $0)
            }
        }.sorted { ($1.tally.cost, $0.name) < ($0.tally.cost, $1.name) }
        saved = models.reduce(MoneySum.zero) { $0 + $1.tally.saved }
        zone = books.zone(of: BudgetID(.tenant(id), .day), in: policy.zones)
        days = Board.days(of: .tenant(id), books, now, zone)
        hasOwnCap = Dictionary(
            uniqueKeysWithValues: Period.reported.map {
                ($0, books.hasOwnCap(BudgetID(.tenant(id), $0)))
            })
        self.now = now
    }
}
