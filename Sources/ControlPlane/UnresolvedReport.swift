import Budgeting
import ExactMoney
import Gateway
import Ledger
import Upstream

/// The calls whose cost is not known, as `GET /api/admin/unresolved` lists them, oldest first.
struct UnresolvedReport {
    let json: String

    static let schema = Schema.object([
        Schema.head,
        Schema.field("unresolved", .whole(0...Int64.max)), Schema.field("heldUsd", .usd),
        Schema.field(
            "calls",
            .array(
                .object([
                    Schema.field("request", .anyText), Schema.field("tenant", .anyText),
                    Schema.field("model", .anyText), Schema.field("heldUsd", .usd), Schema.field("returnedUsd", .usd),
                    Schema.field("since", .text(.instant)), Schema.field("ageSeconds", .whole(0...Int64.max)),
                    Schema.field("why", .anyText), Schema.field("generation", .nullable(.anyText)),
                ]))),
    ])

    init(_ ledger: Ledger) {
        let head = ledger.head
        json = ledger.read { books, names, _, now in
            let calls = books.doubtful.prefix(UnresolvedReport.most).map { call in
                let since = call.doubtAt ?? call.at
                return """
                    {"request":"req-\(call.reservation.id.number)",\
                    "tenant":\(JSONText.quoted(names.text(of: call.reservation.tenant))),\
                    "model":\(JSONText.quoted(names.text(of: call.reservation.model))),\
                    "heldUsd":"\(call.held)","returnedUsd":"\(call.returned)","since":"\(since.rfc3339)",\
                    "ageSeconds":\((now.milliseconds - since.milliseconds) / 1000),\
                    "why":"\(call.doubt?.word ?? "")",\
                    "generation":\(call.generation.map { JSONText.quoted($0) } ?? "null")}
                    """
            }
            let held = books.doubtful.reduce(MoneySum.zero) { $0 + MoneySum($1.held) }
            return """
                {"head":"\(head)","unresolved":\(books.doubtful.count),"heldUsd":"\(held)","calls":[\(calls.joined(separator: ","))]}
                """
        }
    }

    private static let most = 1_000
}
