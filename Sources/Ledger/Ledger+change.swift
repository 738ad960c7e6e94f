public import Budgeting
import ExactMoney
import Synchronization

/// Why an operator's change was not made.
public enum ChangeFailure: Error, Hashable, Sendable {
    case refused(Refusal)
    /// The settings name the budget, so it is changed there.
    case named(SettingPlace)
    /// The ledger cannot write, or is closing.
    case unavailable(LedgerError)
}

/// Who changes what, and how to say where it stands, before and after.
public struct Remark: Sendable {
    public var who: String
    /// One word or two: `key issued`.
    public var action: String
    public var target: String
    /// Never tells a secret.
    public var describe: @Sendable (Books, NameTable, Ledger.Policy, Instant) -> String

    public init(
        who: String, action: String, target: String,
        describe: @escaping @Sendable (Books, NameTable, Ledger.Policy, Instant) -> String = { _, _, _, _ in "" }
    ) {
        self.who = who
        self.action = action
        self.target = target
        self.describe = describe
    }
}

extension Remark {
    /// Of a change of what a budget's present window holds as settled.
    public init(who: String, action: String, settledIn budget: BudgetID, called address: BudgetAddress) {
        self.init(who: who, action: action, target: "\(address.scope), \(address.period)") { books, _, policy, now in
            "\(books.balance(of: budget, at: now, zones: policy.zones).settled) USD settled"
        }
    }
}

extension Ledger {
    /// Makes an operator's change and writes down who made it, both or neither.
    ///
    /// - Returns: what the change came to, when that is durable. Nothing, and no remark, where all stood so already.
    public func change(_ command: Command, _ remark: Remark) async throws(ChangeFailure) -> [Entry.Event] {
        try await confirmed(remark) { state, now in state.carryOut(command, at: now) }
    }

    /// Issues a key with budgets of its own, all of it or nothing.
    ///
    /// - Throws: ``ChangeFailure/named(_:)`` where the settings name one of the budgets.
    public func issue(
        _ key: KeyIssue, budgets: [BudgetSetting], _ remark: Remark
    ) async throws(ChangeFailure) {
        let place = read { _, names, policy, _ in
            budgets.lazy.compactMap { $0.address.target(in: names).flatMap { policy.named[$0] } }.first
        }
        if let place { throw .named(place) }
        guard budgets.allSatisfy({ $0.cap.limit ?? .zero >= .zero }) else { throw .refused(.badAmount) }
        _ = try await confirmed(remark) { state, now in
            var result = state.carryOut(.issueKey(key), at: now)
            for budget in budgets {
                guard case .success(let events) = result else { break }
                let target = budget.target { state.intern($0, $1) }
                result = state.carryOut(.setBudget(target, budget.terms(.operations)), at: now).map { events + $0 }
            }
            return result
        }
    }

    /// Writes down what somebody did that is in no other entry.
    public func remark(_ remark: Remark) async throws(ChangeFailure) {
        _ = try await confirmed(remark) { _, _ in .success([]) }
    }

    func confirmed(
        _ remark: Remark, _ change: (inout State, Instant) -> Result<[Entry.Event], Refusal>
    ) async throws(ChangeFailure) -> [Entry.Event] {
        let result = await withCheckedContinuation { continuation in
            state.withLock { state in
                guard state.failure == nil, !state.isClosing else {
                    let why = state.failure ?? .unavailable("it is closing")
                    return continuation.resume(
                        returning: Result<[Entry.Event], ChangeFailure>.failure(.unavailable(why)))
                }
                let now = now(state.books)
                let before = remark.describe(state.books, state.names, state.policy, now)
                switch change(&state, now) {
                case .failure(let refusal): return continuation.resume(returning: .failure(.refused(refusal)))
                case .success(let events):
                    let after = remark.describe(state.books, state.names, state.policy, now)
                    guard state.wasChanged(by: events, before, after) else {
                        return continuation.resume(returning: .success(events))
                    }
                    state.note(remark, before, after, at: now)
                    state.pending.confirmations.append { error in
                        continuation.resume(returning: error.map { .failure(.unavailable($0)) } ?? .success(events))
                    }
                    retryWaiters(&state)
                    wakeWriter(&state, after: nil)
                }
            }
        }
        return try result.get()
    }
}

extension Ledger.State {
    /// A remark that stands alone describes nothing, and is always written.
    fileprivate func wasChanged(by events: [Entry.Event], _ before: String, _ after: String) -> Bool {
        !events.isEmpty || before == after && before.isEmpty
    }

    fileprivate mutating func note(_ remark: Remark, _ before: String, _ after: String, at now: Instant) {
        _ = carryOut(
            .audit(
                Entry.Audit(
                    who: remark.who, action: remark.action, target: remark.target, before: before, after: after)),
            at: now)
    }
}
