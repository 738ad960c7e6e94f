import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import Ledger

/// The caps of a key's own that somebody typed, one for each period, and what is wrong with them.
struct KeyBudgetForm: Sendable {
    private let typed: [Period: String]
    /// What was said, by period; an empty field says that there is none.
    private(set) var caps: [Period: Money] = [:]
    private(set) var problems: [KeyForm.Problem] = []

    /// Nothing typed yet.
    init() {
        typed = [:]
    }

    init(_ form: Form) {
        typed = Dictionary(uniqueKeysWithValues: Period.allCases.map { ($0, form[KeyBudgetForm.field($0)]) })
        for period in Period.allCases {
            guard let text = typed[period], !text.isEmpty else { continue }
            if let amount = Dashboard.amount(text) {
                caps[period] = amount
            } else {
                complain(
                    period, "“\(text.prefix(40))” is no amount of USD, such as 5 or 0.25. Leave it empty for no cap.")
            }
        }
    }

    mutating func complain(_ period: Period, _ message: String) {
        problems.append(.init(field: KeyBudgetForm.field(period), name: KeyBudgetForm.label(period), message: message))
    }

    static func field(_ period: Period) -> String { "cap-\(period)" }

    static func label(_ period: Period) -> String {
        switch period {
        case .total: "USD in all"
        case .hour: "USD an hour"
        default: "USD a \(period)"
        }
    }

    /// The shortest first.
    static let periods: [Period] = [.minute, .hour, .day, .week, .month, .total]

    /// - Parameters:
    ///   - now: what holds, shown where nothing was typed.
    ///   - named: periods whose caps are named elsewhere; shown, and no field.
    ///   - hint: of a period.
    func fields(
        now: [Period: Money] = [:], named: [Period: Cap] = [:], hint: (Period) -> HTML = { _ in .empty }
    ) -> HTML {
        let fields = KeyBudgetForm.periods.html { period in
            if let cap = named[period], typed[period]?.isEmpty ?? true {
                return """
                    <div class="field"><strong>\(KeyBudgetForm.label(period))</strong><span class="fixed">\(Figures.cap(cap))</span>\
                    <span class="hint">\(hint(period))</span></div>
                    """
            }
            let value = typed[period] ?? now[period].map { "\($0)" } ?? ""
            return KeyForm.field(
                KeyBudgetForm.field(period), named: KeyBudgetForm.label(period), problems,
                { "<input \($0) inputmode=\"decimal\" value=\"\(value)\" autocomplete=\"off\">" }, hint: hint(period))
        }
        return "<div class=\"fields three\">\(fields)</div>"
    }
}

extension Dashboard {
    /// What is known of a key's own budget over a period.
    struct KeyBudget: Sendable {
        let cap: Cap
        let spent: MoneySum
        /// Where the settings name it.
        let place: SettingPlace?
        /// Whether somebody set it for this key: else it is that of every key, if there is one.
        let isOwn: Bool
    }

    func keyBudgets(_ id: KeyID) -> [Period: KeyBudget] {
        gateway.ledger.read { books, _, policy, now in
            Dictionary(
                uniqueKeysWithValues: Period.allCases.map { period in
                    let budget = BudgetID(.key(id), period)
                    let account = books.account(of: budget, at: now, zones: policy.zones)
                    return (
                        period,
                        KeyBudget(
                            cap: account.cap, spent: account.balance.booked, place: policy.named[.budget(budget)],
                            isOwn: books.terms[.budget(budget)]?.cap.limit != nil)
                    )
                })
        }
    }

    /// What a key may spend beside its tenant's budgets; for an admin the form that says so.
    func budgetsCard(_ key: KeyView, _ typed: KeyBudgetForm?, _ token: String?) -> HTML {
        let budgets = keyBudgets(key.key.grant.id)
        let isOpen = budgets.values.contains { $0.place == nil }
        guard let token, isOpen, key.isGood else {
            let rows = KeyBudgetForm.periods.compactMap { period -> (Period, KeyBudget)? in
                budgets[period].flatMap { $0.cap.limit == nil ? nil : (period, $0) }
            }
            let list: HTML =
                rows.isEmpty
                ? "<p class=\"empty\">None of its own: its tenant’s budgets hold.</p>"
                : "<dl class=\"facts\">\(rows.html { "<dt>\(KeyBudgetForm.label($0.0))</dt><dd>\(about($0.1))</dd>" })</dl>"
            return card(list)
        }
        let own = budgets.compactMapValues { $0.isOwn ? $0.cap.limit : nil }
        let named = budgets.compactMapValues { $0.place == nil ? nil : $0.cap }
        let form = (typed ?? KeyBudgetForm()).fields(now: own, named: named) { period in
            budgets[period].map { $0.cap.limit == nil ? .empty : about($0) } ?? .empty
        }
        return card(
            """
            <form method="post" action="/keys/\(key.name.queryEncoded)/budgets"><input type="hidden" name="form" value="\(token)">\
            <p class="aside">They hold beside its tenant’s. Empty: no cap of its own.</p>\(form)\
            <p class="actions"><button>Set its budgets</button></p></form>
            """)
    }

    private func card(_ content: HTML) -> HTML {
        """
        <section class="card" aria-labelledby="budgets"><header><h2 id="budgets">Budgets of its own</h2></header>\(content)</section>
        """
    }

    private func about(_ budget: KeyBudget) -> HTML {
        let place: HTML =
            budget.place.map { "; named by <code>\($0.description)</code>, so it is changed there" }
            ?? when(!budget.isOwn, "; every key’s")
        return "\(Figures.money(budget.spent)) of \(Figures.cap(budget.cap)) spent\(place)"
    }

    /// Sets what differs from what holds. One that the settings name has no field, and is left as it is.
    func setBudgets(
        of key: KeyView, _ form: inout KeyBudgetForm, by who: String
    ) async throws(ChangeFailure) {
        let budgets = keyBudgets(key.key.grant.id)
        for period in Period.allCases {
            let (before, cap) = (budgets[period], form.caps[period])
            let old = before?.isOwn == true ? before?.cap.limit : nil
            guard old != cap, cap != nil || before?.place == nil else { continue }
            let address = BudgetAddress(.key(key.name), period)
            do {
                if let cap {
                    try await gateway.ledger.setCap(.limit(cap), of: address, by: who)
                } else {
                    _ = try await gateway.ledger.removeBudget(address, by: who)
                }
            } catch ChangeFailure.named(let place) {
                form.complain(period, "It is named by \(place), so it is changed there.")
            }
        }
    }
}
