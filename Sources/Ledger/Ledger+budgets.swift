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

    /// Sets one budget as ``set(_:)``, and writes down who did.
    ///
    /// - Throws: ``ChangeFailure/named(_:)`` for one that the settings name.
    public func set(_ budget: BudgetSetting, by who: String) async throws(ChangeFailure) {
        let change = try change(of: budget.address, "budget set", by: who)
        _ = try await confirmed(change) { state, now in
            if let zone = budget.zone { state.policy.zones.add(zone) }
            let target = budget.target { state.intern($0, $1) }
            return state.carryOut(.setBudget(target, budget.terms(.operations)), at: now)
        }
    }

    /// Sets a budget's cap, as an operator says; its zone and raise stay. As ``set(_:by:)`` otherwise.
    public func setCap(_ cap: Cap, of address: BudgetAddress, by who: String) async throws(ChangeFailure) {
        let change = try change(of: address, "budget set", by: who)
        _ = try await confirmed(change) { state, now in
            let target = BudgetSetting(address.scope, address.period, cap).target { state.intern($0, $1) }
            var terms = state.books.terms[target] ?? Terms()
            terms.cap = cap
            terms.source = .operations
            return state.carryOut(.setBudget(target, terms), at: now)
        }
    }

    /// Takes back what an operator said of a budget: its family's holds, or none. Doing it again changes nothing.
    ///
    /// - Returns: whether there was something.
    /// - Throws: ``ChangeFailure/named(_:)`` for one that the settings name.
    public func removeBudget(_ address: BudgetAddress, by who: String) async throws(ChangeFailure) -> Bool {
        let change = try change(of: address, "budget removed", by: who)
        let events = try await confirmed(change) { state, now in
            guard let target = address.target(in: state.names), state.books.terms[target]?.source == .operations else {
                return .success([])
            }
            return state.carryOut(.setBudget(target, state.policy.fallbacks[target] ?? Terms()), at: now)
        }
        return !events.isEmpty
    }

    private func change(
        of address: BudgetAddress, _ action: String, by who: String
    ) throws(ChangeFailure) -> Remark {
        let place = read { _, names, policy, _ in address.target(in: names).flatMap { policy.named[$0] } }
        if let place { throw .named(place) }
        return Remark(who: who, action: action, target: "\(address.scope), \(address.period)") { books, names, _, _ in
            address.target(in: names).flatMap { books.terms[$0] }.map { $0.inWords } ?? "none"
        }
    }

    /// Brings all budgets in line with new settings; what operators set stays, but for budgets that the settings name.
    public func apply(_ caps: Caps) -> Result<[Entry.Event], Refusal> {
        state.withLock { state in
            caps.add(to: &state.policy.zones)
            let agreement = Agreement(caps, zones: state.policy.zones, books: state.books) { state.intern($0, $1) }
            state.policy.groups = agreement.groups
            state.policy.named = agreement.places
            state.policy.fallbacks = agreement.fallbacks
            state.policy.alerts = agreement.alerts
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

extension Terms {
    /// For the record of changes: `5 USD, 8 USD until 2026-12-01T00:00:00Z, Europe/Berlin`.
    fileprivate var inWords: String {
        let cap =
            switch cap {
            case .limit(let money): "\(money) USD"
            case .none: "no cap"
            case .inherited: "as its kind"
            }
        let raise = raise.map { "\($0.limit) USD until \($0.until.rfc3339)" }
        return [cap, raise, zone].compactMap { $0 }.joined(separator: ", ")
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
