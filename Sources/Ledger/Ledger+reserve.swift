public import Budgeting
public import ExactMoney
import Synchronization

/// What a caller wants of the books, decided under the lock.
public enum Plan<Grant: Sendable, Denial: Sendable>: Sendable {
    case reserve(ModelID, Money, Grant)
    /// Set it aside whatever the caps say: observe mode.
    case observe(ModelID, Money, Grant)
    /// Only held money is in the way, in this budget first.
    case wait(on: BudgetID)
    case refuse(Denial)
}

/// What became of a plan.
public enum Reserved<Grant: Sendable, Denial: Sendable>: Sendable {
    case granted(ReservationClaim, Grant)
    case denied(Denial)
    case unavailable(LedgerError)
}

/// What is known of a plan at once.
public enum Submitted<Denial: Sendable>: Sendable {
    /// The answer comes when it is durable.
    case submitted
    /// Queued until held money comes back; withdraw it when its time is up.
    case waiting(WaiterID)
    case denied(Denial)
    case unavailable(LedgerError)
}

public struct WaiterID: Hashable, Sendable {
    let number: UInt64
}

struct Waiter: Sendable {
    let id: WaiterID
    var budget: BudgetID
    /// Tries again: the budget still in the way, or nil when it has been answered one way or the other.
    let attempt: @Sendable (inout Ledger.State, Instant) -> BudgetID?
    let fail: @Sendable (LedgerError) -> Void
}

extension Ledger {
    /// Whether a plan waits behind those that came before it.
    public enum Queueing: Sendable {
        case inOrder
        /// It has waited its time; it takes what is there.
        case now
    }

    /// Decides `plan` against the books; a reservation is answered on `loop` when it is durable.
    ///
    /// Calls that wait for held money are served in order of arrival: a later one does not overtake them on the same budget,
    /// unless it is free of charge.
    public func reserve<Grant, Denial>(
        _ scopes: CallScopes, _ queueing: Queueing, on loop: any CompletionLoop,
        plan: @escaping @Sendable (Books, Policy, Instant) -> Plan<Grant, Denial>,
        complete: @escaping @Sendable (Reserved<Grant, Denial>) -> Void
    ) -> Submitted<Denial> {
        state.withLock { state in
            let wall = clock()
            if let failure = failure(state, at: wall) { return .unavailable(failure) }
            if state.isClosing { return .unavailable(.unavailable("it is closing")) }
            let now = state.books.time(wall: wall)
            switch plan(state.books, state.policy, now) {
            case .refuse(let denial): return .denied(denial)
            case .wait(let budget):
                return .waiting(enqueue(&state, budget, scopes, loop, plan, complete))
            case .reserve(let model, let amount, let grant):
                if queueing == .inOrder, amount > .zero, let budget = state.budgetWaitedFor(over: scopes, at: now) {
                    return .waiting(enqueue(&state, budget, scopes, loop, plan, complete))
                }
                submit(&state, .reserve(scopes, model: model, amount: amount), grant, at: now, loop, complete)
                return .submitted
            case .observe(let model, let amount, let grant):
                submit(&state, .observe(scopes, model: model, amount: amount), grant, at: now, loop, complete)
                return .submitted
            }
        }
    }

    /// Withdraws a waiting plan. False where it has been answered already.
    public func withdraw(_ waiter: WaiterID) -> Bool {
        // Handed out of the lock before it is let go of: what a waiter holds may itself speak to the ledger when it ends.
        let withdrawn = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == waiter }) else { return nil }
            defer { retryWaiters(&state) }
            return state.waiters.remove(at: index)
        }
        return withdrawn != nil
    }

    private func submit<Grant, Denial>(
        _ state: inout State, _ command: Command, _ grant: Grant, at now: Instant, _ loop: any CompletionLoop,
        _ complete: @escaping @Sendable (Reserved<Grant, Denial>) -> Void
    ) {
        guard case .success(let events) = state.carryOut(command, at: now), case .reserved(let made) = events.first
        else {
            preconditionFailure("the books refuse what was planned on them: \(command)")
        }
        state.pending.reservations.append(
            PendingReservation(id: made.id, loop: loop) { result in
                switch result {
                case .success(let claim): complete(.granted(claim, grant))
                case .failure(let error): complete(.unavailable(error))
                }
            })
        wakeWriter(&state, after: loop)
    }

    private func enqueue<Grant, Denial>(
        _ state: inout State, _ budget: BudgetID, _ scopes: CallScopes, _ loop: any CompletionLoop,
        _ plan: @escaping @Sendable (Books, Policy, Instant) -> Plan<Grant, Denial>,
        _ complete: @escaping @Sendable (Reserved<Grant, Denial>) -> Void
    ) -> WaiterID {
        state.lastWaiter += 1
        let id = WaiterID(number: state.lastWaiter)
        let attempt: @Sendable (inout State, Instant) -> BudgetID? = { [self] state, now in
            switch plan(state.books, state.policy, now) {
            case .wait(let budget): return budget
            case .refuse(let denial): loop.run([{ complete(.denied(denial)) }])
            case .reserve(let model, let amount, let grant):
                submit(&state, .reserve(scopes, model: model, amount: amount), grant, at: now, loop, complete)
            case .observe(let model, let amount, let grant):
                submit(&state, .observe(scopes, model: model, amount: amount), grant, at: now, loop, complete)
            }
            return nil
        }
        let fail: @Sendable (LedgerError) -> Void = { error in loop.run([{ complete(.unavailable(error)) }]) }
        state.waiters.append(Waiter(id: id, budget: budget, attempt: attempt, fail: fail))
        return id
    }

    /// Tries the waiting calls again, in order of arrival; one that still waits holds back those behind it on its budget.
    func retryWaiters(_ state: inout State) {
        guard !state.waiters.isEmpty else { return }
        let wall = clock()
        let now = state.books.time(wall: wall)
        var blocked: Set<BudgetID> = []
        var still: [Waiter] = []
        let waiters = state.waiters
        state.waiters = []
        if let failure = failure(state, at: wall) {
            for waiter in waiters { waiter.fail(failure) }
            return
        }
        for var waiter in waiters {
            if blocked.contains(waiter.budget) {
                still.append(waiter)
            } else if let budget = waiter.attempt(&state, now) {
                waiter.budget = budget
                blocked.insert(budget)
                still.append(waiter)
            }
        }
        state.waiters = still
    }
}

extension Ledger.State {
    fileprivate func budgetWaitedFor(over scopes: CallScopes, at now: Instant) -> BudgetID? {
        guard !waiters.isEmpty else { return nil }
        let over = books.accounts(over: scopes, at: now, zones: policy.zones).map(\.budget)
        return waiters.first { over.contains($0.budget) }?.budget
    }
}
