import ExactMoney

/// What evidence, or an operator's word, does to the books.
extension Books {
    /// The calls whose cost is in doubt, oldest first.
    public var doubtful: [Open] {
        open.values.filter { $0.doubt != nil }.sorted { $0.reservation.id < $1.reservation.id }
    }

    /// A reading of the key's usage. It becomes an entry where it tells something: usage moved, outside spend is booked or
    /// suspected, or a call waits for it as evidence, or was booked of late without any.
    func decideReading(
        _ reading: KeyReading, opening: KeyOpening?, at now: Instant, _ zones: Zones
    ) -> Result<[Entry.Event], Refusal> {
        guard reading.usage >= .zero, reading.askedAt <= reading.answeredAt, reading.answeredAt <= now else {
            return .failure(.badAmount)
        }
        if key.startsAnew(reading) {
            var spend = Entry.OutsideSpend(reading: reading)
            // Only for a ledger that knows of nothing: later, the usage of the day is our own.
            if let opening, key.last == nil, lastReservation == ReservationID(0) {
                guard opening.daily >= .zero, opening.monthly >= .zero else { return .failure(.badAmount) }
                spend.shares = globalShares(at: now, zones) { period in
                    // Upstream tells the key's day and month, and nothing of other windows.
                    period == .day ? opening.daily : period == .month ? opening.monthly : .zero
                }
            }
            return .success([.outsideSpent(spend)])
        }
        // What tenants spend on keys of their own is no part of this one's usage.
        let held = open.values.reduce(MoneySum.zero) { $1.reservation.usesOwnKey ? $0 : $0 + MoneySum($1.held) }
        let unexplained = key.unexplained(at: reading, held: held)
        let booked = min(unexplained, key.suspected)
        let waits =
            open.values.contains { $0.doubt != nil && !$0.reservation.usesOwnKey }
            || key.hasAssumedOfLate(at: reading)
        guard waits || reading.usage != key.last?.usage || unexplained != key.suspected || booked > .zero else {
            return .success([])
        }
        return .success([
            .outsideSpent(
                Entry.OutsideSpend(
                    reading: reading, unexplained: unexplained, shares: globalShares(at: now, zones) { _ in booked }))
        ])
    }

    private func globalShares(
        at now: Instant, _ zones: Zones, _ amount: (Period) -> Money
    ) -> [Entry.OutsideSpend.Share] {
        let accounts = globalAccounts(at: now, zones: zones).filter { $0.budget.period != .minute }
        return accounts.compactMap { account in
            let amount = amount(account.budget.period)
            return amount > .zero ? Entry.OutsideSpend.Share(window: account.window, amount: amount) : nil
        }
    }

    /// Gives back what is certainly not billed. Nothing where too little would come of it: each return is an entry for ever.
    func decideReturn(_ id: ReservationID, _ rules: KeyRules) -> Result<[Entry.Event], Refusal> {
        guard let call = open[id], call.doubt != nil else { return .failure(.notOpen(id)) }
        guard !call.reservation.usesOwnKey, let growth = key.growth(around: call, rules) else { return .success([]) }
        let rest = Money(nanodollars: call.held.nanodollars - min(call.held, growth.bound).nanodollars)
        guard rest > .zero, rest.nanodollars >= call.held.nanodollars / 8 else { return .success([]) }
        return .success([.returned(id, Entry.Return(amount: rest, proof: .growth(growth)))])
    }

    /// Marks where counting begins, or gives back what is certainly not billed of all calls together. Nothing where too little would
    /// come of it.
    func decideOverbooked(_ rules: KeyRules) -> [Entry.Event] {
        guard let reading = key.last else { return [] }
        guard key.whole != nil else {
            return [.overbooked(.init(reading: reading, over: .zero, shares: [], rules: rules))]
        }
        guard let over = key.overbooked(rules) else { return [] }
        let shares = key.shares(of: over, settled: balances)
        guard !shares.isEmpty else { return [] }
        return [.overbooked(.init(reading: reading, over: over, shares: shares, rules: rules))]
    }

    func decideReturnOfAll(_ id: ReservationID, reason: String) -> Result<[Entry.Event], Refusal> {
        guard let call = open[id], call.doubt != nil else { return .failure(.notOpen(id)) }
        guard !reason.isEmpty else { return .failure(.noReason) }
        return .success([.returned(id, Entry.Return(amount: call.held, proof: .operatorsWord(reason: reason)))])
    }

    func decideCorrection(_ window: WindowID, _ amount: Money, reason: String) -> Result<[Entry.Event], Refusal> {
        guard !reason.isEmpty else { return .failure(.noReason) }
        let settled = balances[window]?.settled ?? .zero
        guard amount != .zero, settled + MoneySum(amount) >= .zero else { return .failure(.badAmount) }
        return .success([.corrected(window, amount, reason: reason)])
    }

    mutating func applyOutsideSpent(_ spend: Entry.OutsideSpend) throws(BrokenEntry) {
        guard spend.shares.allSatisfy({ $0.amount > .zero }), spend.unexplained >= .zero else {
            throw BrokenEntry(description: "outside spend is below zero")
        }
        for share in spend.shares { balances[share.window, default: Balance()].settled += share.amount }
        key.take(spend)
    }

    mutating func applyOverbooked(_ over: Entry.Overbooking) throws(BrokenEntry) {
        let isBegun = key.whole != nil
        guard over.reading == key.last, isBegun || over.over == .zero,
            !isBegun || over.over == key.overbooked(over.rules),
            over.shares == (isBegun ? key.shares(of: over.over, settled: balances) : [])
        else { throw BrokenEntry(description: "more is given back of all calls than the key's growth leaves unbilled") }
        for share in over.shares { balances[share.window, default: Balance()].settled -= share.amount }
        key.take(over)
    }

    mutating func applyReturned(_ id: ReservationID, _ what: Entry.Return) throws(BrokenEntry) {
        let call = try openCall(id)
        guard call.doubt != nil, what.amount >= .zero, what.amount <= call.held else {
            throw BrokenEntry(description: "reservation \(id.number) is given more back than it holds in doubt")
        }
        if case .growth(let growth) = what.proof {
            guard !call.reservation.usesOwnKey, key.confirms(growth, of: call),
                what.amount.nanodollars <= max(0, call.held.nanodollars - growth.bound.nanodollars)
            else {
                throw BrokenEntry(description: "reservation \(id.number) is given back what the key's growth may hold")
            }
        }
        for window in call.reservation.windows { balances[window, default: Balance()].unresolved -= what.amount }
        let left = Money(nanodollars: call.held.nanodollars - what.amount.nanodollars)
        open[id]?.returned = Money(nanodollars: call.returned.nanodollars + what.amount.nanodollars)
        if left == .zero { open[id] = nil }
    }

    mutating func applyCorrected(_ window: WindowID, _ amount: Money) throws(BrokenEntry) {
        guard (balances[window]?.settled ?? .zero) + MoneySum(amount) >= .zero else {
            throw BrokenEntry(description: "a correction of \(amount) USD is more than was settled")
        }
        balances[window, default: Balance()].settled += amount
    }
}
