import Budgeting
import ControlPlane
import Gateway
import Ledger
import Receipts

/// Which keys a page shows.
struct KeySearch: Sendable {
    let text: String
    let tenant: String
    /// One of ``KeyView/State/words``.
    let state: String?
    let first: Int
    private let lowered: String

    static let step = 50
    /// `bsr_` and six more are shown of a secret. Whoever pastes a whole one finds its key, and it goes no further.
    private static let shownOfSecret = 10

    init(_ query: [String: String]) {
        let text = String((query["q"] ?? "").prefix(128)).trimmed
        self.text = text.hasPrefix("bsr_") ? String(text.prefix(KeySearch.shownOfSecret)) : text
        lowered = self.text.lowercased()
        tenant = String((query["tenant"] ?? "").prefix(128)).trimmed
        state = KeyView.State.words.first { $0 == query["state"] }
        first = max(0, min(query["from"].flatMap(Int.init) ?? 0, 10_000_000))
    }

    var isEmpty: Bool { text.isEmpty && tenant.isEmpty && state == nil }

    func address(from first: Int) -> String {
        "/keys?q=\(text.queryEncoded)&tenant=\(tenant.queryEncoded)&state=\(state ?? "")&from=\(first)"
    }

    func finds(_ key: HeldKey, in state: @autoclosure () -> KeyView.State) -> Bool {
        (tenant.isEmpty || key.grant.tenant == tenant) && (text.isEmpty || matches(key))
            && (self.state.map { $0 == state().word } ?? true)
    }

    private func matches(_ key: HeldKey) -> Bool {
        key.grant.key.lowercased().contains(lowered) || key.secrets.contains { $0.prefix.hasPrefix(text) }
    }
}

/// All keys: whose they are, what they may do, and which still open anything.
extension Dashboard {
    func keysPage(_ search: KeySearch, _ context: ControlContext) -> Page {
        let (now, zone) = gateway.ledger.read { _, _, policy, now in (now, policy.zone) }
        let settings = gateway.settings
        let all = gateway.keys.keys
        let found = all.filter { key in search.finds(key, in: KeyView.state(of: key, at: now)) }
        let rows = found.dropFirst(search.first).prefix(KeySearch.step).map { KeyView($0, settings, at: now) }
        let pager = Pieces.pager(
            from: search.first, count: rows.count, of: found.count, step: KeySearch.step, address: search.address)
        let isAdmin = context.identity?.session?.role == .admin
        let nothing: HTML =
            all.isEmpty
            ? """
            No key was issued yet: who reaches the gateway is let in without one. The first key closes it for good, and every \
            call has to show one from then on.
            """ : "No key matches."
        let list: HTML =
            rows.isEmpty ? "<p class=\"empty\">\(nothing)</p>" : "\(KeyTable(rows, receipts, now, zone).html)\(pager)"
        return Page(
            place: .keys, title: "Keys",
            head: """
                <div class="title"><h1>\(all.isEmpty ? "No keys" : Figures.plural(all.count, "key", "keys"))</h1>\
                \(when(isAdmin, "<a class=\"button main\" href=\"/new-key\">Issue a key</a>"))</div>
                <p class="lead">What apps show when they call. A key belongs to a tenant; its secret is seen once, when it is issued.</p>
                \(when(!all.isEmpty, head(search)))
                <section class="card" aria-label="Keys">\(list)\(when(!isAdmin, invitation(to: "/keys", "issue or change keys")))</section>
                \(search.isEmpty && search.first == 0 ? awaited(all, settings, isAdmin) : nil)
                """)
    }

    private func head(_ search: KeySearch) -> HTML {
        """
        <form class="search" role="search" action="/keys"><div class="field"><label for="q">Name, or a secret’s first characters</label>\
        <input id="q" name="q" type="search" value="\(search.text)" autocomplete="off" spellcheck="false"></div>\
        <div class="field narrow"><label for="tenant">Tenant</label><input id="tenant" name="tenant" value="\(search.tenant)" \
        autocomplete="off"></div>\
        <div class="field narrow"><label for="state">State</label><select id="state" name="state"><option value="">any</option>\
        \(KeyView.State.words.html { "<option\(when($0 == search.state, " selected"))>\($0)</option>" })</select></div>\
        <button>Search</button></form>
        """
    }

    /// Keys that the settings name and nobody has issued.
    private func awaited(_ all: [HeldKey], _ settings: GatewaySettings, _ isAdmin: Bool) -> HTML? {
        let known = Set(all.map(\.grant.key))
        let names = settings.keyPlaces.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
        guard !names.isEmpty else { return nil }
        let rows = names.prefix(KeySearch.step).html { name, place in
            """
            <li><strong>\(name)</strong> <span class="soft">by <code>\(place.description)</code></span>\
            \(when(isAdmin, " · <a href=\"/new-key?key=\(name.queryEncoded)\">Issue it</a>"))</li>
            """
        }
        return """
            <section class="card" aria-labelledby="awaited"><header><h2 id="awaited">Named in the settings, not issued</h2></header>\
            <ul class="lines">\(rows)</ul></section>
            """
    }

    func invitation(to place: String, _ what: String) -> HTML {
        "<p class=\"empty\"><a href=\"/login?next=\(place.queryEncoded)\">Sign in as admin</a> to \(what).</p>"
    }

    /// The keys of a tenant, on its page: those that open something first.
    func keysCard(of tenant: String, _ context: ControlContext) -> HTML {
        let (now, zone) = gateway.ledger.read { _, _, policy, now in (now, policy.zone) }
        let settings = gateway.settings
        let own = gateway.keys.keys.filter { $0.grant.tenant == tenant }.map { KeyView($0, settings, at: now) }
        let rows = (own.filter(\.isGood) + own.filter { !$0.isGood }).prefix(Dashboard.keysOfTenant)
        let isAdmin = context.identity?.session?.role == .admin
        let more: HTML? =
            own.count > rows.count
            ? "<p class=\"pager\"><a href=\"/keys?tenant=\(tenant.queryEncoded)\">All \(own.count) keys of this tenant</a></p>"
            : nil
        let list: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">No key is bound to it.</p>"
            : "\(KeyTable(Array(rows), receipts, now, zone, ofOneTenant: true).html)\(more)"
        return """
            <section class="card" aria-labelledby="keys"><header><h2 id="keys">Keys</h2>\
            \(when(isAdmin, "<a href=\"/new-key?tenant=\(tenant.queryEncoded)\">Issue a key</a>"))</header>\(list)</section>
            """
    }

    private static let keysOfTenant = 10
}

/// Keys with what they may do.
struct KeyTable {
    let rows: [KeyView]
    let facts: KeyFacts
    let now: Instant
    let zone: ZoneRules
    let ofOneTenant: Bool

    init(_ rows: [KeyView], _ receipts: ReceiptStore, _ now: Instant, _ zone: ZoneRules, ofOneTenant: Bool = false) {
        self.rows = rows
        facts = KeyFacts(rows, receipts)
        self.now = now
        self.zone = zone
        self.ofOneTenant = ofOneTenant
    }

    var html: HTML {
        """
        <div class="scroll" tabindex="0" role="region" aria-label="Keys and what they may do"><table class="keys">
        <thead><tr><th scope="col">Key</th>\(when(!ofOneTenant, "<th scope=\"col\">Tenant</th>"))<th scope="col">State</th>\
        <th scope="col">Models</th><th scope="col">Limits</th><th scope="col">Last used</th></tr></thead>
        <tbody>\(rows.html(row))</tbody></table></div>
        """
    }

    private func row(_ key: KeyView) -> HTML {
        let tenant: HTML? = ofOneTenant ? nil : "<td data-name=\"Tenant\">\(Pieces.tenantLink(key.tenant))</td>"
        let note = facts.note(key, now, zone)
        let limits: HTML =
            key.rules.isEmpty ? "<span class=\"soft\">none</span>" : "\(key.rules.joined(separator: " · "))"
        let place: HTML? = key.place.map { " <small>by <code>\($0.description)</code></small>" }
        return """
            <tr><th scope="row"><a class="break" href="/keys/\(key.name.queryEncoded)">\(key.name)</a> \
            <small class="mono">\(key.prefix)…</small></th>\(tenant)\
            <td class="state">\(facts.pill(key))\(when(!note.isEmpty, " <small>\(note)</small>"))</td>\
            <td class="break" data-name="Models">\(key.modelsInShort)</td><td data-name="Limits">\(limits)\(place)</td>\
            <td class="when" data-name="Last used">\(facts.lastUse(of: key).map { $0.nearby(now, in: zone) } ?? "–")</td></tr>
            """
    }
}
