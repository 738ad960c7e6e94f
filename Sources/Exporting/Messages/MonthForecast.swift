internal import Budgeting
internal import ExactMoney
internal import Receipts

/// Whether the pace of a month is news. Pure.
struct MonthForecast: Hashable, Sendable {
    /// `tenant acme`, `global`
    var scope: String
    var tenant: String?
    var cap: Cap
    var booked: MoneySum
    var state: BudgetState
    var window: Window

    /// The first day of a month says little of the rest.
    static let leastMilliseconds: Int64 = 86_400_000

    /// Told once a month, and again where the cap was raised since and will not do either.
    func telling(at now: Instant) -> Telling? {
        let pace = Pace(spent: booked, from: window.start, to: now)
        guard state != .stopped, now.milliseconds - window.start.milliseconds >= Self.leastMilliseconds,
            let limit = cap.limit, let gone = pace.usedUp(cap, booked: booked, before: window.end, from: now)
        else { return nil }
        let atEnd = booked + pace.amount(over: window.end.milliseconds - now.milliseconds)
        let notice = Notice(
            kind: "budget.forecast",
            text:
                "The month budget of \(scope.owner) will not last: at this pace its $\(limit) are used up at \(gone.rfc3339), before it "
                + "starts anew at \(window.end.rfc3339). $\(booked) is spent; by the month's end it would be \(atEnd.dollars).",
            facts: [
                .init("scope", scope), .init("period", "month"), .init("windowStart", window.start.rfc3339),
                .init("windowEnd", window.end.rfc3339), .init("usedUpAt", gone.rfc3339), .init("spentUsd", "\(booked)"),
                .init("forecastUsd", "\(atEnd)"), .init("capUsd", "\(limit)"),
            ] + (tenant.map { [.init("tenant", $0)] } ?? []))
        let subject = "forecast \(scope) \(window.start.seconds)"
        return Telling(
            notice, subject: "\(subject) \(limit.nanodollars)", to: .init(tenant),
            mark: .init(
                of: subject, level: limit.nanodollars,
                until: window.end.adding(milliseconds: 86_400_000)))
    }
}
