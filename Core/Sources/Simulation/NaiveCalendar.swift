import Budgeting

/// Days and months counted year by year from 1970 on. Slow and plain, so that the auditors do not share the calendar that
/// they audit.
struct NaiveCalendar {
    let zone: ZoneRules

    /// Which day or month it is: days since 1970-01-01, or months since 1970-01.
    func label(_ period: Period, at instant: Instant) -> Int64 {
        var offset = zone.firstOffsetSeconds
        for transition in zone.transitions where transition.at <= instant { offset = transition.offsetSeconds }
        // Simulated times are long after 1970, so dividing rounds down.
        let day = (instant.milliseconds / 1000 + offset) / 86_400
        return period == .day ? day : month(ofDay: day)
    }

    private func month(ofDay day: Int64) -> Int64 {
        var left = day
        var year: Int64 = 1970
        while left >= days(inYear: year) {
            left -= days(inYear: year)
            year += 1
        }
        let february: Int64 = days(inYear: year) == 366 ? 29 : 28
        var month: Int64 = 0
        for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if left < length { break }
            left -= length
            month += 1
        }
        return (year - 1970) * 12 + month
    }

    private func days(inYear year: Int64) -> Int64 {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365
    }
}

/// A window as the auditors know it.
struct Page: Hashable, Comparable, CustomStringConvertible {
    let budget: BudgetID
    let label: Int64

    static func < (lhs: Page, rhs: Page) -> Bool { (lhs.budget, lhs.label) < (rhs.budget, rhs.label) }

    var description: String {
        let scope = if case .tenant(let tenant) = budget.scope { "tenant \(tenant.number)" } else { "global" }
        return "\(scope), \(budget.period) \(label)"
    }
}

extension NaiveCalendar {
    func page(of budget: BudgetID, at instant: Instant) -> Page {
        Page(budget: budget, label: label(budget.period, at: instant))
    }

    /// The four pages that a tenant's call counts on.
    func pages(of tenant: TenantID, at instant: Instant) -> [Page] {
        [Scope.tenant(tenant), .global].flatMap { scope in
            [Period.day, .month].map { page(of: BudgetID(scope, $0), at: instant) }
        }
    }
}
