public import ExactMoney

/// What is booked of all calls together, beside all that the key grew since.
///
/// A call alone keeps the whole of a bound, as nobody knows which of those in doubt was billed. Of all of them together more is
/// known: what is booked, less what may not show yet, can pass the growth only by what was never billed. That much is given back
/// to the global budgets, under which all calls stand; no tenant's is touched (decision 43).
extension KeyWatch {
    struct Whole: Hashable, Sendable {
        /// Usage where counting began, and when that was told. Calls that were reserved before are not counted: a part of their cost
        /// may be in it.
        var base: Money
        var since: Instant
        var booked = MoneySum.zero
        var calls: Int64 = 0
        /// Settled of late, by stretches of time as in ``KeyWatch/Slot``.
        var recent: [Int64: Recent] = [:]
        /// Stretches up to this one are forgotten.
        var forgotten = Int64.min
        /// What each global window holds on another word than the provider's own, less what was given back of it.
        var loose: [WindowID: MoneySum] = [:]
        /// What was given back to each budget.
        var returned: [BudgetID: MoneySum] = [:]
    }

    /// What one stretch of time settled.
    struct Recent: Hashable, Sendable {
        var stated = MoneySum.zero
        var unstated = MoneySum.zero
    }

    private static let lateMilliseconds: Int64 = 7_200_000
    /// Entries for ever are not made for less, in nanodollars.
    private static let leastReturn: Int64 = 1_000_000
}

// MARK: - Folding

extension KeyWatch.Whole {
    mutating func settled(_ settlement: Entry.Settlement, _ call: Books.Open, at instant: Instant) {
        guard since < call.at else { return }
        booked += settlement.cost
        calls += 1
        let slot = KeyWatch.slot(of: instant.milliseconds)
        if settlement.evidence.isStated {
            recent[slot, default: .init()].stated += settlement.cost
        } else {
            recent[slot, default: .init()].unstated += settlement.cost
            for window in call.reservation.windows where window.budget.scope == .global {
                loose[window, default: .zero] += settlement.cost
            }
        }
    }

    /// Growth that no call explains was booked on the global budgets.
    mutating func spentOutside(_ shares: [Entry.OutsideSpend.Share]) {
        booked += shares.map(\.amount).max() ?? .zero
        for share in shares { loose[share.window, default: .zero] += share.amount }
    }

    mutating func forget(before slot: Int64) {
        for old in recent.keys where old < slot { recent[old] = nil }
        forgotten = max(forgotten, slot - 1)
    }
}

extension KeyWatch {
    mutating func take(_ over: Entry.Overbooking) {
        guard whole != nil else {
            whole = Whole(base: over.reading.usage, since: over.reading.answeredAt)
            return
        }
        for share in over.shares {
            whole?.loose[share.window, default: .zero] -= share.amount
            whole?.returned[share.window.budget, default: .zero] += share.amount
        }
        // A charge that comes after all is then growth that nothing explains.
        explained -= over.shares.map(\.amount).max() ?? .zero
    }
}

// MARK: - Answering

extension KeyWatch {
    /// By how much more is booked than the last reading can hold of it; nil where that cannot be told.
    func overbooked(_ rules: KeyRules) -> Money? {
        guard let whole, let last else { return nil }
        let shown = KeyWatch.slot(of: last.askedAt.milliseconds - rules.lagMilliseconds)
        let quiet = KeyWatch.slot(of: last.askedAt.milliseconds - rules.quietMilliseconds)
        guard whole.forgotten < min(shown, quiet) else { return nil }
        var pending = MoneySum.zero
        for (slot, recent) in whole.recent {
            if slot >= shown { pending = pending + recent.stated }
            if slot >= quiet { pending = pending + recent.unstated }
        }
        let growth = Int128(last.usage.nanodollars) - Int128(whole.base.nanodollars)
        let over = (whole.booked - pending).nanodollars - growth - Int128(whole.calls / 2 + 2)
        return Money(nanodollars: Int64(clamping: max(0, over)))
    }

    /// Whether something was booked on another word than the provider's, of which this reading may tell.
    func hasAssumedOfLate(at reading: KeyReading) -> Bool {
        let from = KeyWatch.slot(of: reading.askedAt.milliseconds - KeyWatch.lateMilliseconds)
        return whole?.recent.contains { $0.key >= from && $0.value.unstated > .zero } ?? false
    }

    /// What of an excess is certainly in which window, in order: all of it, but for what other windows of the same budget may hold.
    /// Nothing where too little would come of it.
    func shares(of over: Money, settled: [WindowID: Balance]) -> [Entry.OutsideSpend.Share] {
        guard let whole else { return [] }
        var shares: [Entry.OutsideSpend.Share] = []
        for (budget, windows) in Dictionary(grouping: whole.loose.keys, by: \.budget) {
            let left = MoneySum(over) - (whole.returned[budget] ?? .zero)
            let all = windows.reduce(MoneySum.zero) { $0 + (whole.loose[$1] ?? .zero) }
            for window in windows {
                let loose = whole.loose[window] ?? .zero
                let mine = min(left - (all - loose), loose, settled[window]?.settled ?? .zero)
                guard mine > .zero, let amount = mine.money else { continue }
                shares.append(.init(window: window, amount: amount))
            }
        }
        guard shares.contains(where: { $0.amount.nanodollars >= KeyWatch.leastReturn }) else { return [] }
        return shares.sorted { $0.window < $1.window }
    }

    static func slot(of milliseconds: Int64) -> Int64 {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: slotMilliseconds)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

// MARK: - On disk

extension Entry {
    /// More is booked of all calls together than the key grew by. The first of a key only marks where counting begins.
    public struct Overbooking: Hashable, Sendable {
        /// The last one.
        public var reading: KeyReading
        /// Of all that was booked since counting began, what was given back before included.
        public var over: Money
        /// What is given back now, of global windows.
        public var shares: [OutsideSpend.Share]
        public var rules: KeyRules

        public init(reading: KeyReading, over: Money, shares: [OutsideSpend.Share], rules: KeyRules) {
            self.reading = reading
            self.over = over
            self.shares = shares
            self.rules = rules
        }
    }
}

extension ByteWriter {
    mutating func overbooking(_ over: Entry.Overbooking) {
        reading(over.reading)
        money(over.over)
        shares(over.shares)
        rules(over.rules)
    }

    mutating func whole(_ whole: KeyWatch.Whole) {
        money(whole.base)
        signed(whole.since.milliseconds)
        sum(whole.booked)
        signed(whole.calls)
        signed(whole.forgotten)
        number(UInt64(whole.recent.count))
        for (slot, recent) in whole.recent.sorted(by: { $0.key < $1.key }) {
            signed(slot)
            sum(recent.stated)
            sum(recent.unstated)
        }
        number(UInt64(whole.loose.count))
        for (window, amount) in whole.loose.sorted(by: { $0.key < $1.key }) {
            self.window(window)
            sum(amount)
        }
        number(UInt64(whole.returned.count))
        for (budget, amount) in whole.returned.sorted(by: { $0.key < $1.key }) {
            self.budget(budget)
            sum(amount)
        }
    }
}

extension ByteReader {
    mutating func overbooking() throws(Entry.Undecodable) -> Entry.Overbooking {
        Entry.Overbooking(reading: try reading(), over: try money(), shares: try shares(), rules: try rules())
    }

    mutating func whole() throws(Entry.Undecodable) -> KeyWatch.Whole {
        var whole = KeyWatch.Whole(base: try money(), since: Instant(milliseconds: try signed()))
        whole.booked = try sum()
        whole.calls = try signed()
        whole.forgotten = try signed()
        for _ in 0..<(try small()) {
            let slot = try signed()
            guard whole.recent.updateValue(.init(stated: try sum(), unstated: try sum()), forKey: slot) == nil else {
                throw Entry.Undecodable()
            }
        }
        for _ in 0..<(try small()) {
            let window = try window()
            guard whole.loose.updateValue(try sum(), forKey: window) == nil else { throw Entry.Undecodable() }
        }
        for _ in 0..<(try small()) {
            let budget = try budget()
            guard whole.returned.updateValue(try sum(), forKey: budget) == nil else { throw Entry.Undecodable() }
        }
        return whole
    }
}
