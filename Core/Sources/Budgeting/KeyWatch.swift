public import ExactMoney

/// What the books know of the upstream key's usage, and what of it they can explain.
///
/// Two questions are answered from it. *What did others spend on the key?* At least the growth since the base, less all that our
/// calls settled since then and all that open ones hold. *What can a call have cost that nobody tells of?* At most the growth
/// between a reading before it and one well after it, less what calls between the two are known to have cost.
///
/// Both err on the side of the bill. What a wrong guess gives back too early comes back as outside spend.
public struct KeyWatch: Equatable, Sendable {
    /// What calls are known to have cost, by when they began and ended.
    struct Slot: Hashable, Comparable, Sendable {
        /// The last reading that was answered before the call was reserved.
        var reading: UInt64
        /// In which stretch of ``slotMilliseconds`` it was settled.
        var settled: Int64

        static func < (lhs: Slot, rhs: Slot) -> Bool { (lhs.reading, lhs.settled) < (rhs.reading, rhs.settled) }
    }

    struct Known: Hashable, Sendable {
        var cost = MoneySum.zero
        var calls: Int64 = 0

        mutating func add(_ other: Known) {
            cost = cost + other.cost
            calls += other.calls
        }
    }

    /// Of one key, oldest first, usage never falling. The first one kept has the number ``firstNumber``.
    public internal(set) var readings: [KeyReading] = []
    var firstNumber: UInt64 = 1
    var known: [Slot: Known] = [:]
    /// Usage where counting began: at the first reading of this key.
    var base = Money.zero
    /// What our books hold of the growth since: settled, and booked as outside spend.
    var explained = MoneySum.zero
    var callsExplained: Int64 = 0
    /// All calls together; nil until an entry marks where counting begins.
    var whole: Whole?
    /// Unexplained at the last reading. It is booked when the next one says so too.
    var suspected = Money.zero

    static let mostReadings = 90
    static let slotMilliseconds: Int64 = 5_000

    init() {}

    public var last: KeyReading? { readings.last }
    /// What our books hold of the growth since they began to watch this key.
    public var explainedSoFar: MoneySum { explained }
    /// How much the key has grown since.
    public func growth(to usage: Money) -> MoneySum { MoneySum(usage) - MoneySum(base) }
}

// MARK: - Folding

extension KeyWatch {
    /// A call was settled. Only the provider's own amounts are known for certain; all that is booked explains growth.
    mutating func settled(_ settlement: Entry.Settlement, of call: Books.Open, at instant: Instant) {
        guard last != nil else { return }
        whole?.settled(settlement, call, at: instant)
        explained += settlement.cost
        callsExplained += 1
        guard settlement.evidence.isStated, let reading = lastNumber(answeredBefore: call.at) else { return }
        let slot = Slot(reading: reading, settled: instant.milliseconds.slot)
        known[slot, default: Known()].cost += settlement.cost
        known[slot, default: Known()].calls += 1
    }

    /// Whether the reading cannot be compared with the one before: the first, of another key, or of one that was set back.
    func startsAnew(_ reading: KeyReading) -> Bool {
        guard let last else { return true }
        return last.key != reading.key || reading.usage < last.usage
    }

    mutating func take(_ spend: Entry.OutsideSpend) {
        if startsAnew(spend.reading) {
            self = KeyWatch()
            base = spend.reading.usage
        } else {
            let booked = spend.shares.map(\.amount).max() ?? .zero
            explained += booked
            whole?.spentOutside(spend.shares)
            suspected = Money(nanodollars: spend.unexplained.nanodollars - booked.nanodollars)
        }
        readings.append(spend.reading)
        guard readings.count > KeyWatch.mostReadings else { return }
        readings.removeFirst()
        firstNumber += 1
        for slot in known.keys where slot.reading < firstNumber { known[slot] = nil }
        if let first = readings.first { whole?.forget(before: first.askedAt.milliseconds.slot) }
    }

    private func lastNumber(answeredBefore instant: Instant) -> UInt64? {
        readings.lastIndex { $0.answeredAt < instant }.map { firstNumber + UInt64($0) }
    }
}

// MARK: - Answering

extension KeyWatch {
    /// What others must have spent: the growth since the base beyond what is booked and what open calls hold. Every amount was
    /// rounded to a nanodollar, so half of one per call is left out of account.
    func unexplained(at reading: KeyReading, held: MoneySum) -> Money {
        let growth = Int128(reading.usage.nanodollars) - Int128(base.nanodollars)
        let rest = growth - explained.nanodollars - held.nanodollars - Int128(callsExplained / 2 + 2)
        return Money(nanodollars: Int64(clamping: max(0, rest)))
    }

    /// The tightest bound of what a call can have been billed that was reserved at one time and came into doubt at another; nil
    /// while there is no reading before it, or none well after it.
    func growth(around call: Books.Open, _ rules: KeyRules) -> Entry.Return.Growth? {
        guard let doubtAt = call.doubtAt else { return nil }
        let quiet = Instant(milliseconds: doubtAt.milliseconds + rules.quietMilliseconds)
        let before = readings.prefix { $0.answeredAt < call.at }.count
        var tightest: Entry.Return.Growth?
        for to in readings.indices where to >= before && readings[to].askedAt >= quiet {
            // What is known of calls after each reading, in one sweep from the newest reading back.
            var after = [Known](repeating: Known(), count: readings.count)
            for (slot, known) in known where slot.settled < end(of: readings[to], rules) {
                after[Int(slot.reading - firstNumber)].add(known)
            }
            var sum = Known()
            for from in readings.indices.reversed() {
                sum.add(after[from])
                guard from < before, let growth = growth(from: from, to: to, sum, rules) else { continue }
                if tightest.map({ growth.bound < $0.bound }) ?? true { tightest = growth }
            }
        }
        return tightest
    }

    /// Whether the books say the same of these two readings.
    func confirms(_ growth: Entry.Return.Growth, of call: Books.Open) -> Bool {
        guard let doubtAt = call.doubtAt, growth.from.answeredAt < call.at,
            growth.to.askedAt.milliseconds >= doubtAt.milliseconds + growth.rules.quietMilliseconds,
            let from = readings.firstIndex(of: growth.from), let to = readings.firstIndex(of: growth.to)
        else { return false }
        var sum = Known()
        let first = firstNumber + UInt64(from)
        let end = end(of: growth.to, growth.rules)
        for (slot, known) in known where slot.reading >= first && slot.settled < end { sum.add(known) }
        return self.growth(from: from, to: to, sum, growth.rules) == growth
    }

    /// Calls that were settled before this stretch show in the reading.
    private func end(of reading: KeyReading, _ rules: KeyRules) -> Int64 {
        (reading.askedAt.milliseconds - rules.lagMilliseconds).slot
    }

    private func growth(from: Int, to: Int, _ sum: Known, _ rules: KeyRules) -> Entry.Return.Growth? {
        guard let explained = sum.cost.money else { return nil }
        return Entry.Return.Growth(
            from: readings[from], to: readings[to], explained: explained,
            rounding: Money(nanodollars: (sum.calls + 1) / 2 + 1), rules: rules)
    }
}

extension Int64 {
    /// Rounded down, below zero too.
    fileprivate var slot: Int64 { KeyWatch.slot(of: self) }
}

// MARK: - In a snapshot

extension ByteWriter {
    mutating func keyWatch(_ watch: KeyWatch) {
        number(watch.firstNumber)
        number(UInt64(watch.readings.count))
        for reading in watch.readings { self.reading(reading) }
        money(watch.base)
        sum(watch.explained)
        signed(watch.callsExplained)
        money(watch.suspected)
        number(UInt64(watch.known.count))
        for (slot, known) in watch.known.sorted(by: { $0.key < $1.key }) {
            number(slot.reading)
            signed(slot.settled)
            sum(known.cost)
            signed(known.calls)
        }
        number(watch.whole == nil ? 0 : 1)
        if let whole = watch.whole { self.whole(whole) }
    }
}

extension ByteReader {
    /// - Parameter knowsWhole: false for a snapshot of a version that did not.
    mutating func keyWatch(knowsWhole: Bool) throws(Entry.Undecodable) -> KeyWatch {
        var watch = KeyWatch()
        watch.firstNumber = try number()
        for _ in 0..<(try small()) { watch.readings.append(try reading()) }
        watch.base = try money()
        watch.explained = try sum()
        watch.callsExplained = try signed()
        watch.suspected = try money()
        var last: KeyWatch.Slot?
        for _ in 0..<(try small()) {
            let slot = KeyWatch.Slot(reading: try number(), settled: try signed())
            if let last, last >= slot { throw Entry.Undecodable() }
            last = slot
            watch.known[slot] = KeyWatch.Known(cost: try sum(), calls: try signed())
        }
        guard knowsWhole else { return watch }
        switch try number() {
        case 0: break
        case 1: watch.whole = try whole()
        default: throw Entry.Undecodable()
        }
        return watch
    }
}
