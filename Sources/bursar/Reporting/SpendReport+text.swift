import Budgeting
import ControlPlane
import ExactMoney
import Receipts
import Upstream

/// For people a table; for programs JSON or CSV. `costUsd` is the ledger's own amount, `amount` what the report makes of it.
extension SpendReport {
    private var headings: [String] { by.map(\.rawValue) }

    private func shown(_ key: String, at index: Int) -> String {
        // Days are told by their date; hours as they are.
        by[index] == .day ? Instant(rfc3339: key).map(range.date) ?? key : key
    }

    /// With the ledger's head below, by which anyone can prove later that these are the books of then.
    var table: String { [sums, whose, head.map { HeadLine.text($0) }].compactMap { $0 }.joined(separator: "\n") }

    private var whose: String { "Days and months are those of \(range.zone.name)." }

    private var sums: String {
        var columns: [(title: String, side: TextTable.Side)] = headings.map { ($0.uppercased(), .left) }
        columns += [("CALLS", .right), ("INPUT", .right), ("OUTPUT", .right), ("COST USD", .right)]
        if conversion.changesAmounts { columns.append(("AMOUNT \(conversion.currency)", .right)) }
        if forecastsLines { columns.append(("MONTH'S END", .right)) }
        if rows.contains(where: { $0.saved > .zero }) { columns.append(("SAVED USD", .right)) }
        var table = TextTable(columns)
        for row in rows { table.add(cells(row, names: row.keys.enumerated().map { shown($1, at: $0) })) }
        guard !rows.isEmpty else { return "Nothing was spent \(inWords)." }
        guard hasTotal else { return table.text }
        if !by.isEmpty { table.add(cells(total, names: ["TOTAL"] + by.dropFirst().map { _ in "" })) }
        guard let forecast = forecast(total), !forecastsLines else { return table.text }
        return table.text + "\nBy the month's end at this pace: \(forecast.shown) \(conversion.currency)"
    }

    private var inWords: String { "from \(range.date(at: range.from)) until \(range.date(at: range.until))" }

    private func cells(_ row: Row, names: [String]) -> [String] {
        var cells = names + ["\(row.calls)", "\(row.inputTokens)", "\(row.outputTokens)", plain(row.cost)]
        if conversion.changesAmounts { cells.append(row.amount.shown) }
        if forecastsLines { cells.append(forecast(row)?.shown ?? "") }
        if rows.contains(where: { $0.saved > .zero }) { cells.append(plain(row.saved)) }
        return cells
    }

    private func plain(_ money: MoneySum) -> String { money.dollars.replacing("$", with: "") }

    /// RFC 4180. The ledger's head is the last column of every line: a comment is none to most readers of CSV, and lines that are
    /// sorted, cut or put among others' keep saying which books they are of.
    var csv: String {
        let titles =
            headings + [
                "calls", "inputTokens", "outputTokens", "costUsd", "savedUsd", "amount", "currency", "forecast", "head",
            ]
        let lines = rows.map { row in
            row.keys.enumerated().map { CSVText.field(shown($1, at: $0)) } + [
                "\(row.calls)", "\(row.inputTokens)", "\(row.outputTokens)", "\(row.cost)", "\(row.saved)",
                row.amount.text, conversion.currency, forecastsLines ? forecast(row)?.text ?? "" : "",
                head ?? "",
            ]
        }
        return ([titles] + lines).map { $0.joined(separator: ",") }.joined(separator: "\n")
    }

    var json: String {
        """
        {"from":"\(range.from.rfc3339)","until":"\(range.until.rfc3339)",\
        "zone":\(JSONText.quoted(range.zone.name)),\
        "head":\(head.map(JSONText.quoted) ?? "null"),\
        "by":[\(headings.map(JSONText.quoted).joined(separator: ","))],"currency":"\(conversion.currency)",\
        "lines":[\(rows.map { json($0, forecastsLines ? forecast($0) : nil) }.joined(separator: ","))],\
        "total":\(hasTotal ? json(total, forecast(total)) : "null")}
        """
    }

    private func json(_ row: Row, _ forecast: Amount?) -> String {
        let keys = zip(headings, row.keys).enumerated().map { index, pair in
            "\"\(pair.0)\":\(JSONText.quoted(shown(pair.1, at: index))),"
        }
        return """
            {\(keys.joined())"calls":\(row.calls),"inputTokens":\(row.inputTokens),"outputTokens":\(row.outputTokens),\
            "costUsd":"\(row.cost)","savedUsd":"\(row.saved)","amount":"\(row.amount.text)",\
            "forecast":\(forecast.map { "\"\($0.text)\"" } ?? "null")}
            """
    }
}
