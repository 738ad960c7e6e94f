import CoreMetrics
import ExactMoney
import Synchronization

/// How values are spread over fixed buckets. All inside is whole numbers of a small unit, so that sums are exact.
final class HistogramSeries: Series, TimerHandler, RecorderHandler {
    static let kind = Exposition.Kind.histogram

    private let scale: HistogramScale
    /// One for each bound, and one for what lies beyond the last.
    private let counts: AtomicCounts
    private let sum = Atomic<UInt64>(0)

    init(_ scale: HistogramScale) {
        self.scale = scale
        counts = AtomicCounts(scale.bounds.count + 1)
    }

    /// Counts a value in the scale's unit. One below zero counts as zero: a clock that was set back makes such durations, and
    /// the sum must not fall.
    func observe(_ units: Int64) {
        let units = max(0, units)
        counts.increment(scale.bucket(of: units))
        sum.wrappingAdd(UInt64(units), ordering: .relaxed)
    }

    func recordNanoseconds(_ duration: Int64) { observe(duration) }

    func record(_ value: Int64) {
        let (units, overflow) = value.multipliedReportingOverflow(by: scale.unitsInOne)
        observe(overflow ? (value > 0 ? .max : 0) : units)
    }

    /// What is not a number is not counted.
    func record(_ value: Double) {
        guard !value.isNaN else { return }
        observe(Int64(exactly: (value * Double(scale.unitsInOne)).rounded()) ?? (value > 0 ? .max : 0))
    }

    func write(_ name: String, _ labels: String, to text: inout Exposition) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var count: UInt64 = 0
        for index in 0..<counts.count {
            count &+= counts[index]
            let bound = index < scale.bounds.count ? scale.text(Int128(scale.bounds[index])) : "+Inf"
            text.sample(name + "_bucket", "\(prefix)le=\"\(bound)\"", String(count))
        }
        text.sample(name + "_sum", labels, scale.text(Int128(sum.load(ordering: .relaxed))))
        text.sample(name + "_count", labels, String(count))
    }
}

/// Which buckets a histogram has, and in what unit it counts.
struct HistogramScale: Sendable {
    /// Upper bounds in units, ascending; a value at its bound is in the bucket.
    let bounds: [Int64]
    /// A unit is 10^-`decimals` of what the text shows.
    let decimals: Int

    /// - Parameter microseconds: the bounds.
    private init(microseconds: [Int64]) {
        bounds = microseconds.map { $0 * 1_000 }
        decimals = 9
    }

    private init(bounds: [Int64], decimals: Int) {
        self.bounds = bounds
        self.decimals = decimals
    }

    var unitsInOne: Int64 { (0..<decimals).reduce(1) { units, _ in units * 10 } }

    func text(_ units: Int128) -> String { ExactDecimal.text(units, decimals: decimals) }

    /// They are few, and most values are small: looked at one by one.
    func bucket(of units: Int64) -> Int {
        var index = 0
        while index < bounds.count, bounds[index] < units { index += 1 }
        return index
    }

    /// From 1 ms to 60 s, in nanoseconds: for whatever a library times, and for waits.
    static let seconds = HistogramScale(
        microseconds: [
            1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
            10_000_000, 30_000_000, 60_000_000,
        ])

    /// From 50 µs to 1 s, in nanoseconds: for what the gateway does itself.
    static let shortSeconds = HistogramScale(
        microseconds: [
            50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
        ])

    /// Powers of ten up to a thousand million, in thousandths: for whatever a library records without a unit.
    static let plain = HistogramScale(
        bounds: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000].map {
            $0 * 1_000
        },
        decimals: 3)
}
