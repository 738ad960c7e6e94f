import Budgeting
import ControlPlane
import ExactMoney
import Hummingbird

/// What to show of all tenants.
struct TenantSearch: Sendable {
    let text: String
    let state: BudgetState?
    let first: Int

    static let step = 50

    init(_ request: Request) { self.init(request.query) }

    init(_ query: [String: String]) {
        text = String((query["q"] ?? "").prefix(128))
        state = BudgetState.allCases.first { $0.name == query["state"] }
        first = max(0, min(query["from"].flatMap(Int.init) ?? 0, 10_000_000))
    }

    func address(from first: Int) -> String {
        "/tenants?q=\(text.queryEncoded)&state=\(state?.name ?? "")&from=\(first)"
    }

    func finds(_ row: TenantRow) -> Bool {
        (state == nil || row.state == state) && (text.isEmpty || row.name.lowercased().contains(text.lowercased()))
    }
}

/// All tenants: who spends what, and who is near the end of it.
extension Dashboard {
    func tenants(_ search: TenantSearch) -> Page {
        let board = boards.board()
        let found = board.tenants.filter(search.finds)
        let rows = found.dropFirst(search.first).prefix(TenantSearch.step)
        let pager = Pieces.pager(
            from: search.first, count: rows.count, of: found.count, step: TenantSearch.step, address: search.address)
        let nothing =
            board.tenants.isEmpty
            ? "No app has called yet. A tenant appears with its first call." : "No tenant matches."
        let list: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">\(nothing)</p>"
            : "\(TenantTable(rows: rows).html)\(pager)"
        return Page(
            place: .tenants, title: "Tenants",
            head: """
                <h1>\(Figures.plural(board.tenants.count, "tenant", "tenants"))</h1>
                <p class="lead">Whose calls are counted together: an app, a customer, a team. Apps name it with <code>X-Tenant-Id</code>.\
                </p>
                <form class="search" role="search" action="/tenants">
                <div class="field"><label for="q">Name</label><input id="q" name="q" type="search" value="\(search.text)"></div>
                <div class="field narrow"><label for="state">State</label><select id="state" name="state"><option value="">any</option>\
                \(BudgetState.allCases.html { "<option\(when($0 == search.state, " selected"))>\($0.name)</option>" })</select></div>
                <button>Search</button></form>
                """,
            parts: [Part(id: "list", html: "<section class=\"card\" aria-label=\"Tenants\">\(list)</section>")],
            live: search.address(from: search.first))
    }
}

/// Tenants with both of their budgets.
struct TenantTable {
    let rows: ArraySlice<TenantRow>

    var html: HTML {
        """
        <div class="scroll" tabindex="0" role="region" aria-label="Tenants and their budgets"><table class="tenants">
        <thead><tr><th scope="col">Tenant</th><th scope="col">State</th><th scope="col">Today</th><th scope="col">This month</th>\
        <th scope="col" class="n">Held</th></tr></thead>
        <tbody>\(rows.html(row))</tbody></table></div>
        """
    }

    private func row(_ row: TenantRow) -> HTML {
        let held = row.monthly.balance.reserved
        return """
            <tr><th scope="row">\(Pieces.tenantLink(row.name))</th><td class="state">\(Pieces.state(row.state))</td>\
            \(Pieces.gauge(row.daily))\(Pieces.gauge(row.monthly))\
            <td class="n held">\(held > .zero ? Figures.money(held) : "–")</td></tr>
            """
    }
}
