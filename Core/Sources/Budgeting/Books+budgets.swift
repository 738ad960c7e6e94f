import ExactMoney

/// Which budgets stand over a call, and what stands in them.
extension Books {
    /// One budget at an instant: its window, what it allows, and what stands in it.
    public struct Account: Hashable, Sendable {
        public let window: WindowID
        /// Where the window ends.
        public let end: Instant
        public let cap: Cap
        public let balance: Balance

        public var budget: BudgetID { window.budget }
    }

    /// The accounts of all budgets over a call: first the day and the month of its tenant and of all tenants, capped or not;
    /// then whatever else has a cap.
    public func accounts(over scopes: CallScopes, at now: Instant, zones: Zones) -> [Account] {
        var accounts = BudgetID.over(scopes.tenant).map { account(of: $0, at: now, zones: zones) }
        guard !reach.isEmpty else { return accounts }
        for scope in self.scopes(scopes) {
            for period in reach.periods(scope.kind) where !scope.isReported(period) {
                let account = account(of: BudgetID(scope, period), at: now, zones: zones)
                if account.cap.limit != nil { accounts.append(account) }
            }
        }
        return accounts
    }

    /// The accounts of all tenants together: day and month, then what else has a cap.
    func globalAccounts(at now: Instant, zones: Zones) -> [Account] {
        ([.day, .month] + reach.periods(.global)).map { account(of: BudgetID(.global, $0), at: now, zones: zones) }
            .filter { $0.cap.limit != nil || Scope.global.isReported($0.budget.period) }
    }

    public func account(of budget: BudgetID, at now: Instant, zones: Zones) -> Account {
        let agreed = agreed(on: budget)
        let period = agreed.window(budget.period, at: now, zones: zones)
        let window = WindowID(budget: budget, start: period.start)
        return Account(
            window: window, end: period.end, cap: agreed.cap(at: now), balance: balances[window] ?? Balance())
    }

    /// What stands in the budget's present window.
    public func balance(of budget: BudgetID, at now: Instant, zones: Zones) -> Balance {
        account(of: budget, at: now, zones: zones).balance
    }

    /// The budget's present window.
    public func window(of budget: BudgetID, at now: Instant, zones: Zones) -> Window {
        agreed(on: budget).window(budget.period, at: now, zones: zones)
    }

    /// The cap of a budget: its own, else the one of its family, else none; raised while a raise holds.
    public func cap(of budget: BudgetID, at now: Instant) -> Cap { agreed(on: budget).cap(at: now) }

    /// Whether the budget has a cap that is not its family's.
    public func hasOwnCap(_ budget: BudgetID) -> Bool { terms[.budget(budget)].map { $0.cap != .inherited } ?? false }

    /// Whether any budget of the family has terms, so that one more of them may have a budget.
    public func hasTerms(_ family: Family) -> Bool {
        reach.periods(family.kind).contains { terms[.every(family, $0)] != nil }
    }

    /// The zone of the budget's windows; where a change of zone waits for a window to end, the new one.
    public func zone(of budget: BudgetID, in zones: Zones) -> ZoneRules { zones[agreed(on: budget).zone] }

    /// The worst state of all budgets over a call, global ones included. A budget of a minute is no part of it: it slows calls
    /// down and is over before anyone could look.
    public func state(
        over scopes: CallScopes, at now: Instant, zones: Zones, thresholds: Thresholds
    ) -> BudgetState {
        thresholds.state(of: accounts(over: scopes, at: now, zones: zones))
    }

    private func scopes(_ scopes: CallScopes) -> [Scope] {
        let tenant = scopes.tenant
        var all: [Scope] = [.tenant(tenant), .global]
        guard reach.isBeyondTenants else { return all }
        all += scopes.groups.map(Scope.group)
        if let key = scopes.key { all.append(.key(key)) }
        if let user = scopes.user { all.append(.user(tenant, user)) }
        if let run = scopes.run { all.append(.run(tenant, run)) }
        return all + scopes.tags.map(Scope.tag)
    }
}

extension Thresholds {
    /// The worst of these accounts; see ``Books/state(over:at:zones:thresholds:)``.
    public func state(of accounts: [Books.Account]) -> BudgetState {
        accounts.reduce(.active) { worst, account in
            guard account.cap != .none, account.budget.period != .minute else { return worst }
            return max(worst, state(booked: account.balance.booked, cap: account.cap))
        }
    }
}

extension Scope {
    /// Whether such a budget stands over every call, with a cap or without.
    fileprivate func isReported(_ period: Period) -> Bool {
        switch self {
        case .global, .tenant: period == .day || period == .month
        case .group, .key, .user, .run, .tag: false
        }
    }
}

// MARK: - What is agreed

extension Books {
    /// What holds for a budget: its own terms over those of its family.
    struct Agreed {
        var own: Terms?
        var family: Terms?

        var zone: String? { own?.zone ?? family?.zone }

        func cap(at now: Instant) -> Cap {
            if let own, own.cap != .inherited { return own.raised(own.cap, at: now) }
            guard let family, family.cap != .inherited else { return .none }
            return (own?.raise == nil ? family : own ?? family).raised(family.cap, at: now)
        }

        func window(_ period: Period, at now: Instant, zones: Zones) -> Window {
            if let running = own?.running, running.contains(now) { return running }
            if own?.zone == nil, let running = family?.running, running.contains(now) { return running }
            return zones.window(period, containing: now, in: zone)
        }
    }

    func agreed(on budget: BudgetID) -> Agreed {
        let (first, second) = budget.scope.families
        let family = first.flatMap { terms[.every($0, budget.period)] }
        return Agreed(
            own: terms[.budget(budget)], family: family ?? second.flatMap { terms[.every($0, budget.period)] })
    }
}

// MARK: - New terms

extension Books {
    /// What setting new terms comes to. With a change of zone the running window goes on until one of the new zone begins, so that
    /// nobody gets a budget anew by it.
    func setBudget(
        _ target: CapTarget, _ terms: Terms, at now: Instant, zones: Zones
    ) -> Result<[Entry.Event], Refusal> {
        guard terms.cap.limit ?? .zero >= .zero, terms.raise?.limit ?? .zero >= .zero else {
            return .failure(.badAmount)
        }
        var before = Agreed()
        var after = Agreed()
        switch target {
        case .budget(let budget):
            before = agreed(on: budget)
            after = Agreed(own: terms, family: before.family)
        case .every:
            before.own = self.terms[target]
            after.own = terms
        }
        var terms = terms
        terms.running = running(target, from: before, to: after, at: now, zones: zones)
        let isNothingNew = before.own.map { $0 == terms } ?? terms.saysNothing
        return .success(isNothingNew ? [] : [.budgetSet(target, terms)])
    }

    private func running(
        _ target: CapTarget, from before: Agreed, to after: Agreed, at now: Instant, zones: Zones
    ) -> Window? {
        let period = target.period
        if before.zone ?? zones.standard.name == after.zone ?? zones.standard.name {
            return before.own?.running.flatMap { $0.contains(now) ? $0 : nil }
        }
        let present = before.window(period, at: now, zones: zones)
        let zone = zones[after.zone]
        guard period != .total, present != period.window(containing: now, in: zone) else { return nil }
        guard isUsed(target, from: present.start) else { return nil }
        let next = period.window(containing: present.end, in: zone)
        return Window(start: present.start, end: next.start == present.end ? present.end : next.end)
    }

    /// Whether any budget of the target holds something in the window that starts there.
    private func isUsed(_ target: CapTarget, from start: Instant) -> Bool {
        switch target {
        case .budget(let budget): balances[WindowID(budget: budget, start: start)] ?? Balance() != Balance()
        case .every(let family, let period):
            balances.contains { window, balance in
                window.start == start && window.budget.period == period && family.contains(window.budget.scope)
                    && balance != Balance()
            }
        }
    }

    /// Terms that say nothing are none.
    mutating func agree(on target: CapTarget, _ new: Terms) {
        let new = new.saysNothing ? nil : new
        reach.count(target, by: (new == nil ? 0 : 1) - (terms[target] == nil ? 0 : 1))
        terms[target] = new
    }
}

extension Terms {
    fileprivate var saysNothing: Bool { cap == .inherited && zone == nil && raise == nil && running == nil }
}
