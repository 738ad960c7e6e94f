import ExactMoney

/// An entry that cannot follow the ones before it. A log that holds one is damaged.
public struct BrokenEntry: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(description: String) {
        self.description = description
    }
}

extension Books {
    /// Folds one entry in.
    ///
    /// - Throws: ``BrokenEntry`` where the entry contradicts the ones before it; the books are then unchanged.
    public mutating func apply(_ entry: Entry) throws(BrokenEntry) {
        guard entry.at >= lastInstant else {
            throw BrokenEntry(
                description: "time runs back from \(lastInstant.milliseconds) to \(entry.at.milliseconds) ms")
        }
        switch entry.event {
        case .reserved(let reservation): try applyReserved(reservation, at: entry.at)
        case .dispatched(let id, let generation):
            _ = try openCall(id)
            open[id]?.generation = generation
        case .settled(let id, let settlement): try applySettled(id, settlement, at: entry.at)
        case .released(let id): try applyReleased(id)
        case .unresolved(let id, let doubt): try applyUnresolved(id, doubt, at: entry.at)
        case .overrun: break  // a remark; the settlement before it holds the money
        case .priced: break  // a remark; calls carry their own amounts
        case .credited(let window, let amount, _):
            guard amount > .zero, balances[window]?.settled ?? .zero >= MoneySum(amount) else {
                throw BrokenEntry(description: "a credit of \(amount) USD is more than was settled")
            }
            balances[window]?.settled -= amount
        case .audited: break  // a remark
        case .keyIssued(let issue): try keys.issue(issue, at: entry.at)
        case .keyRevoked(let id, let end): try keys.revoke(id, from: end)
        case .keyChanged(let change): try keys.change(change, at: entry.at)
        case .called(let id, _): _ = try openCall(id)
        case .outsideSpent(let spend): try applyOutsideSpent(spend)
        case .overbooked(let over): try applyOverbooked(over)
        case .returned(let id, let what): try applyReturned(id, what)
        case .corrected(let window, let amount, _): try applyCorrected(window, amount)
        case .capChanged(let target, let cap):
            var changed = terms[target] ?? Terms()
            changed.cap = cap
            agree(on: target, changed)
        case .budgetSet(let target, let terms): agree(on: target, terms)
        }
        lastInstant = entry.at
    }

    private mutating func applyReserved(_ reservation: Entry.Reservation, at instant: Instant) throws(BrokenEntry) {
        guard reservation.id > lastReservation, reservation.amount >= .zero else {
            throw BrokenEntry(description: "reservation \(reservation.id.number) is out of order or negative")
        }
        lastReservation = reservation.id
        open[reservation.id] = Open(reservation: reservation, at: instant)
        // How it was admitted is the log's business; from here on it is a call like any other.
        open[reservation.id]?.reservation.isObserved = false
        for window in reservation.windows {
            balances[window, default: Balance()].reserved += reservation.amount
            balances[window, default: Balance()].callsInFlight += 1
        }
    }

    private mutating func applySettled(
        _ id: ReservationID, _ settlement: Entry.Settlement, at instant: Instant
    ) throws(BrokenEntry) {
        let call = try openCall(id)
        guard settlement.cost >= .zero else {
            throw BrokenEntry(description: "reservation \(id.number) settles below zero")
        }
        if !call.reservation.usesOwnKey { key.settled(settlement, of: call, at: instant) }
        takeBack(call)
        open[id] = nil
        for window in call.reservation.windows {
            balances[window, default: Balance()].settled += settlement.cost
            guard case .tenant = window.budget.scope, window.budget.period == .month else { continue }
            let tally = TallyID(window: window, model: call.reservation.model)
            tallies[tally, default: Tally()].requests += 1
            tallies[tally, default: Tally()].inputTokens &+= settlement.inputTokens
            tallies[tally, default: Tally()].outputTokens &+= settlement.outputTokens
            tallies[tally, default: Tally()].cost += settlement.cost
            tallies[tally, default: Tally()].saved += settlement.saved
        }
    }

    private mutating func applyReleased(_ id: ReservationID) throws(BrokenEntry) {
        let call = try openCall(id)
        guard call.doubt == nil else {
            throw BrokenEntry(description: "reservation \(id.number) is released though its cost is in doubt")
        }
        takeBack(call)
        open[id] = nil
    }

    private mutating func applyUnresolved(
        _ id: ReservationID, _ doubt: Entry.Doubt, at instant: Instant
    ) throws(BrokenEntry) {
        let call = try openCall(id)
        guard call.doubt == nil else { throw BrokenEntry(description: "reservation \(id.number) is unresolved twice") }
        takeBack(call)
        open[id]?.doubt = doubt
        open[id]?.doubtAt = instant
        for window in call.reservation.windows {
            balances[window, default: Balance()].unresolved += call.reservation.amount
        }
    }

    func openCall(_ id: ReservationID) throws(BrokenEntry) -> Open {
        guard let call = open[id] else { throw BrokenEntry(description: "reservation \(id.number) is not open") }
        return call
    }

    /// Takes what the call holds out of where it is held.
    private mutating func takeBack(_ call: Open) {
        for window in call.reservation.windows {
            if call.doubt == nil {
                balances[window, default: Balance()].reserved -= call.reservation.amount
                balances[window, default: Balance()].callsInFlight -= 1
            } else {
                balances[window, default: Balance()].unresolved -= call.held
            }
        }
    }
}
