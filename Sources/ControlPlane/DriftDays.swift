import Budgeting
import ExactMoney
import Gateway
import Receipts

/// The ledger beside upstream's account, day by day (UTC) and model by model.
///
/// A call counts here on the day on which it was admitted, upstream on the one on which it ended; so a difference around midnight
/// may stand again, the other way round, on the next day.
struct DriftDays: Hashable, Sendable {
    struct Row: Hashable, Sendable {
        let day: String
        let model: String
        var upstream = MoneySum.zero
        var upstreamCalls: Int64 = 0
        var ledger = MoneySum.zero
        var ledgerCalls: Int64 = 0

        /// Above zero: upstream charged more than is booked.
        var drift: MoneySum { upstream - ledger }
    }

    private struct Key: Hashable, Comparable {
        let day: String
        let model: String

        static func < (lhs: Key, rhs: Key) -> Bool { (lhs.day, lhs.model) < (rhs.day, rhs.model) }
    }

    /// In the order of days, then of models.
    let rows: [Row]

    /// The first day that upstream tells of; nil where it tells of none.
    static func firstDay(of activity: [Drift.Line]) -> String? { activity.map(\.day).min() }

    /// - Parameters:
    ///   - activity: a line for each day, model and provider.
    ///   - ledger: by day and model, in that order of keys.
    ///   - today: is not over, so what upstream does not tell of it is no difference.
    ///   - name: the name under which the ledger knows a model that upstream names.
    init(_ activity: [Drift.Line], ledger: [ReportLine], today: String, name: (String) -> String) {
        var rows: [Key: Row] = [:]
        for line in activity {
            let key = Key(day: line.day, model: name(line.model))
            var row = rows[key] ?? Row(day: key.day, model: key.model)
            row.upstream = row.upstream + line.upstream
            row.upstreamCalls += line.upstreamCalls
            rows[key] = row
        }
        let days = Set(activity.map(\.day))
        let first = days.min() ?? today
        for line in ledger {
            let key = Key(day: String(line.keys[0].prefix(10)), model: line.keys[1])
            guard key.day >= first, days.contains(key.day) || key.day < today else { continue }
            var row = rows[key] ?? Row(day: key.day, model: key.model)
            row.ledger = row.ledger + MoneySum(line.cost)
            row.ledgerCalls += line.calls
            rows[key] = row
        }
        self.rows = rows.sorted { $0.key < $1.key }.map(\.value)
    }
}
