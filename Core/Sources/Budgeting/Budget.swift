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

    /// The budgets that stand over every call of a tenant, with a cap or without: reports are made of them.
    public static func over(_ tenant: TenantID) -> [BudgetID] {
        [
            BudgetID(.tenant(tenant), .day), BudgetID(.tenant(tenant), .month),
            BudgetID(.global, .day), BudgetID(.global, .month),
        ]
    }
}

/// What terms are set for.
public enum CapTarget: Hashable, Comparable, Sendable {
    case budget(BudgetID)
    /// Every budget of the family that has none of its own for the period.
    case every(Family, Period)

    public static func everyTenant(_ period: Period) -> CapTarget { .every(.tenants, period) }

    public var period: Period {
        switch self {
        case .budget(let budget): budget.period
        case .every(_, let period): period
        }
    }
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
