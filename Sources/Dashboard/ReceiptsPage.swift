import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import Hummingbird
import Ledger
import Receipts

/// Which receipts a page shows.
struct ReceiptSearch: Sendable {
    let text: String
    let tenant: String
    let model: String
    let status: Receipt.Status?
    let before: UInt64?

    init(_ query: [String: String]) {
        func field(_ name: String) -> String { String((query[name] ?? "").prefix(128)).trimmed }
        text = field("q")
        tenant = field("tenant")
        model = field("model")
        status = Receipt.Status(rawValue: query["status"] ?? "")
        before = query["before"].flatMap(UInt64.init)
    }

    var filter: ReceiptFilter {
        var filter = ReceiptFilter(tenant: tenant.isEmpty ? nil : tenant, model: model.isEmpty ? nil : model)
        filter.status = status
        filter.text = text.isEmpty ? nil : text
        return filter
    }

    var isEmpty: Bool { text.isEmpty && tenant.isEmpty && model.isEmpty && status == nil }

    func address(before: ReservationID? = nil) -> String {
        let fields = [
            ("q", text), ("tenant", tenant), ("model", model), ("status", status?.rawValue ?? ""),
            ("before", before.map { "\($0.number)" } ?? ""),
        ].filter { !$0.1.isEmpty }
        return "/receipts"
            + (fields.isEmpty ? "" : "?" + fields.map { "\($0.0)=\($0.1.queryEncoded)" }.joined(separator: "&"))
    }
}

/// Every call that was admitted: what it was, what it cost, how it went.
extension Dashboard {
    private static let step = 50

    func receiptsPage(_ search: ReceiptSearch) throws -> Page {
        let found = try receipts.page(
            search.filter, before: search.before.map(ReservationID.init), limit: Dashboard.step)
        let (now, zone) = gateway.ledger.read { _, _, policy, now in (now, policy.zone) }
        return Page(
            place: .receipts, title: "Receipts", head: head(search),
            parts: [
                Part(
                    id: "list",
                    html: "<section class=\"card\" aria-label=\"Receipts\">\(list(found, search, now, zone))</section>")
            ],
            live: search.before == nil ? search.address() : nil)
    }

    private func head(_ search: ReceiptSearch) -> HTML {
        """
        <h1>Receipts</h1><p class="lead">One for every call that was admitted and has ended: who, which model, what it cost, how it \
        went. The newest first.</p>
        <form class="search" role="search" action="/receipts">
        <div class="field"><label for="q">Request, generation or run</label><input id="q" name="q" type="search" value="\(search.text)" \
        placeholder="req-1204"></div>
        <div class="field narrow"><label for="tenant">Tenant</label><input id="tenant" name="tenant" value="\(search.tenant)" \
        autocomplete="off"></div>
        <div class="field narrow"><label for="model">Model</label><input id="model" name="model" value="\(search.model)" \
        autocomplete="off"></div>
        <div class="field narrow"><label for="status">How it went</label><select id="status" name="status"><option value="">any</option>\
        \(Receipt.Status.allCases.html { "<option\(when($0 == search.status, " selected"))>\($0.rawValue)</option>" })</select></div>
        <button>Search</button></form>
        """
    }

    private func list(_ page: ReceiptStore.Page, _ search: ReceiptSearch, _ now: Instant, _ zone: ZoneRules) -> HTML {
        guard !page.receipts.isEmpty else {
            let why = search.isEmpty && search.before == nil ? "No call has ended yet." : "No receipt matches."
            return "<p class=\"empty\">\(why)</p>"
        }
        let decimals = Figures.decimals(for: page.receipts.compactMap(\.cost).map { MoneySum($0) }.max() ?? .zero)
        let first: HTML? = search.before != nil ? "<a class=\"button\" href=\"\(search.address())\">Newest</a>" : nil
        let next: HTML? = page.next.map {
            "<a class=\"button\" rel=\"next\" href=\"\(search.address(before: $0))\">Older</a>"
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Receipts"><table class="receipts">\
            <thead><tr><th scope="col">Call</th><th \
            scope="col">When</th>\
            <th scope="col">Tenant</th><th scope="col">Model</th><th scope="col">Went</th><th scope="col" class="n">Tokens in</th><th \
            scope="col" class="n">out</th>\
            <th scope="col" class="n">Took</th><th scope="col" class="n">Cost</th></tr></thead><tbody>\
            \(page.receipts.html { row($0, decimals, now, zone) })</tbody></table></div>
            <nav class="pager" aria-label="More receipts">\(first)\(next)</nav>
            """
    }

    private func row(_ receipt: Receipt, _ decimals: Int, _ now: Instant, _ zone: ZoneRules) -> HTML {
        """
        <tr><th scope="row"><a href="/receipts/\(receipt.requestID)">\(receipt.requestID)</a></th>\
        <td class="when">\(receipt.admittedAt.nearby(now, in: zone))</td><td>\(Pieces.tenantLink(receipt.tenant))</td>\
        <td class="model">\(receipt.served)\(receipt.movedPill)</td><td class="went">\(receipt.statusPill)</td>\
        <td class="n more">\(Figures.short(receipt.inputTokens))</td><td class="n more">\(Figures.short(receipt.outputTokens))</td>\
        <td class="n more">\(Figures.duration(microseconds: receipt.totalMicroseconds))</td>\
        <td class="n cost">\(receipt.cost.map { Figures.money(MoneySum($0), decimals: decimals) } ?? "unknown")</td></tr>
        """
    }
}

extension Receipt {
    var statusPill: HTML {
        switch status {
        case .answered: Pieces.pill("good", "answered")
        case .unresolved: Pieces.pill("care", "unresolved")
        case .abandoned, .cut, .unknown: Pieces.pill("plain", status.rawValue)
        case .broken, .refused, .failed: Pieces.pill("bad", status.rawValue)
        }
    }

    var movedPill: HTML? {
        switch moved {
        case .no: nil
        case .budget: " <span class=\"pill care\">downgrade</span>"
        case .failure: " <span class=\"pill plain\">fallback</span>"
        }
    }
}

extension Figures {
    /// `812 ms`, `4.2 s`, `2 min`.
    static func duration(microseconds: Int64) -> String {
        switch microseconds {
        case ...0: "–"
        case ..<1_000: "<1\u{A0}ms"
        case ..<1_000_000: "\(microseconds / 1_000)\u{A0}ms"
        case ..<60_000_000: "\(ExactDecimal.text(Int128(microseconds / 100_000), decimals: 1))\u{A0}s"
        default: "\(microseconds / 60_000_000)\u{A0}min"
        }
    }
}

extension String {
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
