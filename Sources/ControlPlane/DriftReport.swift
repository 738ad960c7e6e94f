import ExactMoney
import Gateway
import Ledger
import Upstream

/// The books beside upstream's own account, as JSON.
struct DriftReport {
    let json: String

    static let schema = Schema.object([
        Schema.head, Schema.field("keyUsageUsd", .usd), Schema.field("keyGrowthUsd", .usd),
        Schema.field("explainedUsd", .usd),
        Schema.field("heldUsd", .usd), Schema.field("unexplainedUsd", .usd),
        Schema.field(
            "monthByModel",
            .array(
                .object([
                    Schema.field("model", .anyText), Schema.field("costUsd", .usd),
                    Schema.field("calls", .whole(0...Int64.max)),
                ]))),
        Schema.field(
            "activity",
            .nullable(
                .array(
                    .object([
                        Schema.field("date", .anyText), Schema.field("model", .anyText),
                        Schema.field("upstreamUsd", .usd), Schema.field("upstreamCalls", .whole(0...Int64.max)),
                        Schema.field("ledgerUsd", .usd), Schema.field("ledgerCalls", .whole(0...Int64.max)),
                        Schema.field("driftUsd", .usd, "Above zero: upstream charged more than is booked."),
                    ])))),
    ])

    /// - Parameter days: nil where upstream does not tell of days.
    init(_ drift: Drift, _ days: DriftDays?, head: LedgerHead) {
        let models = drift.models.map {
            #"{"model":\#(JSONText.quoted($0.model)),"costUsd":"\#($0.cost)","calls":\#($0.calls)}"#
        }
        let activity = days.map { days in
            let rows = days.rows.map { row in
                """
                {"date":\(JSONText.quoted(row.day)),"model":\(JSONText.quoted(row.model)),\
                "upstreamUsd":"\(row.upstream)","upstreamCalls":\(row.upstreamCalls),\
                "ledgerUsd":"\(row.ledger)","ledgerCalls":\(row.ledgerCalls),"driftUsd":"\(row.drift)"}
                """
            }
            return "[\(rows.joined(separator: ","))]"
        }
        json = """
            {"head":"\(head)","keyUsageUsd":"\(drift.keyUsage)","keyGrowthUsd":"\(drift.keyGrowth)","explainedUsd":"\(drift.explained)",\
            "heldUsd":"\(drift.held)","unexplainedUsd":"\(drift.unexplained)",\
            "monthByModel":[\(models.joined(separator: ","))],"activity":\(activity ?? "null")}
            """
    }
}
