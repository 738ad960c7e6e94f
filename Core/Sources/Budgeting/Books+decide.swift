import ExactMoney

extension Books {
    /// What `command` comes to at `now`: the entries to append, or why nothing is done.
    ///
    /// - A reservation above zero is admitted only where settled + unresolved + reserved stays within every cap over it.
    /// - A reservation is closed once: by settling or by releasing. Leaving it unresolved keeps it open and counted.
    /// - A settlement is a fact and is never refused for its amount; above the reservation it adds an overrun entry.
    public func decide(_ command: Command, at now: Instant, zones: Zones) -> Result<[Entry.Event], Refusal> {
        switch command {
        case .reserve(let scopes, let model, let amount):
            let accounts = accounts(over: scopes, at: now, zones: zones)
            if let budget = accounts.first(where: { !$0.fits(amount) })?.budget { return .failure(.exceeds(budget)) }
            return setAside(scopes, model, amount, in: accounts)
        case .observe(let scopes, let model, let amount):
            return setAside(scopes, model, amount, in: accounts(over: scopes, at: now, zones: zones))
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
            let account = account(of: budget, at: now, zones: zones)
            guard let amount = account.balance.settled.money else { return .failure(.badAmount) }
            return amount > .zero ? .success([.credited(account.window, amount, .reset)]) : .success([])
        case .credit(let budget, let amount):
            let account = account(of: budget, at: now, zones: zones)
            guard amount > .zero, MoneySum(amount) <= account.balance.settled else { return .failure(.badAmount) }
            return .success([.credited(account.window, amount, .credit)])
        case .setCap(let target, let cap):
            guard cap.limit ?? .zero >= .zero else { return .failure(.badAmount) }
            return terms[target]?.cap ?? .inherited == cap ? .success([]) : .success([.capChanged(target, cap)])
        case .readKey(let reading, let opening): return decideReading(reading, opening: opening, at: now, zones)
        case .giveBack(let id, let rules): return decideReturn(id, rules)
        case .giveBackOverbooked(let rules): return .success(decideOverbooked(rules))
        case .giveBackAll(let id, let reason): return decideReturnOfAll(id, reason: reason)
        case .correct(let budget, let amount, let reason):
            return decideCorrection(account(of: budget, at: now, zones: zones).window, amount, reason: reason)
        case .price(let model, let change):
            return change.old == change.new ? .success([]) : .success([.priced(model, change)])
        case .issueKey(let issue): return decideIssue(issue, at: now)
        case .rotateKey(let issue, let end): return decideRotation(issue, until: end, at: now)
        case .revokeKey(let id, let end): return decideRevocation(id, from: end, at: now)
        case .changeKey(let change): return decideChange(change, at: now)
        case .audit(let audit): return .success([.audited(audit)])
        case .setBudget(let target, let terms):
            return setBudget(target, terms, at: now, zones: zones)
        }
    }

    private func setAside(
        _ scopes: CallScopes, _ model: ModelID, _ amount: Money, in accounts: [Account]
    ) -> Result<[Entry.Event], Refusal> {
        guard amount >= .zero else { return .failure(.badAmount) }
        let id = ReservationID(lastReservation.number + 1)
        let windows = accounts.map(\.window)
        return .success([
            .reserved(
                .init(
                    id: id, tenant: scopes.tenant, model: model, amount: amount, windows: windows,
                    usesOwnKey: scopes.usesOwnKey))
        ])
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
}

extension Books.Account {
    /// An amount of zero fits every budget.
    fileprivate func fits(_ amount: Money) -> Bool {
        guard amount > .zero, let limit = cap.limit else { return true }
        return balance.exposure + MoneySum(amount) <= MoneySum(limit)
    }
}
