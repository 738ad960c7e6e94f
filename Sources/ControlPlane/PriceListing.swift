import Budgeting
import ExactMoney
import Gateway
import Pricing
import Upstream

/// What `GET /api/admin/prices` says: every model with its prices, and what has changed since the start. Prices are decimal
/// texts, USD per token or unit, under OpenRouter's names.
struct PriceListing {
    let json: String

    static let schema = Schema.object([
        Schema.field("fetchedAt", .nullable(.text(.instant)), "Null for the bundled list."),
        Schema.field("aliases", .dictionary(.anyText)),
        Schema.field(
            "models",
            .array(
                .object([
                    Schema.field("model", .anyText), Schema.field("contextTokens", .whole(0...Int64.max)),
                    Schema.field("maxOutputTokens", .whole(0...Int64.max)), Schema.field("prices", rates),
                ]))),
        Schema.field(
            "changes",
            .array(
                .object([
                    Schema.field("at", .text(.instant)), Schema.field("model", .anyText), Schema.field("old", rates),
                    Schema.field("new", rates),
                ]))),
    ])

    private static let rates = Schema.dictionary(.anyText)

    init(_ gateway: Gateway) {
        let catalogue = gateway.prices.current
        let models = catalogue.models.sorted { $0.name.text < $1.name.text }.map { model in
            """
            {"model":\(JSONText.quoted(model.name.text)),"contextTokens":\(model.contextTokens),\
            "maxOutputTokens":\(model.outputTokensLimit),"prices":\(PriceListing.prices(model.prices.listed))}
            """
        }
        let changes = gateway.prices.changes.reversed().map { change in
            """
            {"at":"\(change.at.rfc3339)","model":\(JSONText.quoted(change.model.text)),\
            "old":\(PriceListing.prices(change.old)),"new":\(PriceListing.prices(change.new))}
            """
        }
        let aliases = catalogue.aliases.sorted { $0.key < $1.key }
            .map { "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))" }
        json = """
            {"fetchedAt":\(gateway.prices.fetchedAt.map { "\"\($0.rfc3339)\"" } ?? "null"),\
            "aliases":{\(aliases.joined(separator: ","))},\
            "models":[\(models.joined(separator: ","))],"changes":[\(changes.joined(separator: ","))]}
            """
    }

    private static func prices(_ listed: [Rates.Listed]) -> String {
        "{" + listed.map { "\(JSONText.quoted($0.name)):\"\($0.rate)\"" }.joined(separator: ",") + "}"
    }
}
