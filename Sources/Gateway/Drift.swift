import Budgeting
public import ExactMoney
import Ledger
import Upstream

/// How the books compare with upstream's own account: what the key has used, and what each model came to on each day.
///
/// Upstream tells days and models only to a management key; with any other the key's totals alone are compared.
public struct Drift: Sendable {
    public struct Line: Hashable, Sendable {
        public let day: String
        public let model: String
        public let upstream: MoneySum
        public let upstreamCalls: Int64
    }

    public struct Problem: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    /// The key's usage now, and since the books began to watch it.
    public let keyUsage: Money
    public let keyGrowth: MoneySum
    /// What the books explain of that growth: settled, and booked as outside spend.
    public let explained: MoneySum
    /// What open calls still hold.
    public let held: MoneySum
    /// Nil where upstream does not tell.
    public let activity: [Line]?
    /// This month by model, over all tenants, as the books have it.
    public let models: [(model: String, cost: MoneySum, calls: Int64)]

    /// The growth beyond what the books explain: above zero, something is not booked yet; below, something was booked above the
    /// bill.
    public var unexplained: MoneySum { keyGrowth - explained }
}

extension Reconciler {
    /// - Throws: ``Drift/Problem`` where upstream does not tell of the key.
    public static func drift(of gateway: Gateway) async throws -> Drift {
        let reader = try await gateway.reader()
        defer { reader.close() }
        guard let told = try? await reader.get("/key"), told.status == 200, let status = KeyStatus(told.bytes) else {
            throw Drift.Problem(description: "Upstream does not tell what the key has used.")
        }
        var lines: [Drift.Line]?
        if let told = try? await reader.get("/activity"), told.status == 200 {
            lines = ActivityReport(told.bytes)?.lines.map {
                Drift.Line(day: $0.day, model: $0.model, upstream: MoneySum($0.cost), upstreamCalls: $0.requests)
            }
        }
        let (activity, usage) = (lines, status.usage)
        return gateway.ledger.read { books, names, _, _ in
            var models: [String: (MoneySum, Int64)] = [:]
            let month = books.tallies.keys.map(\.window.start).max()
            for (id, tally) in books.tallies where id.window.start == month {
                let name = names.text(of: id.model)
                models[name, default: (.zero, 0)].0 = models[name, default: (.zero, 0)].0 + tally.cost
                models[name, default: (.zero, 0)].1 += tally.requests
            }
            let held = books.open.values.reduce(MoneySum.zero) { $0 + MoneySum($1.held) }
            return Drift(
                keyUsage: usage, keyGrowth: books.key.growth(to: usage), explained: books.key.explainedSoFar,
                held: held,
                activity: activity,
                models: models.sorted { $0.key < $1.key }.map { ($0.key, $0.value.0, $0.value.1) })
        }
    }
}
