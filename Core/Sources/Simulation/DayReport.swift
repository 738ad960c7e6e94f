public import ExactMoney

/// What came of a simulated day.
public struct DayReport: Hashable, Sendable {
    public var calls = 0
    public var timeouts = 0
    public var timeoutsWithoutID = 0
    public var settledByRecord = 0
    public var returned = 0
    public var assumed = 0
    /// How often the key's growth gave back of all calls together.
    public var returnedInAll = 0
    /// What the provider charged our calls.
    public var billed = MoneySum.zero
    /// What others spent on the key, and what of it was booked.
    public var outside = MoneySum.zero
    public var outsideBooked = MoneySum.zero
    /// What the global month holds at the end.
    public var booked = MoneySum.zero
    /// The longest that a call was in doubt.
    public var oldestDoubtMilliseconds: Int64 = 0

    /// Hundredths of a percent that is booked above the bill.
    public var excess: Int128 {
        let bill = billed.nanodollars + outside.nanodollars
        return bill > 0 ? (booked.nanodollars - bill) * 10_000 / bill : 0
    }
}

/// A mistake in how evidence is read. Each must be seen as a bill that the books do not cover.
public enum DayMutant: String, Hashable, Sendable, CaseIterable {
    /// Takes settlements for part of the growth that may not show in it yet.
    case explainsByWhatMayNotShow
    /// Weighs a call while the provider may still be charging it.
    case weighsTooSoon
    /// Gives back what nothing told of for an hour.
    case givesBackAfterAnHour
    /// Takes a call that its provider does not know yet for one that was never charged.
    case takesNotYetForNever
    /// Never looks at the key.
    case ignoresTheKey
}
