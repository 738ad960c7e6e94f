import ExactMoney
import Gateway
import Upstream

/// The books beside upstream's own account, as JSON.
struct DriftReport {
    let json: String

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
