import CoreMetrics
import ExactMoney
import Synchronization

/// A value that goes up and down, as swift-metrics has it.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    static let kind = Exposition.Kind.gauge

    private let value = Atomic<Double>(0)

    func set(_ value: Double) { self.value.store(value, ordering: .relaxed) }
    func set(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func record(_ value: Int64) { set(Double(value)) }
    func decrement(by amount: Double) { increment(by: -amount) }

    func increment(by amount: Double) {
        var old = value.load(ordering: .relaxed)
        while true {
            let (exchanged, current) = value.weakCompareExchange(
                expected: old, desired: old + amount, ordering: .relaxed)
            if exchanged { return }
            old = current
        }
    }

    func write(_ name: String, _ labels: String, to text: inout Exposition) {
        text.sample(name, labels, Exposition.number(value.load(ordering: .relaxed)))
    }
}

/// How many of something there are just now, in whole numbers.
final class LevelSeries: Series {
    static let kind = Exposition.Kind.gauge

    private let level = Atomic<Int64>(0)

    func set(_ level: Int64) { self.level.store(level, ordering: .relaxed) }
    func rise() { level.wrappingAdd(1, ordering: .relaxed) }
    func fall() { level.wrappingSubtract(1, ordering: .relaxed) }

    func write(_ name: String, _ labels: String, to text: inout Exposition) {
        text.sample(name, labels, String(level.load(ordering: .relaxed)))
    }
}

/// How much money is at something just now. Set seldom, so under a lock, and as wide as sums are.
final class MoneyLevelSeries: Series {
    static let kind = Exposition.Kind.gauge

    private let sum = Mutex(MoneySum.zero)

    func set(_ sum: MoneySum) { self.sum.withLock { $0 = sum } }

    func write(_ name: String, _ labels: String, to text: inout Exposition) {
        text.sample(name, labels, sum.withLock { $0 }.description)
    }
}
