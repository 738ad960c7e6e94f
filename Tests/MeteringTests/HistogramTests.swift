import CoreMetrics
import Testing

@testable import Metering

struct HistogramTests {
    @Test(arguments: [
        (Int64.min, 0), (-1, 0), (0, 0), (49_999, 0), (50_000, 0), (50_001, 1), (100_000, 1), (100_001, 2),
        (1_000_000_000, 13), (1_000_000_001, 14), (Int64.max, 14),
    ])
    func putsAValueAtItsBoundIntoTheBucket(nanoseconds: Int64, bucket: Int) {
        let histogram = HistogramSeries(.shortSeconds)
        histogram.observe(nanoseconds)
        let counts = written(histogram).filter { $0.hasPrefix("h_bucket") }.map { $0.last }
        #expect(counts.firstIndex(of: "1") == bucket)
        #expect(counts.dropFirst(bucket).allSatisfy { $0 == "1" })
    }

    @Test func addsUpExactly() {
        let histogram = HistogramSeries(.seconds)
        for _ in 0..<10 { histogram.recordNanoseconds(100_000_000) }
        histogram.recordNanoseconds(1)
        #expect(written(histogram).suffix(3) == ["h_bucket{le=\"+Inf\"} 11", "h_sum 1.000000001", "h_count 11"])
    }

    @Test func takesATimeBelowZeroForNone() {
        let histogram = HistogramSeries(.seconds)
        histogram.recordNanoseconds(-5)
        #expect(written(histogram).suffix(2) == ["h_sum 0", "h_count 1"])
    }

    @Test func recordsPlainNumbers() {
        let histogram = HistogramSeries(.plain)
        histogram.record(Int64(3))
        histogram.record(0.5)
        histogram.record(Double.nan)
        histogram.record(-1.0)
        #expect(written(histogram).suffix(2) == ["h_sum 3.5", "h_count 3"])
    }

    @Test(arguments: [Double.infinity, 1e300, 9.3e15]) func putsWhatIsTooLargeBeyondTheLastBound(value: Double) {
        let histogram = HistogramSeries(.plain)
        histogram.record(value)
        histogram.record(Int64.min)
        #expect(
            written(histogram).suffix(4).map { $0.split(separator: " ")[1] } == ["1", "2", "9223372036854775.807", "2"])
    }

    @Test(arguments: [HistogramScale.seconds, .shortSeconds, .plain]) func hasAscendingBounds(scale: HistogramScale) {
        #expect(scale.bounds == Set(scale.bounds).sorted())
    }

    private func written(_ histogram: HistogramSeries) -> [String] {
        var text = Exposition()
        histogram.write("h", "", to: &text)
        return text.text.split(separator: "\n").map(String.init)
    }
}
