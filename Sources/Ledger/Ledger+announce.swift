import Budgeting
import ExactMoney
import Synchronization

extension Ledger.State {
    /// Tells what an entry means to an operator: states and shares that were reached, overruns, outside spend,
    /// assumptions, prices.
    ///
    /// - Parameter call: the reservation that the entry is about, as it stood before its command.
    mutating func announce(_ entry: Entry, about call: Books.Open?) {
        for event in happenings(entry.event, call) { events.tell(event, at: entry.at) }
    }

    private mutating func happenings(_ event: Entry.Event, _ call: Books.Open?) -> [GatewayEvent] {
        switch event {
        case .settled(_, let settlement):
            guard let call else { return [] }
            return reached(call.reservation.windows)
                + (settlement.evidence == .assumed ? [assumed(call, settlement.cost)] : [])
        case .unresolved: return reached(call?.reservation.windows ?? [])
        case .overrun(_, let amount): return call.map { [overran($0, by: amount)] } ?? []
        case .outsideSpent(let spend):
            guard let most = spend.shares.map(\.amount).max() else { return [] }
            return [.spentOutside(most)] + reached(spend.shares.map(\.window))
        case .corrected(let window, _, _): return reached([window])
        case .priced(let model, let change) where !change.old.isEmpty:
            return [
                .priceChanged(
                    model: names.text(of: model), old: Self.words(change.old), new: Self.words(change.new))
            ]
        case .capChanged, .budgetSet: return reached(Array(books.balances.keys))
        default: return []
        }
    }

    private mutating func reached(_ windows: [WindowID]) -> [GatewayEvent] {
        announcements.crossings(in: windows, of: books, policy.thresholds, policy.alerts).map(event)
    }

    /// What budgets have reached in windows that run now, whether it was told or not.
    fileprivate func standing(at now: Instant) -> [GatewayEvent] {
        let present = books.balances.keys.filter { window in
            window.mayRun(at: now)
                && books.window(of: window.budget, at: now, zones: policy.zones).start == window.start
        }
        return Announcements.standing(in: present, of: books, policy.thresholds, policy.alerts).map(event)
    }

    private func event(of crossing: Announcements.Crossing) -> GatewayEvent {
        let budget = crossing.window.budget
        let told = GatewayEvent.Crossing(
            scope: names.title(of: budget.scope), tenant: budget.scope.tenant.map(names.text(of:)),
            period: "\(budget.period)", windowStart: crossing.window.start,
            windowEnd: books.window(of: budget, at: crossing.window.start, zones: policy.zones).end,
            level: crossing.level, booked: crossing.booked, cap: crossing.cap)
        return crossing.isNewState ? .stateReached(crossing.state, told) : .shareReached(told)
    }

    /// `prompt 0.000001, completion 0.000002`
    private static func words(_ prices: [Entry.PriceChange.Price]) -> String {
        prices.map { "\($0.name) \($0.rate)" }.joined(separator: ", ")
    }

    private func overran(_ call: Books.Open, by amount: Money) -> GatewayEvent {
        .overran(
            request: "req-\(call.reservation.id.number)", tenant: names.text(of: call.reservation.tenant),
            model: names.text(of: call.reservation.model), ceiling: call.reservation.amount, by: amount)
    }

    private func assumed(_ call: Books.Open, _ amount: Money) -> GatewayEvent {
        .assumed(
            request: "req-\(call.reservation.id.number)", tenant: names.text(of: call.reservation.tenant),
            model: names.text(of: call.reservation.model), amount: amount)
    }
}

extension Ledger {
    /// The states, and the shares of caps, that budgets have reached in windows that run now, whether it was told or not. It holds the
    /// lock for a microsecond a window.
    public func standingCrossings() -> [GatewayEvent] {
        state.withLock { $0.standing(at: now($0.books)) }
    }
}

extension WindowID {
    /// False for one that is over for long. Most of the windows that the books keep are, and looking closer at each takes time.
    fileprivate func mayRun(at now: Instant) -> Bool {
        // Twice as long as it should be, where a change of zone makes it longer.
        let days: Int64? =
            switch budget.period {
            case .minute, .hour: 1
            case .day: 3
            case .week: 15
            case .month: 63
            case .total: nil
            }
        return days.map { now.milliseconds - start.milliseconds <= $0 * 86_400_000 } ?? true
    }
}

extension Scope {
    /// Whose tenant's it is; nil where it may be several tenants'.
    fileprivate var tenant: TenantID? {
        switch self {
        case .tenant(let tenant), .user(let tenant, _), .run(let tenant, _): tenant
        case .global, .group, .key, .tag: nil
        }
    }
}

extension NameTable {
    /// "global", "tenant acme", "run nightly"
    fileprivate func title(of scope: Scope) -> String {
        let text = text(of: scope) ?? ""
        return switch scope {
        case .global: "global"
        case .tenant: "tenant \(text)"
        case .group: "group \(text)"
        case .key: "key \(text)"
        case .user: "user \(text)"
        case .run: "run \(text)"
        case .tag: "tag \(text)"
        }
    }
}

extension Command {
    /// The reservation it is about; nil for one that makes a reservation, or is about none.
    var reservation: ReservationID? {
        switch self {
        case .dispatched(let id, _), .settle(let id, _), .release(let id), .leaveUnresolved(let id, _),
            .giveBack(let id, _), .giveBackAll(let id, _):
            id
        default: nil
        }
    }
}
