import Budgeting
import ExactMoney

extension World {
    enum Action {
        case newCall
        case moveACall
        case commit
        case reconcile
        case endAnAbandonedCall
        case closeAgain
        case operate
        case passTime
        case crash
    }

    mutating func nextAction() -> Action {
        switch chance.number(below: 100) {
        case ..<24: .newCall
        case ..<50: live.isEmpty ? .newCall : .moveACall
        case ..<74: .commit
        case ..<81: .reconcile
        case ..<85: .endAnAbandonedCall
        case ..<88: .closeAgain
        case ..<92: .operate
        case ..<98: .passTime
        default: features.crashes ? .crash : .commit
        }
    }

    mutating func step(_ action: Action) throws(Broken) {
        report.steps += 1
        switch action {
        case .newCall: try newCall()
        case .moveACall: try moveACall()
        case .commit: try commit()
        case .reconcile: try reconcile()
        case .endAnAbandonedCall: endAnAbandonedCall()
        case .closeAgain: try closeAgain()
        case .operate: try operate()
        case .passTime: passTime()
        case .crash: try crash()
        }
    }

    @discardableResult
    mutating func ask(_ command: Command, by asker: Asked.Asker) throws(Broken) -> SimulatedGateway.Waiting? {
        report.commands += 1
        booksChanged = true
        switch try gateway?.ask(Asked(command, by: asker), at: wall) {
        case .success(let waiting): return waiting
        case .failure(let refusal):
            if command.isFact { throw Broken(.factsAreTaken, "\(command) was refused: \(refusal)") }
            return nil
        case nil: return nil
        }
    }

    private mutating func newCall() throws(Broken) {
        let scopes = someScopes()
        let amount = Money(nanodollars: callAmount())
        calls.append(Call(tenant: scopes.tenant, amount: amount))
        let number = calls.count - 1
        let command = Command.reserve(scopes, model: ModelID(1), amount: amount)
        guard let waiting = try ask(command, by: .call(number)) else {
            calls[number].stage = .over
            report.counts.refused += 1
            return
        }
        calls[number].pages = waiting.windows.map { calendar.page(of: $0.budget, at: waiting.at) }
        if waiting.windows.count > 4 { report.counts.narrowAdmitted += 1 }
        if mutant == .dispatchesBeforeTheReservationIsDurable { admit(number, as: waiting.reservation) }
    }

    private mutating func callAmount() -> Int64 {
        if chance.once(in: 12) { return 0 }
        if features.hugeCalls, chance.once(in: 10) { return chance.number(below: scale * 2) }
        return 1 + chance.number(below: scale / 4)
    }

    mutating func admit(_ number: Int, as reservation: ReservationID?) {
        guard calls[number].stage == .asking, let reservation else { return }
        calls[number].stage = .admitted
        calls[number].reservation = reservation
        callOf[reservation] = number
        live.append(number)
        report.counts.admitted += 1
        if calls[number].amount == .zero { report.counts.freeAdmitted += 1 }
    }

    private mutating func passTime() {
        let day = calendar.label(.day, at: wall, in: zones.standard)
        let month = calendar.label(.month, at: wall, in: zones.standard)
        var minutes = chance.number(below: 60)
        if features.daysPass, chance.once(in: 5) { minutes = chance.number(below: 30 * 60) }
        if features.daysPass, chance.once(in: 30) { minutes = chance.number(below: 20 * 1440) }
        if features.clockRunsBack, chance.once(in: 5) { minutes = -chance.number(below: 120) }
        wall = Instant(milliseconds: wall.milliseconds + minutes * 60_000 + chance.number(below: 60_000))
        if calendar.label(.day, at: wall, in: zones.standard) != day { report.counts.dayChanges += 1 }
        if calendar.label(.month, at: wall, in: zones.standard) != month { report.counts.monthChanges += 1 }
    }
}
