import ExactMoney

extension Books {
    /// What `command` comes to at `now`: the entries to append, or why nothing is done.
    ///
    /// - A reservation above zero is admitted only where settled + unresolved + reserved stays within every cap over it.
    /// - A reservation is closed once: by settling or by releasing. Leaving it unresolved keeps it open and counted.
    /// - A settlement is a fact and is never refused for its amount; above the reservation it adds an overrun entry.
    public func decide(_ command: Command, at now: Instant, zone: ZoneRules) -> Result<[Entry.Event], Refusal> {
        switch command {
        case .reserve(let tenant, let model, let amount):
            if let budget = budgetExceeded(by: amount, tenant, at: now, zone) { return .failure(.exceeds(budget)) }
            return setAside(tenant, model, amount, at: now, zone)
        case .observe(let tenant, let model, let amount):
            return setAside(tenant, model, amount, at: now, zone)
        case .dispatched(let id, let generation):
            guard open[id] != nil else { return .failure(.notOpen(id)) }
            return .success([.dispatched(id, generation: generation)])
        case .settle(let id, let settlement):
            return settle(id, settlement)
        case .release(let id):
            guard let call = open[id], call.doubt == nil else { return .failure(.notOpen(id)) }
            return .success([.released(id)])
        case .leaveUnresolved(let id, let doubt):
            guard let call = open[id], call.doubt == nil else { return .failure(.notOpen(id)) }
            return .success([.unresolved(id, doubt)])
        case .reset(let budget):
            let settled = balance(of: budget, at: now, zone: zone).settled
            guard let amount = settled.money else { return .failure(.badAmount) }
            return amount > .zero ? .success([.credited(window(budget, now, zone), amount, .reset)]) : .success([])
        case .credit(let budget, let amount):
            let settled = balance(of: budget, at: now, zone: zone).settled
            guard amount > .zero, MoneySum(amount) <= settled else { return .failure(.badAmount) }
            return .success([.credited(window(budget, now, zone), amount, .credit)])
        case .setCap(let target, let cap):
            guard cap.limit ?? .zero >= .zero else { return .failure(.badAmount) }
            return caps[target] ?? .inherited == cap ? .success([]) : .success([.capChanged(target, cap)])
        case .readKey(let reading, let opening): return decideReading(reading, opening: opening, at: now, zone)
        case .giveBack(let id, let rules): return decideReturn(id, rules)
        case .giveBackAll(let id, let reason): return decideReturnOfAll(id, reason: reason)
        case .correct(let budget, let amount, let reason):
            return decideCorrection(window(budget, now, zone), amount, reason: reason)
        case .price(let model, let change):
            return change.old == change.new ? .success([]) : .success([.priced(model, change)])
        }
    }

    /// The first budget that the amount does not fit; an amount of zero fits every budget.
    private func budgetExceeded(by amount: Money, _ tenant: TenantID, at now: Instant, _ zone: ZoneRules) -> BudgetID? {
        guard amount > .zero else { return nil }
        return BudgetID.over(tenant).first { budget in
            guard let limit = cap(of: budget).limit else { return false }
            return balance(of: budget, at: now, zone: zone).exposure + MoneySum(amount) > MoneySum(limit)
        }
    }

    private func setAside(
        _ tenant: TenantID, _ model: ModelID, _ amount: Money, at now: Instant, _ zone: ZoneRules
    ) -> Result<[Entry.Event], Refusal> {
        guard amount >= .zero else { return .failure(.badAmount) }
        let id = ReservationID(lastReservation.number + 1)
        let windows = BudgetID.over(tenant).map { window($0, now, zone) }
        return .success([.reserved(.init(id: id, tenant: tenant, model: model, amount: amount, windows: windows))])
    }

    private func settle(_ id: ReservationID, _ settlement: Entry.Settlement) -> Result<[Entry.Event], Refusal> {
        guard let call = open[id] else { return .failure(.notOpen(id)) }
        guard settlement.cost >= .zero, settlement.inputTokens >= 0, settlement.outputTokens >= 0 else {
            return .failure(.badAmount)
        }
        var events: [Entry.Event] = [.settled(id, settlement)]
        let over = settlement.cost.nanodollars - call.reservation.amount.nanodollars
        if over > 0 { events.append(.overrun(id, by: Money(nanodollars: over))) }
        return .success(events)
    }

    private func window(_ budget: BudgetID, _ now: Instant, _ zone: ZoneRules) -> WindowID {
        WindowID(budget: budget, start: budget.period.start(containing: now, in: zone))
    }
}
