public import ExactMoney

/// What stands in the budgets of tenants, by window: a view of the books, to be taken before a scrape. Without a cap there is no
/// series. The first thousand tenants only: levels of others cannot be added up to anything true.
public final class BudgetMetrics: Sendable {
    private let cap: Family<MoneyLevelSeries>
    private let used: Family<MoneyLevelSeries>
    private let reserved: Family<MoneyLevelSeries>
    private let remaining: Family<MoneyLevelSeries>
    private let state: Family<LevelSeries>
    private let tenants = BoundedNames(most: 1_000)

    public init(_ registry: PrometheusRegistry) {
        func level(_ name: String, _ help: String) -> Family<MoneyLevelSeries> {
            registry.family(name, help: help) { MoneyLevelSeries() }
        }
        cap = level("bursar_budget_cap_usd", "What a tenant's budget allows in its present window, in USD.")
        used = level("bursar_budget_used_usd", "What of it is settled or unresolved.")
        reserved = level("bursar_budget_reserved_usd", "What of it is held by calls in flight.")
        remaining = level("bursar_budget_remaining_usd", "What is left of it; below zero where a cap was lowered.")
        state = registry.family(
            "bursar_budget_state", help: "Where it stands: 0 active, 1 warned, 2 degraded, 3 stopped."
        ) { LevelSeries() }
    }

    /// One budget as it stands now.
    public struct Window: Sendable {
        /// `day` or `month`.
        public var name: String
        public var cap: Money
        public var used: MoneySum
        public var reserved: MoneySum
        public var state: Int64

        public init(name: String, cap: Money, used: MoneySum, reserved: MoneySum, state: Int64) {
            self.name = name
            self.cap = cap
            self.used = used
            self.reserved = reserved
            self.state = state
        }
    }

    public func report(_ tenant: String, _ window: Window) {
        guard tenants.bounded(tenant) == tenant else { return }
        let labels = [(name: "tenant", value: tenant), (name: "window", value: window.name)]
        cap.series(labels).set(MoneySum(window.cap))
        used.series(labels).set(window.used)
        reserved.series(labels).set(window.reserved)
        remaining.series(labels).set(MoneySum(window.cap) - window.used - window.reserved)
        state.series(labels).set(window.state)
    }
}
