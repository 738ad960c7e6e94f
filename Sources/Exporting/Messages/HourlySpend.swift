internal import Budgeting
internal import ExactMoney
internal import Receipts

/// Whether what a tenant spent in an hour is news, beside what it usually spends. Pure.
struct HourlySpend: Hashable, Sendable {
    var tenant: String
    /// The hour that runs, from its start.
    var hour: Instant
    var spent: Money
    /// Of the last ``days``: each hour in which something was spent.
    var history: [Money]
    /// Of the month; small amounts beside it are no news.
    var cap: Cap

    static let days: Int64 = 14
    /// Fewer hours are no history.
    static let leastHours = 12

    /// What has to be spent before it is news: a hundredth of the month's cap, or 10 cents without one.
    static func floor(_ cap: Cap) -> Money {
        cap.limit.map { Money(nanodollars: $0.nanodollars / 100) } ?? Money(nanodollars: 100_000_000)
    }

    /// What a dear hour usually comes to: nine hours of ten were cheaper. Nil without a history.
    var usual: Money? {
        guard history.count >= Self.leastHours else { return nil }
        return history.sorted()[(history.count * 9 - 1) / 10]
    }

    /// Told once a day.
    ///
    /// - Parameter factor: how many times the usual, in hundredths.
    func telling(above factor: Int64, at now: Instant) -> Telling? {
        guard let usual, spent >= Self.floor(cap), spent > .zero,
            Int128(spent.nanodollars) * 100 > Int128(usual.nanodollars) * Int128(factor)
        else { return nil }
        let notice = Notice(
            kind: "spend.rate",
            text:
                "Tenant \(tenant) spends faster than it ever does: $\(spent) since \(hour.rfc3339). Of its hours in the last "
                + "\(Self.days) days nine of ten came to at most $\(usual).",
            facts: [
                .init("tenant", tenant), .init("hour", hour.rfc3339), .init("spentUsd", "\(spent)"),
                .init("usualUsd", "\(usual)"), .init("factor", ExactDecimal.text(Int128(factor), decimals: 2)),
            ])
        let subject = "rate \(tenant) \(now.milliseconds / 86_400_000)"
        return Telling(
            notice, subject: subject, to: .tenant(tenant),
            mark: .init(of: subject, level: 1, until: now.adding(milliseconds: 2 * 86_400_000)))
    }
}
