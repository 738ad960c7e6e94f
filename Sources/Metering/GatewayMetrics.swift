import ExactMoney

/// What the gateway counts of itself. Every name and label of it is here.
///
/// All methods may be called from any thread. Those without a label cost an atomic addition or two; those with one also look it
/// up under a lock, so for what happens at every call there is ``LoopMetrics``.
///
/// Labels are bounded: the first 1000 tenants and the first 1000 models are named, later ones are `other`.
public final class GatewayMetrics: Sendable {
    public let registry: PrometheusRegistry

    let calls: Family<CounterSeries>
    let cost: Family<MoneySeries>
    let tokens: Family<CounterSeries>
    let callsInFlight: LevelSeries
    let refusals: Family<CounterSeries>
    let downgrades: Family<CounterSeries>
    let fallbacks: Family<CounterSeries>
    let breakers: Family<LevelSeries>
    let unresolved: Family<CounterSeries>
    let unresolvedCalls: LevelSeries
    let unresolvedMoney: MoneyLevelSeries
    let reconciled: Family<CounterSeries>
    let outsideSpend: MoneySeries
    let wait: HistogramSeries
    let commit: HistogramSeries
    let committedEntries: CounterSeries
    let overhead: HistogramSeries
    let catalogueFetched: GaugeSeries

    /// What exporters count.
    public let exports: ExportMetrics
    /// What stands in the budgets of tenants.
    public let budgets: BudgetMetrics

    let tenants = BoundedNames(most: 1_000)
    let models = BoundedNames(most: 1_000)
    /// Words of our own, of which there are a few dozen.
    let words = BoundedNames(most: 200)

    public init(_ registry: PrometheusRegistry = PrometheusRegistry()) {
        self.registry = registry
        exports = ExportMetrics(registry)
        budgets = BudgetMetrics(registry)
        func counter(_ name: String, _ help: String) -> Family<CounterSeries> {
            registry.family(name, help: help) { CounterSeries() }
        }
        func level(_ name: String, _ help: String) -> Family<LevelSeries> {
            registry.family(name, help: help) { LevelSeries() }
        }
        func histogram(_ name: String, _ scale: HistogramScale, _ help: String) -> HistogramSeries {
            registry.family(name, help: help) { HistogramSeries(scale) }.series()
        }
        calls = counter(
            "bursar_calls_total", "Calls by how they ended. The model is the one that served, else the one asked for.")
        cost = registry.family(
            "bursar_cost_usd_total", help: "What calls were charged, in USD, as booked in the ledger since the start."
        ) { MoneySeries() }
        tokens = counter("bursar_tokens_total", "Tokens that calls were charged for, as the provider counts them.")
        callsInFlight = level("bursar_calls_in_flight", "Calls that have begun and not ended.").series()
        refusals = counter(
            "bursar_refusals_total", "Requests that the gateway answered with an error of its own, by its reason.")
        downgrades = counter("bursar_downgrades_total", "Calls that a budget moved away from the model asked for.")
        fallbacks = counter("bursar_fallbacks_total", "Calls that a failure of a model moved on to the next one.")
        breakers = level("bursar_breaker_state", "A model's circuit breaker: 0 closed, 1 half-open, 2 open.")
        unresolved = counter(
            "bursar_unresolved_total", "Reservations whose true cost was not known when their call ended.")
        unresolvedCalls = level("bursar_unresolved_calls", "Reservations whose true cost is not known now.").series()
        unresolvedMoney = registry.family(
            "bursar_unresolved_usd", help: "What they hold, in USD; it counts as spent until they are reconciled."
        ) { MoneyLevelSeries() }.series()
        reconciled = counter(
            "bursar_reconciled_total", "What became known of unresolved calls, by what told it.")
        outsideSpend = registry.family(
            "bursar_outside_spend_usd_total", help: "What others spent on the upstream key, in USD, as booked."
        ) { MoneySeries() }.series()
        wait = histogram(
            "bursar_reservation_wait_seconds", .seconds,
            "How long calls waited for money held by others, those that waited.")
        commit = histogram("bursar_commit_seconds", .shortSeconds, "How long the ledger took to make a batch durable.")
        committedEntries = counter("bursar_committed_entries_total", "Entries that the ledger made durable.").series()
        overhead = histogram(
            "bursar_overhead_seconds", .shortSeconds,
            "What the gateway added to a call: from the request read to its dispatch, less the wait for held money.")
        catalogueFetched = registry.family(
            "bursar_catalogue_fetched_timestamp_seconds", help: "When the catalogue in use was fetched, in Unix time."
        ) { GaugeSeries() }.series()
    }
}
