import CoreMetrics
import Testing

@testable import Metering

/// What may stand in a name, a label and a number.
struct NamesAndValuesTests {
    let registry = PrometheusRegistry()

    @Test(arguments: [
        ("plain", "plain"), (#"back\slash"#, #"back\\slash"#), (#"a "quote""#, #"a \"quote\""#),
        ("two\nlines", #"two\nlines"#), ("\r\n", "\r\\n"), ("{a=\"b\",}", #"{a=\"b\",}"#), ("", ""),
        ("grün ✓", "grün ✓"),
    ])
    func escapesValuesOfLabels(value: String, written: String) {
        #expect(Exposition.labels([("name", value)]) == "name=\"\(written)\"")
    }

    @Test func escapesHelpButNotItsQuotes() {
        var text = Exposition()
        text.begin("x", .gauge, help: "a \"b\" \\ c\nd")
        #expect(text.text == "# HELP x a \"b\" \\\\ c\\nd\n# TYPE x gauge\n")
    }

    @Test(.enabled(if: Promtool.isInstalled, Promtool.reason)) func escapesSoThatPromtoolCanRead() throws {
        for value in ["\\", "\"", "\n", "\r\n", "\\n", "\\\"", "} 1", "ü"] {
            Counter(label: "odd", dimensions: [("value", value)], factory: registry).increment()
        }
        let complaints = try Promtool.complaints(of: registry.text())
        #expect(complaints == "")
    }

    @Test(arguments: [
        ("http.server.active-requests", "http_server_active_requests"), ("7up", "_7up"), ("", "_"), ("größe", "gr__e"),
    ])
    func makesNamesPrometheusOwn(label: String, name: String) {
        #expect(MetricName.text(label) == name)
    }

    @Test(arguments: [("http.route", "http_route"), ("le", "le_"), ("__name__", "label__name__"), ("1st", "_1st")])
    func keepsLabelsClearOfReservedNames(label: String, name: String) {
        #expect(MetricName.label(label) == name)
    }

    @Test func doesNotWriteAnEndingTwice() {
        #expect(MetricName.text("jobs_total", ending: "_total") == "jobs_total")
        #expect(MetricName.text("job.seconds", ending: "_seconds") == "job_seconds")
    }

    @Test func keepsLabelsApartThatBecomeTheSame() {
        Counter(label: "x", dimensions: [("a.b", "1"), ("a_b", "2")], factory: registry).increment()
        #expect(registry.text().hasSuffix("x_total{a_b=\"1\",a_b_=\"2\"} 1\n"))
    }

    @Test func takesDimensionsInAnyOrderForTheSameSeries() {
        Counter(label: "x", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "x", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(registry.text().hasSuffix("TYPE x_total counter\nx_total{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (3, "3"), (0.1, "0.1"), (1e300, "1e+300"), (-2.5e-9, "-2.5e-09"),
            (.infinity, "+Inf"),
            (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func writesNumbersAsPrometheusReadsThem(value: Double, written: String) {
        #expect(Exposition.number(value) == written)
    }

    @Test func refusesOneNameForTwoKinds() async {
        await #expect(processExitsWith: .failure) {
            let registry = PrometheusRegistry()
            Gauge(label: "x", factory: registry).record(1)
            Recorder(label: "x", factory: registry).record(1)
        }
    }

    @Test func doesNotCountBackwards() {
        let counter = Counter(label: "x", factory: registry)
        counter.increment(by: 5)
        counter.increment(by: -3)
        #expect(registry.text().hasSuffix("x_total 5\n"))
        counter.reset()
        #expect(registry.text().hasSuffix("x_total 0\n"))
    }

    @Test func keepsASeriesThatItsUserLetsGo() {
        let counter = Counter(label: "x", factory: registry)
        counter.increment()
        counter.destroy()
        Counter(label: "x", factory: registry).increment()
        #expect(registry.text().hasSuffix("x_total 2\n"))
    }

    @Test func countsFractionsInWholes() {
        let counter = FloatingPointCounter(label: "x", factory: registry)
        for _ in 0..<5 { counter.increment(by: 0.5) }
        #expect(registry.text().hasSuffix("x_total 2\n"))
    }
}
