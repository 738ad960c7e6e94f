public import ExactMoney

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
    let callsInFlight: LevelSeries
    private let refusals: Family<CounterSeries>
    private let downgrades: Family<CounterSeries>
    private let fallbacks: Family<CounterSeries>
    private let breakers: Family<LevelSeries>
    private let unresolved: Family<CounterSeries>
    private let unresolvedCalls: LevelSeries
    private let unresolvedMoney: MoneyLevelSeries
    private let wait: HistogramSeries
    private let commit: HistogramSeries
    private let committedEntries: CounterSeries
    private let overhead: HistogramSeries
    private let catalogueFetched: GaugeSeries

    private let tenants = BoundedNames(most: 1_000)
    private let models = BoundedNames(most: 1_000)
    /// Words of our own, of which there are a few dozen.
    private let words = BoundedNames(most: 200)

    public init(_ registry: PrometheusRegistry = PrometheusRegistry()) {
        self.registry = registry
        func counter(_ name: String, _ help: String) -> Family<CounterSeries> {
            registry.family(name, help: help) { CounterSeries() }
        }
        func level(_ name: String, _ help: String) -> Family<LevelSeries> {
            registry.family(name, help: help) { LevelSeries() }
        }
        func histogram(_ name: String, _ scale: HistogramScale, _ help: String) -> HistogramSeries {
            registry.family(name, help: help) { HistogramSeries(scale) }.series()
        }
        calls = counter("bursar_calls_total", "Calls by how they ended. The model is the one that served, else the one asked for.")
        cost = registry.family(
            "bursar_cost_usd_total", help: "What calls were charged, in USD, as booked in the ledger since the start."
        ) { MoneySeries() }
        callsInFlight = level("bursar_calls_in_flight", "Calls that have begun and not ended.").series()
        refusals = counter("bursar_refusals_total", "Requests that the gateway refused, by its reason.")
        downgrades = counter("bursar_downgrades_total", "Calls that a budget moved away from the model asked for.")
        fallbacks = counter("bursar_fallbacks_total", "Calls that a failure of a model moved on to the next one.")
        breakers = level("bursar_breaker_state", "A model's circuit breaker: 0 closed, 1 half-open, 2 open.")
        unresolved = counter("bursar_unresolved_total", "Reservations whose true cost was not known when their call ended.")
        unresolvedCalls = level("bursar_unresolved_calls", "Reservations whose true cost is not known now.").series()
        unresolvedMoney = registry.family(
            "bursar_unresolved_usd", help: "What they hold, in USD; it counts as spent until they are reconciled."
        ) { MoneyLevelSeries() }.series()
        wait = histogram(
            "bursar_reservation_wait_seconds", .seconds, "How long calls waited for money held by others, those that waited.")
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

// MARK: - Calls

extension GatewayMetrics {
    /// How a call ended, for the client.
    public enum Outcome: String, Sendable, CaseIterable {
        /// It has the whole answer.
        case answered
        /// Its answer had begun and broke off upstream.
        case broken
        /// The gateway refused it, and nothing was sent upstream.
        case refused
        /// Upstream failed or refused it.
        case failed
        /// The client left, or took nothing.
        case abandoned
        /// The gateway's time to drain was over.
        case cut
    }

    /// A call began; it ends with ``callEnded(tenant:model:outcome:cost:)`` here or at a loop.
    public func callBegan() { callsInFlight.rise() }

    /// - Parameter cost: what was booked; nil where nothing was, or it is not known.
    public func callEnded(tenant: String, model: String, outcome: Outcome, cost: Money?) {
        ended(series(tenant: tenant, model: model, outcome: outcome), cost)
    }

    /// A cost that became known after its call had ended.
    public func reconciled(tenant: String, model: String, cost: Money) {
        self.cost.series(labels(tenant: tenant, model: model)).add(cost)
    }

    /// What the end of a call counts on.
    struct CallSeries {
        let calls: CounterSeries
        let cost: MoneySeries
    }

    func ended(_ series: CallSeries, _ cost: Money?) {
        callsInFlight.fall()
        series.calls.increment(by: 1)
        if let cost { series.cost.add(cost) }
    }

    func series(tenant: String, model: String, outcome: Outcome) -> CallSeries {
        let labels = labels(tenant: tenant, model: model)
        return CallSeries(
            calls: calls.series(labels + [("outcome", outcome.rawValue)]), cost: cost.series(labels))
    }

    private func labels(tenant: String, model: String) -> [(name: String, value: String)] {
        [("tenant", tenants.bounded(tenant)), ("model", models.bounded(model))]
    }
}

// MARK: - Decisions

extension GatewayMetrics {
    public enum BreakerState: Int64, Sendable {
        case closed = 0
        case halfOpen = 1
        case open = 2
    }

    /// - Parameter reason: `metadata.reason` of the refusal.
    public func refused(reason: String) {
        refusals.series([("reason", words.bounded(reason))]).increment(by: 1)
    }

    /// - Parameter model: the one asked for.
    public func downgraded(from model: String) {
        downgrades.series([("model", models.bounded(model))]).increment(by: 1)
    }

    /// - Parameters:
    ///   - model: the one that failed.
    ///   - why: one word, as in `attempts[]`.
    public func fellBack(from model: String, why: String) {
        fallbacks.series([("model", models.bounded(model)), ("why", words.bounded(why))]).increment(by: 1)
    }

    /// To be told when it changes.
    public func breaker(model: String, state: BreakerState) {
        breakers.series([("model", models.bounded(model))]).set(state.rawValue)
    }
}

// MARK: - Money that is held, and time

extension GatewayMetrics {
    public func leftUnresolved(model: String) {
        unresolved.series([("model", models.bounded(model))]).increment(by: 1)
    }

    /// What the books hold unresolved now; to be told before a scrape.
    public func unresolved(calls: Int, holding money: MoneySum) {
        unresolvedCalls.set(Int64(calls))
        unresolvedMoney.set(money)
    }

    public func waited(nanoseconds: Int64) { wait.observe(nanoseconds) }

    public func committed(nanoseconds: Int64, entries: Int) {
        commit.observe(nanoseconds)
        committedEntries.increment(by: Int64(entries))
    }

    public func overhead(nanoseconds: Int64) { overhead.observe(nanoseconds) }

    /// The time rather than the age: it stays true between two scrapes, and when fetching has stopped.
    /// https://prometheus.io/docs/practices/instrumentation/#timestamps-not-time-since
    public func catalogueFetched(atMilliseconds unixTime: Int64) {
        catalogueFetched.set(Double(unixTime) / 1_000)
    }
}
