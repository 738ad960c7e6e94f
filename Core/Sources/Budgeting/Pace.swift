public import ExactMoney

/// How fast money goes: an amount over a stretch of time.
public struct Pace: Hashable, Sendable {
    public let spent: MoneySum
    public let milliseconds: Int64

    /// Less than an hour says little of the hours to come, so the first minutes of a day count as an hour.
    private static let least: Int64 = 3_600_000

    public init(spent: MoneySum, from start: Instant, to end: Instant) {
        self.spent = max(.zero, spent)
        milliseconds = max(Pace.least, end.milliseconds - start.milliseconds)
    }

    /// Nil where nothing is spent, or not in a hundred years.
    public func whenGone(_ amount: MoneySum, from now: Instant) -> Instant? {
        guard spent > .zero else { return nil }
        let (product, overflow) = amount.nanodollars.multipliedReportingOverflow(by: Int128(milliseconds))
        guard !overflow else { return nil }
        let wait = product / spent.nanodollars
        return wait < 3_155_760_000_000 ? now.adding(milliseconds: Int64(wait)) : nil
    }

    /// When a cap is used up of which so much is booked; nil where that is not before the end of its window, or has been.
    public func usedUp(_ cap: Cap, booked: MoneySum, before end: Instant, from now: Instant) -> Instant? {
        guard let limit = cap.limit, booked < MoneySum(limit) else { return nil }
        return whenGone(MoneySum(limit) - booked, from: now).flatMap { $0 < end ? $0 : nil }
    }

    /// What goes in so long a time.
    public func amount(over milliseconds: Int64) -> MoneySum {
        MoneySum(nanodollars: spent.nanodollars * Int128(max(0, milliseconds)) / Int128(self.milliseconds))
    }
}
