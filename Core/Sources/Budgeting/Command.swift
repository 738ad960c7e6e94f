public import ExactMoney

/// What the ledger can be asked to do.
public enum Command: Hashable, Sendable {
    /// Set `amount` aside in every budget over the call, all or nothing.
    case reserve(CallScopes, model: ModelID, amount: Money)
    /// As `reserve`, but caps are only watched: observe mode.
    case observe(CallScopes, model: ModelID, amount: Money)
    case dispatched(ReservationID, generation: String)
    case settle(ReservationID, Entry.Settlement)
    case release(ReservationID)
    case leaveUnresolved(ReservationID, Entry.Doubt)
    /// Forgive all that is settled in the budget's present window. What is unresolved stays: nobody knows it yet.
    case reset(BudgetID)
    case credit(BudgetID, Money)
    /// A new cap; zone and raise stay as they are.
    case setCap(CapTarget, Cap)
    /// Upstream said how much the key has used. What our calls do not explain is booked on the global budgets.
    case readKey(KeyReading, KeyOpening?)
    /// Give back what an unresolved call holds beyond what the key's growth leaves room for.
    case giveBack(ReservationID, KeyRules)
    /// Give back to the global budgets what is booked of all calls together beyond the key's growth.
    case giveBackOverbooked(KeyRules)
    /// Give back all that an unresolved call holds, on an operator's word.
    case giveBackAll(ReservationID, reason: String)
    /// Set right what a budget's present window holds as settled; below zero it is a credit.
    case correct(BudgetID, Money, reason: String)
    case price(ModelID, Entry.PriceChange)
    case issueKey(KeyIssue)
    /// A new secret for a key, under the rules that it has; those before it stay good until then.
    case rotateKey(KeyIssue, until: Instant)
    case revokeKey(KeyID, from: Instant)
    case changeKey(KeyChange)
    case audit(Entry.Audit)
    /// New terms in place of all that was said. Terms that say nothing end the budget.
    case setBudget(CapTarget, Terms)
}

/// Why a command was not carried out. Nothing was changed.
public enum Refusal: Error, Hashable, Sendable {
    /// The amount does not fit what `budget` has left.
    case exceeds(BudgetID)
    /// The reservation was closed before, or there never was one.
    case notOpen(ReservationID)
    /// A negative amount, or one beyond what was settled.
    case badAmount
    /// A change of the books by hand says why.
    case noReason
    /// A key of this name is good, or belongs to another tenant.
    case keyExists(KeyID)
    case noSuchKey(KeyID)
    /// A key that would have ended before it began.
    case badKey
    /// No secret of the key is good any more, so there is nothing to change.
    case keyEnded(KeyID)
}
