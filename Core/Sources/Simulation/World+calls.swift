import Budgeting
import ExactMoney

/// What becomes of calls once they are admitted.
extension World {
    mutating func moveACall() throws(Broken) {
        guard !live.isEmpty else { return }
        let place = Int(chance.number(below: Int64(live.count)))
        let number = live[place]
        guard let id = calls[number].reservation else { return }
        if calls[number].stage == .admitted, !chance.once(in: 8) {
            try dispatch(number, id)
        } else {
            live.remove(at: place)
            let wasSent = calls[number].stage == .sent
            calls[number].stage = .over
            try ask(wasSent ? end(of: number, id) : .release(id), by: .call(number))
        }
    }

    private mutating func dispatch(_ number: Int, _ id: ReservationID) throws(Broken) {
        calls[number].stage = .sent
        provider.receive(number)
        // The answer's head, with the generation, does not always come.
        if !chance.once(in: 3) { try ask(.dispatched(id, generation: "gen-\(number)"), by: .call(number)) }
    }

    /// How a call that was sent ends, and what its caller tells the gateway.
    private mutating func end(of number: Int, _ id: ReservationID) -> Command {
        switch chance.number(below: 10) {
        case ..<5:
            return settle(id, bill(number), .provider)
        case 5:
            provider.drop(number)
            return .release(id)
        case 6:
            _ = bill(number)
            return mutant == .releasesACutStream ? .release(id) : .leaveUnresolved(id, .upstreamBroke)
        case 7:
            _ = bill(number)
            return .leaveUnresolved(id, .noUsage)
        default:
            // It goes on at the provider, and may be charged later.
            return mutant == .releasesWhatTheClientLeft ? .release(id) : .leaveUnresolved(id, .clientGone)
        }
    }

    private func settle(_ id: ReservationID, _ cost: Money, _ evidence: Entry.Evidence) -> Command {
        .settle(id, Entry.Settlement(cost: cost, inputTokens: 1, outputTokens: 1, evidence: evidence))
    }

    @discardableResult
    private mutating func bill(_ number: Int) -> Money {
        let call = calls[number]
        let ceiling = call.amount.nanodollars
        var cost = chance.once(in: 4) ? ceiling : chance.number(below: ceiling + 1)
        if features.providerLies, chance.once(in: 8) { cost = ceiling + 1 + chance.number(below: ceiling + scale) }
        let money = Money(nanodollars: cost)
        provider.bill(number, money)
        billAuditor.bill(money, ceiling: call.amount, reservation: call.reservation, on: call.pages)
        touched.formUnion(call.pages)
        return money
    }

    /// A call whose caller is gone ends at the provider: charged, mostly.
    mutating func endAnAbandonedCall() {
        let abandoned = provider.running.filter { calls[$0].stage == .over }
        guard !abandoned.isEmpty else { return }
        let number = chance.one(of: abandoned)
        if chance.once(in: 4) { provider.drop(number) } else { bill(number) }
    }

    /// Settles an unresolved call by the provider's record.
    mutating func reconcile() throws(Broken) {
        let doubtful = doubtful
        guard !doubtful.isEmpty else { return }
        let id = chance.one(of: doubtful)
        let record = callOf[id].map(provider.record(of:)) ?? .none
        if mutant == .expiryGivesUnresolvedMoneyBack {
            try ask(settle(id, .zero, .rates), by: .reconciler)
            return
        }
        switch record {
        case .running: return
        case .billed(let cost): try ask(settle(id, cost, .provider), by: .reconciler)
        case .none: try ask(settle(id, .zero, .provider), by: .reconciler)
        }
        report.counts.reconciled += 1
    }

    /// Tells a second time that a call has ended, as a confused caller would. It must be refused.
    mutating func closeAgain() throws(Broken) {
        guard let gateway, !calls.isEmpty else { return }
        let number = Int(chance.number(below: Int64(calls.count)))
        guard let id = calls[number].reservation, gateway.books.open[id] == nil else { return }
        let commands = [settle(id, calls[number].amount, .provider), .release(id), .leaveUnresolved(id, .noUsage)]
        let command = chance.one(of: commands)
        guard case .failure(.notOpen) = gateway.decided(command, at: max(wall, gateway.books.lastInstant)) else {
            throw Broken(.closedOnce, "\(command) was taken for a call that is closed")
        }
        report.counts.closedTwiceRefused += 1
    }

    mutating func endCallsOfADeadProcess() {
        for number in calls.indices where calls[number].stage != .over { calls[number].stage = .over }
        live = []
        for number in provider.running {
            switch chance.number(below: 3) {
            case 0: bill(number)
            case 1: provider.drop(number)
            default: break  // it runs on and may be charged later
            }
        }
    }
}
