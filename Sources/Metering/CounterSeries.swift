import CoreMetrics
import ExactMoney
import Synchronization

/// Counts events. Past 2⁶⁴ it begins anew, which Prometheus takes for a restart.
final class CounterSeries: Series, CounterHandler {
    static let kind = Exposition.Kind.counter

    private let count = Atomic<UInt64>(0)

    /// A decrease is not taken: a counter that falls would look like a restart.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        count.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    func reset() { count.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: String, to text: inout Exposition) {
        text.sample(name, labels, String(count.load(ordering: .relaxed)))
    }
}

/// Adds up money, exactly: whole nanodollars inside, decimal text outside, and no binary fraction in between. Past $18 billion
/// it begins anew.
final class MoneySeries: Series {
    static let kind = Exposition.Kind.counter

    private let nanodollars = Atomic<UInt64>(0)

    /// - Precondition: not below zero; the books take no such cost either.
    func add(_ money: Money) {
        precondition(money >= .zero, "a cost of \(money) USD cannot be counted")
        nanodollars.wrappingAdd(UInt64(money.nanodollars), ordering: .relaxed)
    }

    func write(_ name: String, _ labels: String, to text: inout Exposition) {
        let sum = MoneySum(nanodollars: Int128(nanodollars.load(ordering: .relaxed)))
        text.sample(name, labels, sum.description)
    }
}
