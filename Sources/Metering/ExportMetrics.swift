import Synchronization

/// What exporters count: how much arrived, how often it failed, and how far behind they are. To be told before a scrape.
public final class ExportMetrics: Sendable {
    private let sent: Family<CounterSeries>
    private let failures: Family<CounterSeries>
    private let dropped: Family<CounterSeries>
    private let behind: Family<LevelSeries>
    private let lag: Family<GaugeSeries>
    /// What was told last, by sink: counters take what came since.
    private let told = Mutex<[String: Totals]>([:])

    /// Of one sink since the start.
    public struct Totals: Hashable, Sendable {
        public var sent: Int64
        public var failures: Int64
        public var dropped: Int64

        public init(sent: Int64, failures: Int64, dropped: Int64) {
            self.sent = sent
            self.failures = failures
            self.dropped = dropped
        }
    }

    public init(_ registry: PrometheusRegistry) {
        func counter(_ name: String, _ help: String) -> Family<CounterSeries> {
            registry.family(name, help: help) { CounterSeries() }
        }
        sent = counter("bursar_export_sent_total", "Receipts, or messages, that arrived at a sink.")
        failures = counter("bursar_export_failures_total", "Attempts to send to a sink that failed.")
        dropped = counter("bursar_export_dropped_total", "Receipts, or messages, that a sink refused for good.")
        behind = registry.family("bursar_export_behind", help: "Receipts, or messages, that wait to be sent.") {
            LevelSeries()
        }
        lag = registry.family("bursar_export_lag_seconds", help: "How long the oldest of them has waited.") {
            GaugeSeries()
        }
    }

    public func report(_ sink: String, _ totals: Totals, behind: Int64, lagMilliseconds: Int64) {
        let labels = [(name: "sink", value: sink)]
        let last = told.withLock { told in
            defer { told[sink] = totals }
            return told[sink] ?? Totals(sent: 0, failures: 0, dropped: 0)
        }
        sent.series(labels).increment(by: totals.sent - last.sent)
        failures.series(labels).increment(by: totals.failures - last.failures)
        dropped.series(labels).increment(by: totals.dropped - last.dropped)
        self.behind.series(labels).set(behind)
        lag.series(labels).set(Double(lagMilliseconds) / 1_000)
    }
}
