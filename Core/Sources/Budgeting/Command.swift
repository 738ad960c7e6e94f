public import ExactMoney

/// What the ledger can be asked to do.
public enum Command: Hashable, Sendable {
    /// Set `amount` aside in every budget over the tenant, all or nothing.
    case reserve(tenant: TenantID, model: ModelID, amount: Money)
    /// As `reserve`, but caps are only watched: observe mode.
    case observe(tenant: TenantID, model: ModelID, amount: Money)
    case dispatched(ReservationID, generation: String)
    case settle(ReservationID, Entry.Settlement)
    case release(ReservationID)
    case leaveUnresolved(ReservationID, Entry.Doubt)
    /// Forgive all that is settled in the budget's present window. What is unresolved stays: nobody knows it yet.
    case reset(BudgetID)
    case credit(BudgetID, Money)
    case setCap(CapTarget, Cap)
    /// Upstream said how much the key has used. What our calls do not explain is booked on the global budgets.
    case readKey(KeyReading, KeyOpening?)
    /// Give back what an unresolved call holds beyond what the key's growth leaves room for.
    case giveBack(ReservationID, KeyRules)
    /// Give back all that an unresolved call holds, on an operator's word.
    case giveBackAll(ReservationID, reason: String)
    /// Set right what a budget's present window holds as settled; below zero it is a credit.
    case correct(BudgetID, Money, reason: String)
    case price(ModelID, Entry.PriceChange)
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
}
