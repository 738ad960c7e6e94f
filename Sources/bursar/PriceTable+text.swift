import ExactMoney
import Foundation
import Pricing
import Upstream

/// For a person: columns. For a program: JSON, money as decimal texts in USD.
extension PriceTable {
    var listText: String {
        let lines = rows.map { row -> [String] in
            let more = row.prices.filter { !["prompt", "completion"].contains($0.name) }
                .map { "\($0.name) \(PriceTable.shown($0))" }
            return [
                row.model, PriceTable.perMillion(row.sheet.base.prompt),
                PriceTable.perMillion(row.sheet.base.completion),
                String(row.contextTokens), more.joined(separator: ", "),
            ]
        }
        return PriceTable.columns([["MODEL", "IN $/M", "OUT $/M", "CONTEXT", "ALSO ($/M, or $ each)"]] + lines)
            + "\n\(rows.count) models. Prices are \(origin)."
    }

    var listJSON: String {
        "["
            + rows.map { row in
                """
                {"model":\(JSONText.quoted(row.model)),"contextTokens":\(row.contextTokens),\
                "prices":\(PriceTable.json(row.prices.map { ($0.name, "\($0.rate)") }))}
                """
            }.joined(separator: ",") + "]"
    }

    var changesText: String {
        guard !changes.isEmpty else { return "No price has changed. Prices are \(origin)." }
        let lines = changes.flatMap { change -> [[String]] in
            let old = Dictionary(change.old.map { ($0.name, $0.rate) }, uniquingKeysWith: { $1 })
            let new = Dictionary(change.new.map { ($0.name, $0.rate) }, uniquingKeysWith: { $1 })
            return (change.new + change.old.filter { new[$0.name] == nil }).filter { old[$0.name] != new[$0.name] }.map
            {
                [change.at, change.model, $0.name, old[$0.name] ?? "none", new[$0.name] ?? "none"]
            }
        }
        return PriceTable.columns([["AT", "MODEL", "PRICE", "OLD $", "NEW $"]] + lines)
    }

    var changesJSON: String {
        "["
            + changes.map { change in
                """
                {"at":\(JSONText.quoted(change.at)),"model":\(JSONText.quoted(change.model)),\
                "old":\(PriceTable.json(change.old)),"new":\(PriceTable.json(change.new))}
                """
            }.joined(separator: ",") + "]"
    }

    /// What a call of this size costs at each model, cheapest first, as plain text and no cache.
    func costs(inputTokens: Int64, outputTokens: Int64) -> [(model: String, cost: Money)] {
        let usage = Usage(inputTokens: inputTokens, outputTokens: outputTokens)
        return rows.compactMap { row in row.sheet.cost(of: usage).map { (row.model, $0) } }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    }

    func comparisonText(inputTokens: Int64, outputTokens: Int64) -> String {
        let costs = costs(inputTokens: inputTokens, outputTokens: outputTokens)
        let least = costs.first?.cost.nanodollars ?? 0
        let lines = costs.map { model, cost -> [String] in
            // In hundredths, by whole numbers.
            let times = least > 0 ? ExactDecimal.text(Int128(cost.nanodollars) * 100 / Int128(least), decimals: 2) : "-"
            return [model, cost.dollars, times == "-" ? times : "\(times)x"]
        }
        return PriceTable.columns([["MODEL", "\(inputTokens) IN, \(outputTokens) OUT", "TIMES"]] + lines)
            + "\nPrices are \(origin)."
    }

    func comparisonJSON(inputTokens: Int64, outputTokens: Int64) -> String {
        let costs = costs(inputTokens: inputTokens, outputTokens: outputTokens)
            .map { #"{"model":\#(JSONText.quoted($0.model)),"costUsd":"\#($0.cost)"}"# }
        return
            #"{"inputTokens":\#(inputTokens),"outputTokens":\#(outputTokens),"models":[\#(costs.joined(separator: ","))]}"#
    }

    private static func perMillion(_ rate: Rate) -> String { rate.usdPerMillion }

    /// Searches, requests and pictures by the piece; all else by the million.
    private static func shown(_ listed: Rates.Listed) -> String {
        listed.name.hasSuffix("web_search") || listed.name.hasSuffix("request")
            ? "\(listed.rate)" : perMillion(listed.rate)
    }

    private static func json(_ prices: [(name: String, rate: String)]) -> String {
        "{" + prices.map { "\(JSONText.quoted($0.name)):\(JSONText.quoted($0.rate))" }.joined(separator: ",") + "}"
    }

    /// Left-aligned, two blanks between.
    static func columns(_ lines: [[String]]) -> String {
        let widths = (lines.first ?? []).indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
                .replacing(/\s+$/, with: "")
        }.joined(separator: "\n")
    }
}
