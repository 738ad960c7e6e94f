import ExactMoney
import Gateway
import Upstream

/// The books beside upstream's own account, as JSON.
struct DriftReport {
    let json: String

    static let schema = Schema.object([
        Schema.field("keyUsageUsd", .usd), Schema.field("keyGrowthUsd", .usd), Schema.field("explainedUsd", .usd),
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
                    ])))),
    ])

    init(_ drift: Drift) {
        let models = drift.models.map {
            #"{"model":\#(JSONText.quoted($0.model)),"costUsd":"\#($0.cost)","calls":\#($0.calls)}"#
        }
        let activity = drift.activity.map { lines in
            let rows = lines.map { line in
                """
                {"date":\(JSONText.quoted(line.day)),"model":\(JSONText.quoted(line.model)),\
                "upstreamUsd":"\(line.upstream)","upstreamCalls":\(line.upstreamCalls)}
                """
            }
            return "[\(rows.joined(separator: ","))]"
        }
        json = """
            {"keyUsageUsd":"\(drift.keyUsage)","keyGrowthUsd":"\(drift.keyGrowth)","explainedUsd":"\(drift.explained)",\
            "heldUsd":"\(drift.held)","unexplainedUsd":"\(drift.unexplained)",\
            "monthByModel":[\(models.joined(separator: ","))],"activity":\(activity ?? "null")}
            """
    }
}
