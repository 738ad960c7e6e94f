import Budgeting
import Gateway
import Hummingbird
import Ledger
import Pricing
import Upstream

/// Whether calls can be served: 200, or 503 that names what is missing.
struct Readiness {
    private let problems: [(part: String, what: String)]
    private let catalogue: String
    /// Told with the rest; an export that fails refuses no call.
    private let exports: [ExportWatch.Report]

    /// How old the prices are, and how exports are doing, where there are any.
    static let told: [Schema.Field] = [
        Schema.field(
            "catalogue",
            .object([
                Schema.field("models", .whole(0...Int64.max)), Schema.field("fetchedAt", .nullable(.text(.instant))),
                Schema.field("ageSeconds", .nullable(.whole(0...Int64.max))),
            ])),
        Schema.optional(
            "exports",
            .array(
                .object([
                    Schema.field("sink", .anyText), Schema.field("behind", .whole(0...Int64.max)),
                    Schema.field("lagSeconds", .whole(0...Int64.max)), Schema.field("problem", .nullable(.anyText)),
                ]))),
    ]

    init(_ gateway: Gateway) {
        var problems: [(String, String)] = []
        if let failure = gateway.ledger.failure { problems.append(("ledger", failure.description)) }
        if gateway.prices.current.models.isEmpty { problems.append(("catalogue", "no model has a price")) }
        if gateway.isDraining { problems.append(("gateway", "it is shutting down")) }
        self.problems = problems
        let fetched = gateway.prices.fetchedAt.map { "\"\($0.rfc3339)\"" } ?? "null"
        let age = gateway.catalogueAgeSeconds.map(String.init) ?? "null"
        catalogue =
            #"{"models":\#(gateway.prices.current.models.count),"fetchedAt":\#(fetched),"ageSeconds":\#(age)}"#
        exports = gateway.exports.reports
    }

    var response: Response {
        guard !problems.isEmpty else { return Response(json: #"{"status":"ready"\#(told)}"#) }
        let listed = problems.map { #"{"part":\#(JSONText.quoted($0.part)),"problem":\#(JSONText.quoted($0.what))}"# }
        return Response(
            status: .serviceUnavailable,
            json: #"{"status":"not_ready","problems":[\#(listed.joined(separator: ","))]\#(told)}"#
        )
    }

    private var told: String {
        guard !exports.isEmpty else { return ",\"catalogue\":\(catalogue)" }
        let listed = exports.map { report in
            """
            {"sink":\(JSONText.quoted(report.sink)),"behind":\(report.behind),\
            "lagSeconds":\(report.lagMilliseconds / 1_000),"problem":\(report.problem.map(JSONText.quoted) ?? "null")}
            """
        }
        return ",\"catalogue\":\(catalogue),\"exports\":[\(listed.joined(separator: ","))]"
    }
}
