import CoreMetrics
import Metering
import Testing

/// The text, to the byte.
struct PrometheusTextTests {
    let registry = PrometheusRegistry()

    @Test func writesEveryKindOfMetric() {
        Counter(label: "jobs.done", dimensions: [("queue", "mail"), ("kind", "slow")], factory: registry).increment(
            by: 3)
        Counter(label: "jobs.done", dimensions: [("queue", "mail"), ("kind", "fast")], factory: registry).increment()
        Gauge(label: "temperature", factory: registry).record(-1.5)
        Meter(label: "open.files", factory: registry).increment(by: 7)
        Timer(label: "job.time", dimensions: [("queue", "mail")], factory: registry).recordNanoseconds(2_500_001)
        Recorder(label: "job.size", factory: registry).record(12.25)
        #expect(registry.text() == PrometheusTextTests.golden)
    }

    @Test func writesNothingWhereNothingIsCounted() {
        #expect(registry.text().isEmpty)
    }

    @Test func isTheSameTextInWhateverOrderThingsWereMade() {
        let reversed = PrometheusRegistry()
        let names = (0..<50).map { "metric_\($0)" }
        for name in names { makeBoth(name, registry) }
        for name in names.reversed() { makeBoth(name, reversed) }
        #expect(registry.text() == reversed.text())
    }

    private func makeBoth(_ name: String, _ registry: PrometheusRegistry) {
        for value in ["b", "a"] { Counter(label: name, dimensions: [("x", value)], factory: registry).increment() }
    }

    @Test(.enabled(if: Promtool.isInstalled, Promtool.reason)) func isLikedByPromtool() throws {
        let complaints = try Promtool.complaints(of: PrometheusTextTests.golden)
        #expect(complaints == "")
    }

    @Test(.enabled(if: Promtool.isInstalled, Promtool.reason)) func isDislikedByPromtoolWhereItIsBroken() throws {
        let complaints = try Promtool.complaints(of: "jobs_done_total{a=\"b\" 1\n")
        #expect(complaints != "")
    }

    static let golden = """
        # HELP job_size job.size
        # TYPE job_size histogram
        job_size_bucket{le="1"} 0
        job_size_bucket{le="10"} 0
        job_size_bucket{le="100"} 1
        job_size_bucket{le="1000"} 1
        job_size_bucket{le="10000"} 1
        job_size_bucket{le="100000"} 1
        job_size_bucket{le="1000000"} 1
        job_size_bucket{le="10000000"} 1
        job_size_bucket{le="100000000"} 1
        job_size_bucket{le="1000000000"} 1
        job_size_bucket{le="+Inf"} 1
        job_size_sum 12.25
        job_size_count 1
        # HELP job_time_seconds job.time
        # TYPE job_time_seconds histogram
        job_time_seconds_bucket{queue="mail",le="0.001"} 0
        job_time_seconds_bucket{queue="mail",le="0.0025"} 0
        job_time_seconds_bucket{queue="mail",le="0.005"} 1
        job_time_seconds_bucket{queue="mail",le="0.01"} 1
        job_time_seconds_bucket{queue="mail",le="0.025"} 1
        job_time_seconds_bucket{queue="mail",le="0.05"} 1
        job_time_seconds_bucket{queue="mail",le="0.1"} 1
        job_time_seconds_bucket{queue="mail",le="0.25"} 1
        job_time_seconds_bucket{queue="mail",le="0.5"} 1
        job_time_seconds_bucket{queue="mail",le="1"} 1
        job_time_seconds_bucket{queue="mail",le="2.5"} 1
        job_time_seconds_bucket{queue="mail",le="5"} 1
        job_time_seconds_bucket{queue="mail",le="10"} 1
        job_time_seconds_bucket{queue="mail",le="30"} 1
        job_time_seconds_bucket{queue="mail",le="60"} 1
        job_time_seconds_bucket{queue="mail",le="+Inf"} 1
        job_time_seconds_sum{queue="mail"} 0.002500001
        job_time_seconds_count{queue="mail"} 1
        # HELP jobs_done_total jobs.done
        # TYPE jobs_done_total counter
        jobs_done_total{kind="fast",queue="mail"} 1
        jobs_done_total{kind="slow",queue="mail"} 3
        # HELP open_files open.files
        # TYPE open_files gauge
        open_files 7
        # HELP temperature temperature
        # TYPE temperature gauge
        temperature -1.5

        """
}
