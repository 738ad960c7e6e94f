public import Budgeting
import ExactMoney
import Gateway
public import Ledger
import Upstream

/// What `GET /api/usage/{tenant}` says (contract §2). Money is decimal text; the percentages are numbers with two decimals.
public struct UsageReport: Sendable {
    public let json: String

    /// A tenant that the books do not know is shown with the default budgets and nothing spent.
    ///
    /// - Parameter head: where the ledger's hash chain stands.
    public init(
        of tenant: String, _ books: Books, _ names: NameTable, _ policy: Ledger.Policy, at now: Instant,
        head: LedgerHead
    ) {
        let id = names.tenant(named: tenant)
        let standing = Standing(of: id, in: books, at: now, policy: policy)
        let models = id.map { UsageReport.models(of: $0, month: standing.monthly.start, books, names) } ?? []
        let saved = models.reduce(MoneySum.zero) { $0 + $1.tally.saved }
        json = """
            {"withinBudget":\(standing.state != .stopped),\
            "dailyPercentage":\(UsageReport.percentage(standing.daily)),\
            "monthlyPercentage":\(UsageReport.percentage(standing.monthly)),\
            "tenant":\(JSONText.quoted(tenant)),"state":"\(standing.state.name)",\
            "daily":\(UsageReport.window(standing.daily)),"monthly":\(UsageReport.window(standing.monthly)),\
            "models":[\(models.map { UsageReport.model($0, among: models) }.joined(separator: ","))],\
            "savedUsd":"\(saved)","head":"\(head)"}
            """
    }

    /// All tenants of books that rest, as `GET /api/admin/tenants` lists them.
    public static func tenants(_ resting: RestingBooks, at now: Instant) -> String {
        let rows = resting.tenants.map { name in
            TenantOperations.json(
                name,
                Standing(
                    of: resting.names.tenant(named: name), in: resting.books, at: now, policy: resting.policy))
        }
        return jsonObject([("tenants", jsonArray(rows)), ("next", "null"), ("head", quoted("\(resting.head)"))])
    }

    private struct ModelUsage {
        let name: String
        let tally: Books.Tally
    }

    /// This month's models, dearest first.
    private static func models(of tenant: TenantID, month: Instant, _ books: Books, _ names: NameTable) -> [ModelUsage]
    {
        let window = WindowID(budget: BudgetID(.tenant(tenant), .month), start: month)
        return books.tallies.filter { $0.key.window == window }
            .map { ModelUsage(name: names.text(of: $0.key.model), tally: $0.value) }
            .sorted { ($1.tally.cost, $0.name) < ($0.tally.cost, $1.name) }
    }

    private static func model(_ usage: ModelUsage, among all: [ModelUsage]) -> String {
        let total = all.reduce(Int128(0)) { $0 + $1.tally.cost.nanodollars }
        let share = total > 0 ? usage.tally.cost.nanodollars * 10_000 / total : 0
        return """
            {"model":\(JSONText.quoted(usage.name)),"requests":\(usage.tally.requests),\
            "inputTokens":\(usage.tally.inputTokens),"outputTokens":\(usage.tally.outputTokens),\
            "costUsd":"\(usage.tally.cost)","sharePercentage":\(ExactDecimal.text(share, decimals: 2))}
            """
    }

    static func window(_ window: Standing.Window) -> String {
        """
        {"capUsd":\(window.cap.limit.map { "\"\($0)\"" } ?? "null"),"spentUsd":"\(window.balance.settled)",\
        "unresolvedUsd":"\(window.balance.unresolved)","reservedUsd":"\(window.balance.reserved)",\
        "remainingUsd":\(window.remaining.map { "\"\($0)\"" } ?? "null"),"percentage":\(percentage(window)),\
        "state":"\(window.state.name)","windowStart":\(time(window.start, in: window)),\
        "resetsAt":\(time(window.end, in: window))}
        """
    }

    /// A budget of all time neither began nor ends.
    private static func time(_ instant: Instant, in window: Standing.Window) -> String {
        window.end == .never ? "null" : "\"\(instant.rfc3339)\""
    }

    private static func percentage(_ window: Standing.Window) -> String {
        ExactDecimal.text(hundredthsOfPercent(window.balance.booked, of: window.cap), decimals: 2)
    }
}
