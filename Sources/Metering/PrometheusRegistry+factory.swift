public import CoreMetrics

/// swift-metrics' side. Names are made Prometheus' own: `http.server.requests`, a counter, is `http_server_requests_total`.
///
/// Counters count, gauges and meters hold a value, timers are histograms in seconds, and recorders are histograms of plain
/// numbers. Counters of fractions are rounded to whole numbers by swift-metrics itself.
extension PrometheusRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(MetricName.text(label, ending: "_total"), label, dimensions) { CounterSeries() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(MetricName.text(label), label, dimensions) { GaugeSeries() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(MetricName.text(label), label, dimensions) { GaugeSeries() } }
        return series(MetricName.text(label), label, dimensions) { HistogramSeries(.plain) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(MetricName.text(label, ending: "_seconds"), label, dimensions) { HistogramSeries(.seconds) }
    }

    // Nothing is destroyed: a series that vanishes and comes back looks like a restart, and others may hold it too. How many
    // there can be is bounded by the family.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// Dimensions come in any order; sorted, the same ones are always the same series.
    private func series<Member: Series>(
        _ name: String, _ label: String, _ dimensions: [(String, String)], make: @escaping @Sendable () -> Member
    ) -> Member {
        var used: Set<String> = []
        let labels = dimensions.sorted { $0 < $1 }.map { dimension in
            var name = MetricName.label(dimension.0)
            // Prometheus refuses a whole scrape for one label that stands twice.
            while !used.insert(name).inserted { name += "_" }
            return (name, dimension.1)
        }
        return family(name, help: label, make: make).series(labels)
    }
}
