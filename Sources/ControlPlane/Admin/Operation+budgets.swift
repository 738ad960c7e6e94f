import Budgeting
import ExactMoney
import Gateway
import Hummingbird
import Ledger
import Upstream

/// Budgets of every scope and period: listed, shown, set, removed. One that the settings name is only shown.
struct BudgetOperations: Sendable {
    let gateway: Gateway

    var all: [Operation] { [list, show, set, remove] }

    private static let place: [Operation.Parameter] = [
        .init(
            name: "scope", schema: .text(.scope),
            note:
                "Whose: global, tenant:acme, group:blue, key:ci, user:acme/anna, run:acme/nightly, tag:feature=search; "
                + "* for each of a kind: tenant:*, user:acme/*, user:*, tag:feature=*."),
        .init(name: "period", schema: .text(.oneOf(Period.allCases.map { "\($0)" }))),
    ]
    private static let isNamed = (409, "The settings name it; the message says where.")

    private var list: Operation {
        Operation(
            method: .get, path: "/api/admin/budgets", id: "listBudgets",
            summary: "All budgets that are set, by scope and period, with what stands in those of one scope.",
            inQuery: [
                .init(name: "after", schema: .text(.plain(1...400)), note: "What the page before said is next."),
                .init(name: "limit", schema: .whole(1...1000), note: "100 where left out."),
            ],
            answers: [
                .ok(
                    "A page of them.",
                    .object([
                        Schema.field("budgets", .array(.named("Budget"))),
                        Schema.field("next", .nullable(.anyText), "Give it as 'after'; null on the last page."),
                    ]))
            ]
        ) { [gateway] question in
            let page = BudgetText.page(gateway.ledger, after: question.query["after"], question.limit(default: 100))
            return Response(
                json: jsonObject([("budgets", jsonArray(page.budgets)), ("next", quoted(page.next))]))
        }
    }

    private var show: Operation {
        Operation(
            method: .get, path: "/api/admin/budgets/{scope}/{period}", id: "showBudget", summary: "One budget.",
            inPath: Self.place, answers: [.ok("The budget.", .named("Budget"))],
            refusals: [(404, "Nobody set this budget.")]
        ) { question in
            let address = try address(question)
            guard let json = BudgetText.json(address, gateway.ledger) else {
                throw GatewayRefusal.invalid(
                    404, "unknown_budget", param: "scope",
                    "Nobody set a budget of \(address.scope) by \(address.period).")
            }
            return Response(json: json)
        }
    }

    private var set: Operation {
        Operation(
            method: .put, path: "/api/admin/budgets/{scope}/{period}", id: "setBudget",
            summary: "Sets a budget, in place of all that was said of it. Doing it again changes nothing.",
            inPath: Self.place,
            body: .object(
                [
                    Schema.optional("capUsd", .text(.cap), "none for no cap; left out, that of all of its kind."),
                    Schema.optional(
                        "timeZone", .text(.plain(1...64)), "IANA; left out, that of its kind, else the gateway's."),
                    Schema.optional(
                        "raise",
                        .object([
                            Schema.field("capUsd", .text(.money)),
                            Schema.field("until", .text(.instant), "A time to come."),
                        ]), "A higher cap for a while."),
                ], least: 1),
            answers: [.ok("The budget as it stands now.", .named("Budget"))], refusals: [Self.isNamed]
        ) { question in
            let address = try address(question)
            let setting = try setting(address, question)
            do throws(ChangeFailure) { try await gateway.ledger.set(setting, by: question.who) } catch {
                throw GatewayRefusal(error)
            }
            guard let json = BudgetText.json(address, gateway.ledger) else {
                throw GatewayRefusal.invalid(409, "not_possible", "The budget was removed at the same moment.")
            }
            return Response(json: json)
        }
    }

    private var remove: Operation {
        Operation(
            method: .delete, path: "/api/admin/budgets/{scope}/{period}", id: "removeBudget",
            summary: "Takes back what was said of a budget. Doing it again changes nothing.", inPath: Self.place,
            answers: [
                .ok("Whether there was something.", .object([Schema.field("removed", .boolean)]))
            ], refusals: [Self.isNamed]
        ) { question in
            let address = try address(question)
            do throws(ChangeFailure) {
                let removed = try await gateway.ledger.removeBudget(address, by: question.who)
                return Response(json: #"{"removed":\#(removed)}"#)
            } catch { throw GatewayRefusal(error) }
        }
    }

    private func address(_ question: Question) throws -> BudgetAddress {
        guard let scope = BudgetSetting.Scope(question.path["scope"] ?? ""),
            let period = Period.allCases.first(where: { "\($0)" == question.path["period"] })
        else { throw GatewayRefusal.invalid("invalid_field", param: "scope", "'scope' is none.") }
        return BudgetAddress(scope, period)
    }

    private func setting(_ address: BudgetAddress, _ question: Question) throws -> BudgetSetting {
        let cap: Cap =
            switch question.text("capUsd") {
            case nil: .inherited
            case "none"?: .none
            case let text?: .limit(Money(admitting: text) ?? .zero)
            }
        var setting = BudgetSetting(address.scope, address.period, cap)
        if let name = question.text("timeZone") {
            guard let zone = ZoneRules.host(named: name) else {
                throw GatewayRefusal.invalid(
                    "invalid_field", param: "timeZone", "'timeZone' must be an IANA time zone, such as Europe/Berlin.")
            }
            setting.zone = zone
        }
        if let raise = question.body?["raise"] {
            let now = gateway.ledger.read { _, _, _, now in now }
            guard let limit = raise["capUsd"]?.string.flatMap(Money.init(admitting:)),
                let until = raise["until"]?.string.flatMap({ Instant(rfc3339: $0) }), until > now
            else {
                throw GatewayRefusal.invalid(
                    "invalid_field", param: "raise.until", "'raise.until' must be a time to come.")
            }
            setting.raise = .init(to: limit, until: until)
        }
        return setting
    }
}

/// A budget as people and programs see it.
private enum BudgetText {
    /// How many are read under the books' lock at once.
    private static let atOnce = 50

    static func page(_ ledger: Ledger, after: String?, _ limit: Int) -> (budgets: [String], next: String?) {
        let targets = ledger.read { books, _, _, _ in Array(books.terms.keys) }
        var all: [(place: String, target: CapTarget)] = []
        for start in stride(from: 0, to: targets.count, by: 1_000) {
            let some = targets[start..<min(start + 1_000, targets.count)]
            all += ledger.read { _, names, _, _ in some.map { (place(BudgetAddress($0, names)), $0) } }
        }
        all.sort { $0.place < $1.place }
        let rest = all.drop { one in after.map { one.place <= $0 } ?? false }
        let page = Array(rest.prefix(limit))
        var budgets: [String] = []
        for start in stride(from: 0, to: page.count, by: atOnce) {
            let some = page[start..<min(start + atOnce, page.count)]
            budgets += ledger.read { books, names, policy, now in
                some.compactMap { json($0.target, books, names, policy, now) }
            }
        }
        return (budgets, rest.count > limit ? page.last?.place : nil)
    }

    private static func place(_ address: BudgetAddress) -> String { "\(address.scope) \(address.period)" }

    static func json(_ address: BudgetAddress, _ ledger: Ledger) -> String? {
        ledger.read { books, names, policy, now in
            address.target(in: names).flatMap { json($0, books, names, policy, now) }
        }
    }

    private static func json(
        _ target: CapTarget, _ books: Books, _ names: NameTable, _ policy: Ledger.Policy, _ now: Instant
    ) -> String? {
        guard let terms = books.terms[target] else { return nil }
        let address = BudgetAddress(target, names)
        let raise = terms.raise.map { raise in
            jsonObject([
                ("capUsd", quoted("\(raise.limit)")), ("until", quoted(raise.until.rfc3339)),
                ("holds", "\(now < raise.until)"),
            ])
        }
        let named = policy.named[target]
        return jsonObject([
            ("scope", quoted("\(address.scope)")), ("period", quoted("\(address.period)")),
            ("capUsd", quoted(cap(terms.cap))), ("timeZone", quoted(terms.zone)), ("raise", raise ?? "null"),
            ("readOnly", "\(named != nil)"), ("setAt", quoted(named?.description)),
            ("window", window(target, books, policy, now) ?? "null"),
        ])
    }

    private static func cap(_ cap: Cap) -> String? {
        switch cap {
        case .none: "none"
        case .inherited: nil
        case .limit(let money): "\(money)"
        }
    }

    /// What stands in the present window of a budget; nil for what is said of a whole kind.
    private static func window(
        _ target: CapTarget, _ books: Books, _ policy: Ledger.Policy, _ now: Instant
    ) -> String? {
        guard case .budget(let budget) = target else { return nil }
        return UsageReport.window(
            Standing.Window(books.account(of: budget, at: now, zones: policy.zones), policy: policy)
        )
    }
}

extension BudgetOperations {
    static let schema = Schema.object([
        Schema.field("scope", .anyText), Schema.field("period", .text(.oneOf(Period.allCases.map { "\($0)" }))),
        Schema.field("capUsd", .nullable(.anyText), "none for no cap; null where that of its kind holds."),
        Schema.field("timeZone", .nullable(.anyText)),
        Schema.field(
            "raise",
            .nullable(
                .object([
                    Schema.field("capUsd", .usd), Schema.field("until", .text(.instant)),
                    Schema.field("holds", .boolean, "False once it is over."),
                ]))),
        Schema.field("readOnly", .boolean, "The settings name it."),
        Schema.field("setAt", .nullable(.anyText), "Where they do: a variable, or a file and line."),
        Schema.field("window", .nullable(.named("Window")), "The present one; null for what is said of a whole kind."),
    ])
}
