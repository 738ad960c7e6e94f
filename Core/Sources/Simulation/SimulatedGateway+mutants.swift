import Budgeting
import ExactMoney

extension SimulatedGateway {
    /// What the books decide, or what a mutant makes of it.
    func decided(_ command: Command, at now: Instant) -> Result<[Entry.Event], Refusal> {
        let sound = books.decide(command, at: now, zone: zone)
        switch (mutant, command) {
        case (.forgetsReservedMoney, .reserve), (.forgetsUnresolvedMoney, .reserve),
            (.forgetsTheGlobalBudgets, .reserve):
            return carelesslyAdmitted(command, at: now) ?? sound
        case (.keepsTheReservationOfASettlement, .settle(let id, _)):
            guard let held = books.open[id]?.reservation else { return sound }
            return sound.map { [.reserved(forged(held.tenant, held.amount, held.windows))] + $0 }
        case (.settlesAtMostTheCeiling, .settle(let id, var settlement)):
            settlement.cost = min(settlement.cost, books.open[id]?.reservation.amount ?? .zero)
            return books.decide(.settle(id, settlement), at: now, zone: zone)
        case (.forgetsToAnnounceAnOverrun, .settle):
            return sound.map { Array($0.prefix(1)) }
        case (.countsACallWhereItEnds, .settle(let id, let settlement)):
            guard let call = books.open[id], call.doubt == nil else { return sound }
            let here = forged(
                call.reservation.tenant, call.reservation.amount, windows(of: call.reservation.tenant, at: now))
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
        guard case .reserve(let tenant, _, let amount) = command else { return nil }
        for budget in BudgetID.over(tenant) {
            guard let limit = books.cap(of: budget).limit else { continue }
            if mutant == .forgetsTheGlobalBudgets, budget.scope == .global { continue }
            let balance = books.balance(of: budget, at: now, zone: zone)
            var counted = balance.exposure
            if mutant == .forgetsReservedMoney { counted = balance.booked }
            if mutant == .forgetsUnresolvedMoney { counted = balance.settled + balance.reserved }
            guard counted + MoneySum(amount) <= MoneySum(limit) else { return nil }
        }
        return .success([.reserved(forged(tenant, amount, windows(of: tenant, at: now)))])
    }

    private func overruns(_ events: [Entry.Event], of id: ReservationID) -> [Entry.Event] {
        events.compactMap { if case .overrun(_, let amount) = $0 { .overrun(id, by: amount) } else { nil } }
    }

    private func forged(_ tenant: TenantID, _ amount: Money, _ windows: [WindowID]) -> Entry.Reservation {
        Entry.Reservation(
            id: ReservationID(books.lastReservation.number + 1), tenant: tenant, model: ModelID(1), amount: amount,
            windows: windows)
    }

    private func windows(of tenant: TenantID, at now: Instant) -> [WindowID] {
        BudgetID.over(tenant).map { WindowID(budget: $0, start: $0.period.start(containing: now, in: zone)) }
    }
}
