import Budgeting

/// Days and months counted year by year from 1970 on. Slow and plain, so that the auditors do not share the calendar that
/// they audit.
struct NaiveCalendar {
    let zone: ZoneRules
    /// Tenants with a zone of their own.
    var zones: [TenantID: ZoneRules] = [:]

    /// Which stretch it is: days since 1970-01-01, weeks, months since 1970-01. Hours and minutes by the clock on the wall, and by how
    /// often it has jumped.
    func label(_ period: Period, at instant: Instant, in zone: ZoneRules) -> Int64 {
        var offset = zone.firstOffsetSeconds
        var jumps: Int64 = 0
        for transition in zone.transitions where transition.at <= instant {
            offset = transition.offsetSeconds
            jumps += 1
        }
        // Simulated times are long after 1970, so dividing rounds down.
        let local = instant.milliseconds / 1000 + offset
        let day = local / 86_400
        return switch period {
        case .minute: local / 60 * 1000 + jumps
        case .hour: local / 3600 * 1000 + jumps
        case .day: day
        case .week: (day + 3) / 7
        case .month: month(ofDay: day)
        case .total: 0
        }
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

    var description: String { "\(budget.scope), \(budget.period) \(label)" }
}

extension NaiveCalendar {
    func page(of budget: BudgetID, at instant: Instant) -> Page {
        var zone = zone
        if case .tenant(let tenant) = budget.scope { zone = zones[tenant] ?? zone }
        return Page(budget: budget, label: label(budget.period, at: instant, in: zone))
    }
}
