import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import Ledger

/// Where a budget's cap comes from.
enum CapSource: Hashable, Sendable {
    /// The settings name it, there: read-only here.
    case settings(SettingPlace)
    /// It was set on this page.
    case ledger
    /// It is every tenant's.
    case `default`
}

extension CapSource {
    var isReadOnly: Bool {
        if case .settings = self { true } else { false }
    }
}

extension Dashboard {
    func source(of tenant: String, _ period: Period) -> CapSource {
        gateway.ledger.read { books, names, policy, _ in
            guard let budget = names.tenant(named: tenant).map({ BudgetID(.tenant($0), period) }) else {
                return .default
            }
            if let place = policy.named[.budget(budget)] { return .settings(place) }
            return books.hasOwnCap(budget) ? .ledger : .default
        }
    }

    /// The budgets of a tenant: where each comes from, and for an admin the forms that change them.
    func budgetsCard(_ row: TenantRow, _ context: ControlContext) -> HTML {
        let session = context.identity?.session.flatMap { $0.role == .admin ? $0 : nil }
        let invitation: HTML? =
            session == nil
            ? """
            <p class="empty"><a href="/login?next=\("/tenants/\(row.name)".queryEncoded)">Sign in as admin</a> to change budgets.</p>
            """
            : nil
        let token = session.map { access.formToken(of: $0) }
        return """
            <section class="card" aria-labelledby="budgets"><header><h2 id="budgets">Budgets</h2></header><div class="edits">\
            \(Period.reported.html { budget(row, $0, token) })\(token.map { credit(row, $0) })</div>\(invitation)</section>
            """
    }

    private func budget(_ row: TenantRow, _ period: Period, _ token: String?) -> HTML {
        let budget = row.budget(period)
        let source = source(of: row.name, period)
        let about: HTML =
            "<h3>\(period == .day ? "Daily" : "Monthly") cap: \(Figures.cap(budget.cap))</h3><p>\(origin(source, period))</p>"
        guard let token, !source.isReadOnly else { return "<div class=\"budget-edit\">\(about)</div>" }
        let home = "/tenants/\(row.name.queryEncoded)"
        let back: HTML? =
            source == .ledger
            ? "<button name=\"choice\" value=\"default\" formnovalidate>Use the default</button>" : nil
        return """
            <div class="budget-edit">\(about)<form class="row" method="post" action="\(home)/cap">\
            <input type="hidden" name="form" value="\(token)"><input type="hidden" name="period" value="\(period.word)">\
            <div class="field"><label for="cap-\(period.word)">New \(period.adjective) cap in USD</label>\
            <input id="cap-\(period.word)" name="cap" inputmode="decimal" autocomplete="off" placeholder="such as 5, or none"></div>\
            <button class="main">Set</button>\(back)</form></div>
            """
    }

    private func origin(_ source: CapSource, _ period: Period) -> HTML {
        let variable = period == .day ? "DEFAULT_DAILY_BUDGET" : "DEFAULT_MONTHLY_BUDGET"
        let named = gateway.ledger.read { _, _, policy, _ in policy.named[.everyTenant(period)] }
        return switch source {
        case .settings(let place): "Named by <code>\(place.description)</code>, so it is changed there and not here."
        case .ledger: "Set here; the ledger keeps it."
        case .default:
            named.map { "Every tenant’s, from <code>\($0.description)</code>." }
                ?? "Every tenant’s: <code>\(variable)</code> is not set; <code>bursar budget set tenant:*</code> sets it for all."
        }
    }

    private func credit(_ row: TenantRow, _ token: String) -> HTML {
        let home = "/tenants/\(row.name.queryEncoded)"
        return """
            <div class="budget-edit"><h3>Credit</h3><p>Gives back a part of what is settled, in one window.</p>\
            <form class="row" method="post" action="\(home)/credit"><input type="hidden" name="form" value="\(token)">\
            <div class="field"><label for="amount">Amount in USD</label><input id="amount" name="amount" inputmode="decimal" \
            autocomplete="off" required></div>\
            <div class="field"><label for="credit-period">Of</label><select id="credit-period" name="period">\
            <option value="day">today</option><option value="month">this month</option></select></div>\
            <div class="field"><label for="why">Why</label><input id="why" name="why" maxlength="1000" autocomplete="off"></div>\
            <button>Credit</button></form></div>
            <div class="budget-edit"><h3>Reset</h3><p>Forgives all that is settled in a window. The next page asks once more.</p>\
            <div class="row"><a class="button danger" href="\(home)/reset?period=day">Reset today…</a>\
            <a class="button danger" href="\(home)/reset?period=month">Reset this month…</a></div></div>
            """
    }
}
