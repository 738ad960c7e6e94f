import ExactMoney
import Receipts
import Upstream

/// What was spent, by some keys, in a report's currency.
struct SpendReport {
    struct Row {
        /// In the order of ``SpendReport/by``.
        var keys: [String]
        var calls: Int64 = 0
        var inputTokens: Int64 = 0
        var outputTokens: Int64 = 0
        /// The ledger's own.
        var cost = MoneySum.zero
        var saved = MoneySum.zero
        var amount = Amount.zero
    }

    /// One sum as it was read: by what is asked, and by tenant where the conversion has to know whose it is.
    struct Line {
        var keys: [String]
        var calls: Int64
        var inputTokens: Int64
        var outputTokens: Int64
        var cost: Money
        var saved: Money
    }

    let by: [ReportKey]
    let range: ReportRange
    let conversion: Conversion
    /// Where the ledger's hash chain stood; nil where an older gateway did not say.
    let head: String?
    private(set) var rows: [Row] = []
    private(set) var total = Row(keys: [])

    /// - Parameters:
    ///   - lines: keyed by `asked`.
    ///   - asked: `by`, with the tenant at its end where the conversion asks for it and `by` does not have it.
    init(
        _ lines: [Line], asked: [ReportKey], by: [ReportKey], range: ReportRange, conversion: Conversion, head: String?
    ) throws(Conversion.Problem) {
        self.by = by
        self.range = range
        self.conversion = conversion
        self.head = head
        let tenant = asked.firstIndex(of: .tenant)
        var places: [[String]: Int] = [:]
        for line in lines {
            let keys = Array(line.keys.prefix(by.count))
            let amount = try conversion.amount(of: line.cost, tenant: tenant.map { line.keys[$0] })
            if places[keys] == nil {
                places[keys] = rows.count
                rows.append(Row(keys: keys))
            }
            rows[places[keys] ?? 0].add(line, amount)
            total.add(line, amount)
        }
        if !by.contains(.day), !by.contains(.hour) {
            rows.sort { ($1.amount, $0.keys.joined()) < ($0.amount, $1.keys.joined()) }
        }
    }

    /// A sum over tags would count a call once for each of its tags.
    var hasTotal: Bool { !by.contains(.tag) }

    /// What the month comes to at this pace; nil for a range that is over, or has hardly begun.
    func forecast(_ row: Row) -> Amount? {
        guard let pace = range.pace else { return nil }
        return row.amount.extrapolated(from: pace.over, to: pace.whole)
    }

    /// Whether each line has a forecast of its own: a day's has none.
    var forecastsLines: Bool { range.pace != nil && !by.contains(.day) && !by.contains(.hour) }
}

extension SpendReport.Row {
    fileprivate mutating func add(_ line: SpendReport.Line, _ more: Amount) {
        calls += line.calls
        inputTokens += line.inputTokens
        outputTokens += line.outputTokens
        cost += line.cost
        saved += line.saved
        amount = amount + more
    }
}

extension SpendReport.Line {
    init(_ line: ReportLine) {
        self.init(
            keys: line.keys, calls: line.calls, inputTokens: line.inputTokens, outputTokens: line.outputTokens,
            cost: line.cost, saved: line.saved)
    }

    /// A line of `GET /api/admin/spend`; nil for anything else.
    init?(_ line: JSONValue, _ asked: [ReportKey]) {
        func money(_ name: String) -> Money? { line[name]?.string.flatMap { try? Money(usd: $0, rounding: .halfUp) } }
        guard let calls = line["calls"]?.integer, let input = line["inputTokens"]?.integer,
            let output = line["outputTokens"]?.integer, let cost = money("costUsd"), let saved = money("savedUsd")
        else { return nil }
        self.init(
            keys: asked.map { line[$0.rawValue]?.string ?? "" }, calls: calls, inputTokens: input,
            outputTokens: output, cost: cost, saved: saved)
    }
}
