public import Budgeting
import Synchronization

extension Ledger {
    /// What a call stands under, in numbers. A user, a run, a key or a tag gets a number only where a budget may stand over it: names
    /// that nobody budgets take no memory.
    public func scopes(of call: Attribution) -> CallScopes {
        state.withLock { $0.scopes(of: call) }
    }

    /// Sets one budget, as an operator says. In force at once; durable soon after. It stays until an operator says otherwise, or the
    /// settings name the same budget.
    public func set(_ budget: BudgetSetting) -> Result<[Entry.Event], Refusal> {
        state.withLock { state in
            if let zone = budget.zone { state.policy.zones.add(zone) }
            let target = budget.target { state.intern($0, $1) }
            let result = state.carryOut(.setBudget(target, budget.terms(.operations)), at: now(state.books))
            if case .success(let events) = result, !events.isEmpty { spread(&state) }
            return result
        }
    }

    /// Sets a budget's cap, as an operator says; its zone and raise stay. As ``set(_:)`` otherwise.
    public func setCap(_ cap: Cap, of budget: BudgetID) -> Result<[Entry.Event], Refusal> {
        state.withLock { state in
            var terms = state.books.terms[.budget(budget)] ?? Terms()
            terms.cap = cap
            terms.source = .operations
            let result = state.carryOut(.setBudget(.budget(budget), terms), at: now(state.books))
            if case .success(let events) = result, !events.isEmpty { spread(&state) }
            return result
        }
    }

    /// Brings all budgets in line with new settings; what operators set stays, but for budgets that the settings name.
    public func apply(_ caps: Caps) -> Result<[Entry.Event], Refusal> {
        state.withLock { state in
            caps.add(to: &state.policy.zones)
            let agreement = Agreement(caps, zones: state.policy.zones, books: state.books) { state.intern($0, $1) }
            state.policy.groups = agreement.groups
            var events: [Entry.Event] = []
            for command in agreement.commands {
                switch state.carryOut(command, at: now(state.books)) {
                case .success(let more): events += more
                case .failure(let refusal): return .failure(refusal)
                }
            }
            if !events.isEmpty { spread(&state) }
            return .success(events)
        }
    }

    private func spread(_ state: inout State) {
        retryWaiters(&state)
        wakeWriter(&state, after: nil)
    }
}

extension Ledger.State {
    fileprivate mutating func scopes(of call: Attribution) -> CallScopes {
        let tenant = TenantID(intern(.tenant, call.tenant))
        var scopes = policy.scopes(of: tenant)
        guard books.reach.isBeyondTenants else { return scopes }
        scopes.key = number(.key, call.key, in: .keys, nil).map(KeyID.init)
        scopes.user = number(.user, call.user, in: .users(of: tenant), .users(of: nil)).map(UserID.init)
        scopes.run = number(.run, call.run, in: .runs(of: tenant), .runs(of: nil)).map(RunID.init)
        for tag in call.tags {
            guard let name = names.number(of: tag.name, .tag).map(TagName.init) else { continue }
            guard let number = number(.tag, tag.text, in: .tags(name), nil) else { continue }
            scopes.tags.append(TagID(name, number))
        }
        return scopes
    }

    /// The number of a name that has one, or that may have a budget as one of its family.
    private mutating func number(_ kind: Name.Kind, _ text: String?, in first: Family, _ second: Family?) -> UInt32? {
        guard let text else { return nil }
        if let known = names.number(of: text, kind) { return known }
        guard books.hasTerms(first) || second.map(books.hasTerms) ?? false else { return nil }
        return intern(kind, text)
    }
}
