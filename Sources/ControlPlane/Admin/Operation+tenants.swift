import Budgeting
import ExactMoney
import Gateway
import Hummingbird
import Ledger

/// Tenants: all of them, a page at a time, with where each stands.
struct TenantOperations: Sendable {
    let gateway: Gateway

    var all: [Operation] { [list] }

    static let schema = Schema.object([
        Schema.field("tenant", .anyText), Schema.field("state", .named("State")),
        Schema.field("daily", .named("Window")), Schema.field("monthly", .named("Window")),
    ])

    private var list: Operation {
        Operation(
            method: .get, path: "/api/admin/tenants", id: "listTenants",
            summary: "All tenants that the books know, by name. One tenant is at /api/usage/{tenant}.",
            inQuery: [
                .init(name: "after", schema: .text(.name), note: "What the page before said is next."),
                .init(name: "limit", schema: .whole(1...1000), note: "100 where left out."),
                .init(name: "state", schema: Schema.state, note: "Only tenants in this state."),
            ],
            answers: [
                .ok(
                    "A page of them.",
                    .object([
                        Schema.field("tenants", .array(.named("Tenant"))),
                        Schema.field("next", .nullable(.anyText), "Give it as 'after'; null on the last page."),
                        Schema.head,
                    ]))
            ]
        ) { question in
            let page = page(
                after: question.query["after"], limit: question.limit(default: 100), state: question.query["state"])
            return Response(
                json: jsonObject([
                    ("tenants", jsonArray(page.tenants.map(\.json))), ("next", quoted(page.next)),
                    ("head", quoted("\(gateway.ledger.head)")),
                ]))
        }
    }

    private struct Row: Sendable {
        let name: String
        let json: String
    }

    private func page(after: String?, limit: Int, state: String?) -> (tenants: [Row], next: String?) {
        let names = gateway.ledger.tenantNames().filter { name in after.map { $0 < name } ?? true }.sorted()
        var rows: [Row] = []
        for (index, name) in names.enumerated() {
            let standing = gateway.ledger.read { books, table, policy, now in
                Standing(of: table.tenant(named: name), in: books, at: now, policy: policy)
            }
            if let state, standing.state.name != state { continue }
            rows.append(Row(name: name, json: TenantOperations.json(name, standing)))
            if rows.count == limit { return (rows, index + 1 < names.count ? name : nil) }
        }
        return (rows, nil)
    }

    static func json(_ name: String, _ standing: Standing) -> String {
        jsonObject([
            ("tenant", quoted(name)), ("state", quoted(standing.state.name)),
            ("daily", UsageReport.window(standing.daily)), ("monthly", UsageReport.window(standing.monthly)),
        ])
    }
}
