import ExactMoney
import Metering
import Testing

/// The gateway's own names and labels, to the byte: dashboards and alarms outside the project rely on them.
struct GatewayMetricsTests {
    let metrics = GatewayMetrics()

    @Test func writesWhatHappened() {
        tellAStory()
        #expect(metrics.registry.text() == GatewayMetricsTests.golden)
    }

    @Test(.enabled(if: Promtool.isInstalled, Promtool.reason)) func isLikedByPromtool() throws {
        tellAStory()
        #expect(try Promtool.complaints(of: metrics.registry.text()) == "")
    }

    @Test(.enabled(if: Promtool.isInstalled, Promtool.reason)) func isLikedByPromtoolBeforeAnythingHappened() throws {
        #expect(try Promtool.complaints(of: metrics.registry.text()) == "")
    }

    private func tellAStory() {
        let loop = LoopMetrics(metrics)
        for _ in 0..<4 { metrics.callBegan() }
        loop.callEnded(
            tenant: "acme", model: "openai/gpt-5", outcome: .answered, cost: Money(nanodollars: 13_750),
            tokens: .init(input: 9, output: 2))
        metrics.callEnded(tenant: "acme", model: "openai/gpt-5", outcome: .abandoned, cost: nil)
        loop.callEnded(tenant: "zeta", model: "openai/gpt-5", outcome: .refused, cost: nil)
        metrics.reconciled(tenant: "acme", model: "openai/gpt-5", cost: Money(nanodollars: 2_000_000_000))
        metrics.refused(reason: "budget_exceeded")
        metrics.downgraded(from: "openai/gpt-5")
        metrics.fellBack(from: "openai/gpt-5", why: "timeout")
        metrics.breaker(model: "openai/gpt-5", state: .open)
        metrics.leftUnresolved(model: "openai/gpt-5")
        metrics.unresolved(calls: 2, holding: MoneySum(nanodollars: 1_500_000_000))
        metrics.budgets.report(
            "acme",
            .init(
                name: "day", cap: Money(nanodollars: 5_000_000_000), used: MoneySum(nanodollars: 4_000_000_000),
                reserved: MoneySum(nanodollars: 500_000_000), state: 1))
        metrics.exports.report("loki", .init(sent: 3, failures: 1, dropped: 0), behind: 2, lagMilliseconds: 1_500)
        metrics.reconciled(by: "generation")
        metrics.spentOutside(Money(nanodollars: 500_000_000))
        metrics.waited(nanoseconds: 750_000_000)
        metrics.committed(nanoseconds: 1_800_000, entries: 3)
        metrics.overhead(nanoseconds: 120_000)
        metrics.catalogueFetched(atMilliseconds: 1_764_000_000_250)
    }

    static let golden = """
        # HELP bursar_breaker_state A model's circuit breaker: 0 closed, 1 half-open, 2 open.
        # TYPE bursar_breaker_state gauge
        bursar_breaker_state{model="openai/gpt-5"} 2
        # HELP bursar_budget_cap_usd What a tenant's budget allows in its present window, in USD.
        # TYPE bursar_budget_cap_usd gauge
        bursar_budget_cap_usd{tenant="acme",window="day"} 5
        # HELP bursar_budget_remaining_usd What is left of it; below zero where a cap was lowered.
        # TYPE bursar_budget_remaining_usd gauge
        bursar_budget_remaining_usd{tenant="acme",window="day"} 0.5
        # HELP bursar_budget_reserved_usd What of it is held by calls in flight.
        # TYPE bursar_budget_reserved_usd gauge
        bursar_budget_reserved_usd{tenant="acme",window="day"} 0.5
        # HELP bursar_budget_state Where it stands: 0 active, 1 warned, 2 degraded, 3 stopped.
        # TYPE bursar_budget_state gauge
        bursar_budget_state{tenant="acme",window="day"} 1
        # HELP bursar_budget_used_usd What of it is settled or unresolved.
        # TYPE bursar_budget_used_usd gauge
        bursar_budget_used_usd{tenant="acme",window="day"} 4
        # HELP bursar_calls_in_flight Calls that have begun and not ended.
        # TYPE bursar_calls_in_flight gauge
        bursar_calls_in_flight 1
        # HELP bursar_calls_total Calls by how they ended. The model is the one that served, else the one asked for.
        # TYPE bursar_calls_total counter
        bursar_calls_total{tenant="acme",model="openai/gpt-5",outcome="abandoned"} 1
        bursar_calls_total{tenant="acme",model="openai/gpt-5",outcome="answered"} 1
        bursar_calls_total{tenant="zeta",model="openai/gpt-5",outcome="refused"} 1
        # HELP bursar_catalogue_fetched_timestamp_seconds When the catalogue in use was fetched, in Unix time.
        # TYPE bursar_catalogue_fetched_timestamp_seconds gauge
        bursar_catalogue_fetched_timestamp_seconds 1764000000.25
        # HELP bursar_commit_seconds How long the ledger took to make a batch durable.
        # TYPE bursar_commit_seconds histogram
        bursar_commit_seconds_bucket{le="0.00005"} 0
        bursar_commit_seconds_bucket{le="0.0001"} 0
        bursar_commit_seconds_bucket{le="0.00025"} 0
        bursar_commit_seconds_bucket{le="0.0005"} 0
        bursar_commit_seconds_bucket{le="0.001"} 0
        bursar_commit_seconds_bucket{le="0.0025"} 1
        bursar_commit_seconds_bucket{le="0.005"} 1
        bursar_commit_seconds_bucket{le="0.01"} 1
        bursar_commit_seconds_bucket{le="0.025"} 1
        bursar_commit_seconds_bucket{le="0.05"} 1
        bursar_commit_seconds_bucket{le="0.1"} 1
        bursar_commit_seconds_bucket{le="0.25"} 1
        bursar_commit_seconds_bucket{le="0.5"} 1
        bursar_commit_seconds_bucket{le="1"} 1
        bursar_commit_seconds_bucket{le="+Inf"} 1
        bursar_commit_seconds_sum 0.0018
        bursar_commit_seconds_count 1
        # HELP bursar_committed_entries_total Entries that the ledger made durable.
        # TYPE bursar_committed_entries_total counter
        bursar_committed_entries_total 3
        # HELP bursar_cost_usd_total What calls were charged, in USD, as booked in the ledger since the start.
        # TYPE bursar_cost_usd_total counter
        bursar_cost_usd_total{tenant="acme",model="openai/gpt-5"} 2.00001375
        bursar_cost_usd_total{tenant="zeta",model="openai/gpt-5"} 0
        # HELP bursar_downgrades_total Calls that a budget moved away from the model asked for.
        # TYPE bursar_downgrades_total counter
        bursar_downgrades_total{model="openai/gpt-5"} 1
        # HELP bursar_export_behind Receipts, or messages, that wait to be sent.
        # TYPE bursar_export_behind gauge
        bursar_export_behind{sink="loki"} 2
        # HELP bursar_export_dropped_total Receipts, or messages, that a sink refused for good.
        # TYPE bursar_export_dropped_total counter
        bursar_export_dropped_total{sink="loki"} 0
        # HELP bursar_export_failures_total Attempts to send to a sink that failed.
        # TYPE bursar_export_failures_total counter
        bursar_export_failures_total{sink="loki"} 1
        # HELP bursar_export_lag_seconds How long the oldest of them has waited.
        # TYPE bursar_export_lag_seconds gauge
        bursar_export_lag_seconds{sink="loki"} 1.5
        # HELP bursar_export_sent_total Receipts, or messages, that arrived at a sink.
        # TYPE bursar_export_sent_total counter
        bursar_export_sent_total{sink="loki"} 3
        # HELP bursar_fallbacks_total Calls that a failure of a model moved on to the next one.
        # TYPE bursar_fallbacks_total counter
        bursar_fallbacks_total{model="openai/gpt-5",why="timeout"} 1
        # HELP bursar_outside_spend_usd_total What others spent on the upstream key, in USD, as booked.
        # TYPE bursar_outside_spend_usd_total counter
        bursar_outside_spend_usd_total 0.5
        # HELP bursar_overhead_seconds What the gateway added to a call: from the request read to its dispatch, less the wait for held money.
        # TYPE bursar_overhead_seconds histogram
        bursar_overhead_seconds_bucket{le="0.00005"} 0
        bursar_overhead_seconds_bucket{le="0.0001"} 0
        bursar_overhead_seconds_bucket{le="0.00025"} 1
        bursar_overhead_seconds_bucket{le="0.0005"} 1
        bursar_overhead_seconds_bucket{le="0.001"} 1
        bursar_overhead_seconds_bucket{le="0.0025"} 1
        bursar_overhead_seconds_bucket{le="0.005"} 1
        bursar_overhead_seconds_bucket{le="0.01"} 1
        bursar_overhead_seconds_bucket{le="0.025"} 1
        bursar_overhead_seconds_bucket{le="0.05"} 1
        bursar_overhead_seconds_bucket{le="0.1"} 1
        bursar_overhead_seconds_bucket{le="0.25"} 1
        bursar_overhead_seconds_bucket{le="0.5"} 1
        bursar_overhead_seconds_bucket{le="1"} 1
        bursar_overhead_seconds_bucket{le="+Inf"} 1
        bursar_overhead_seconds_sum 0.00012
        bursar_overhead_seconds_count 1
        # HELP bursar_reconciled_total What became known of unresolved calls, by what told it.
        # TYPE bursar_reconciled_total counter
        bursar_reconciled_total{evidence="generation"} 1
        # HELP bursar_refusals_total Requests that the gateway answered with an error of its own, by its reason.
        # TYPE bursar_refusals_total counter
        bursar_refusals_total{reason="budget_exceeded"} 1
        # HELP bursar_reservation_wait_seconds How long calls waited for money held by others, those that waited.
        # TYPE bursar_reservation_wait_seconds histogram
        bursar_reservation_wait_seconds_bucket{le="0.001"} 0
        bursar_reservation_wait_seconds_bucket{le="0.0025"} 0
        bursar_reservation_wait_seconds_bucket{le="0.005"} 0
        bursar_reservation_wait_seconds_bucket{le="0.01"} 0
        bursar_reservation_wait_seconds_bucket{le="0.025"} 0
        bursar_reservation_wait_seconds_bucket{le="0.05"} 0
        bursar_reservation_wait_seconds_bucket{le="0.1"} 0
        bursar_reservation_wait_seconds_bucket{le="0.25"} 0
        bursar_reservation_wait_seconds_bucket{le="0.5"} 0
        bursar_reservation_wait_seconds_bucket{le="1"} 1
        bursar_reservation_wait_seconds_bucket{le="2.5"} 1
        bursar_reservation_wait_seconds_bucket{le="5"} 1
        bursar_reservation_wait_seconds_bucket{le="10"} 1
        bursar_reservation_wait_seconds_bucket{le="30"} 1
        bursar_reservation_wait_seconds_bucket{le="60"} 1
        bursar_reservation_wait_seconds_bucket{le="+Inf"} 1
        bursar_reservation_wait_seconds_sum 0.75
        bursar_reservation_wait_seconds_count 1
        # HELP bursar_tokens_total Tokens that calls were charged for, as the provider counts them.
        # TYPE bursar_tokens_total counter
        bursar_tokens_total{tenant="acme",model="openai/gpt-5",type="input"} 9
        bursar_tokens_total{tenant="acme",model="openai/gpt-5",type="output"} 2
        bursar_tokens_total{tenant="zeta",model="openai/gpt-5",type="input"} 0
        bursar_tokens_total{tenant="zeta",model="openai/gpt-5",type="output"} 0
        # HELP bursar_unresolved_calls Reservations whose true cost is not known now.
        # TYPE bursar_unresolved_calls gauge
        bursar_unresolved_calls 2
        # HELP bursar_unresolved_total Reservations whose true cost was not known when their call ended.
        # TYPE bursar_unresolved_total counter
        bursar_unresolved_total{model="openai/gpt-5"} 1
        # HELP bursar_unresolved_usd What they hold, in USD; it counts as spent until they are reconciled.
        # TYPE bursar_unresolved_usd gauge
        bursar_unresolved_usd 1.5

        """
}
