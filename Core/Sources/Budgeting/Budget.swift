public import ExactMoney

/// Whose money a budget bounds.
public enum Scope: Hashable, Comparable, Sendable {
    /// All tenants together.
    case global
    case tenant(TenantID)
}

/// The calendar stretch that a budget covers.
public enum Period: UInt8, Hashable, Comparable, Sendable, CaseIterable {
    case day = 0
    case month = 1

    public static func < (lhs: Period, rhs: Period) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// One budget: a scope over a period.
public struct BudgetID: Hashable, Comparable, Sendable {
    public let scope: Scope
    public let period: Period

    public init(_ scope: Scope, _ period: Period) {
        self.scope = scope
        self.period = period
    }

    public static func < (lhs: BudgetID, rhs: BudgetID) -> Bool {
        (lhs.scope, lhs.period) < (rhs.scope, rhs.period)
    }

    /// The budgets that stand over a tenant's calls.
    public static func over(_ tenant: TenantID) -> [BudgetID] {
        [
            BudgetID(.tenant(tenant), .day), BudgetID(.tenant(tenant), .month),
            BudgetID(.global, .day), BudgetID(.global, .month),
        ]
    }
}

/// What a budget allows in one window.
public enum Cap: Hashable, Sendable {
    /// No bound.
    case none
    /// No cap of its own: a tenant's budget takes the cap of every tenant, any other has none.
    case inherited
    /// A bound; zero admits only calls that are free of charge.
    case limit(Money)

    public var limit: Money? {
        if case .limit(let money) = self { money } else { nil }
    }
}

/// What a cap is set for.
public enum CapTarget: Hashable, Comparable, Sendable {
    case budget(BudgetID)
    /// Every tenant that has no cap of its own for the period.
    case everyTenant(Period)
}

/// A budget's window: the stretch of time that begins at `start`.
public struct WindowID: Hashable, Comparable, Sendable {
    public let budget: BudgetID
    public let start: Instant

    public init(budget: BudgetID, start: Instant) {
        self.budget = budget
        self.start = start
    }

    public static func < (lhs: WindowID, rhs: WindowID) -> Bool {
        (lhs.budget, lhs.start) < (rhs.budget, rhs.start)
    }
}

extension Period {
    /// The first instant of the window that holds `instant`.
    public func start(containing instant: Instant, in zone: ZoneRules) -> Instant {
        let date = zone.date(at: instant)
        return switch self {
        case .day: zone.start(of: date)
        case .month: zone.start(of: CivilDate(year: date.year, month: date.month, day: 1))
        }
    }

    /// The first instant after the window that holds `instant`.
    public func end(containing instant: Instant, in zone: ZoneRules) -> Instant {
        let date = zone.date(at: instant)
        return switch self {
        case .day: zone.start(of: CivilDate(daysSince1970: date.daysSince1970 + 1))
        case .month: zone.start(of: date.firstOfNextMonth)
        }
    }
}
