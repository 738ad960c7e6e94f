import Budgeting
import ExactMoney

extension SimulatedGateway {
    /// What the books decide, or what a mutant makes of it.
    func decided(_ command: Command, at now: Instant) -> Result<[Entry.Event], Refusal> {
        let sound = books.decide(command, at: now, zones: zones)
        switch (mutant, command) {
        case (.forgetsReservedMoney, .reserve), (.forgetsUnresolvedMoney, .reserve),
            (.forgetsTheGlobalBudgets, .reserve), (.forgetsNarrowBudgets, .reserve):
            return carelesslyAdmitted(command, at: now) ?? sound
        case (.countsByOneZone, .reserve):
            return sound.map { $0.map(countedByTheStandardZone(at: now)) }
        case (.countsNarrowBudgetsNowhere, .reserve(let scopes, _, let amount)):
            return sound.map { _ in
                [.reserved(forged(scopes.tenant, amount, Array(windows(over: scopes, at: now).prefix(4))))]
            }
        case (.letsARaiseLast, .setBudget(let target, var terms)):
            terms.raise = terms.raise.map { .init(to: $0.limit, until: .never) }
            return books.decide(.setBudget(target, terms), at: now, zones: zones)
        case (.keepsTheReservationOfASettlement, .settle(let id, _)):
            guard let held = books.open[id]?.reservation else { return sound }
            return sound.map { [.reserved(forged(held.tenant, held.amount, held.windows))] + $0 }
        case (.settlesAtMostTheCeiling, .settle(let id, var settlement)):
            settlement.cost = min(settlement.cost, books.open[id]?.reservation.amount ?? .zero)
            return books.decide(.settle(id, settlement), at: now, zones: zones)
        case (.forgetsToAnnounceAnOverrun, .settle):
            return sound.map { Array($0.prefix(1)) }
        case (.countsACallWhereItEnds, .settle(let id, let settlement)):
            guard let call = books.open[id], call.doubt == nil else { return sound }
            let budgets = call.reservation.windows.map(\.budget)
            let here = forged(
                call.reservation.tenant, call.reservation.amount, budgets.map { window(of: $0, at: now) })
            guard here.windows != call.reservation.windows else { return sound }
            return sound.map {
                [.released(id), .reserved(here), .settled(here.id, settlement)] + overruns($0, of: here.id)
            }
        default:
            return sound
        }
    }

    /// Admits by an incomplete sum; nil where even that refuses.
    private func carelesslyAdmitted(_ command: Command, at now: Instant) -> Result<[Entry.Event], Refusal>? {
        guard case .reserve(let scopes, _, let amount) = command else { return nil }
        for account in books.accounts(over: scopes, at: now, zones: zones) {
            guard let limit = account.cap.limit else { continue }
            if mutant == .forgetsTheGlobalBudgets, account.budget.scope == .global { continue }
            if mutant == .forgetsNarrowBudgets, !BudgetID.over(scopes.tenant).contains(account.budget) { continue }
            let balance = account.balance
            var counted = balance.exposure
            if mutant == .forgetsReservedMoney { counted = balance.booked }
            if mutant == .forgetsUnresolvedMoney { counted = balance.settled + balance.reserved }
            guard counted + MoneySum(amount) <= MoneySum(limit) else { return nil }
        }
        return .success([.reserved(forged(scopes.tenant, amount, windows(over: scopes, at: now)))])
    }

    private func countedByTheStandardZone(at now: Instant) -> (Entry.Event) -> Entry.Event {
        { event in
            guard case .reserved(let reservation) = event else { return event }
            let windows = reservation.windows.map {
                WindowID(budget: $0.budget, start: $0.budget.period.start(containing: now, in: zones.standard))
            }
            return .reserved(forged(reservation.tenant, reservation.amount, windows))
        }
    }

    private func overruns(_ events: [Entry.Event], of id: ReservationID) -> [Entry.Event] {
        events.compactMap { if case .overrun(_, let amount) = $0 { .overrun(id, by: amount) } else { nil } }
    }

    private func forged(_ tenant: TenantID, _ amount: Money, _ windows: [WindowID]) -> Entry.Reservation {
        Entry.Reservation(
            id: ReservationID(books.lastReservation.number + 1), tenant: tenant, model: ModelID(1), amount: amount,
            windows: windows)
    }

    private func windows(over scopes: CallScopes, at now: Instant) -> [WindowID] {
        books.accounts(over: scopes, at: now, zones: zones).map(\.window)
    }

    private func window(of budget: BudgetID, at now: Instant) -> WindowID {
        books.account(of: budget, at: now, zones: zones).window
    }
}
