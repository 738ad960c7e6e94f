internal import ExactMoney

/// At which shares of a cap somebody wants to hear of it.
public struct AlertLevels: Hashable, Sendable {
    /// Ten-thousandths of the cap, growing.
    public let shares: [Int64]
    /// Whether the shares at which states begin are among them, wherever those are.
    public let areStatesTold: Bool

    /// What holds where nobody says otherwise.
    public static let standard = AlertLevels([5_000, 8_000, 9_000, 10_000], areStatesTold: true)

    /// The whole cap, and a budget that is stopped before it is all gone.
    public static let whole: Int64 = 10_000

    /// - Parameter shares: ten-thousandths, in any order; what is not above zero is left out.
    public init(_ shares: [Int64], areStatesTold: Bool = false) {
        self.areStatesTold = areStatesTold
        self.shares = Set(shares.filter { $0 > 0 }).sorted()
    }

    /// The highest share that is reached; 0 below them all, and for a cap of zero, which nobody needs to be told of.
    ///
    /// A budget that is stopped has reached the whole, whatever is asked for: calls are refused from then on.
    func reached(booked: MoneySum, cap: Money, state: BudgetState, _ thresholds: Thresholds) -> Int64 {
        guard cap > .zero else { return 0 }
        if state == .stopped { return AlertLevels.whole }
        let share = booked.nanodollars * 10_000
        let asked = shares.last { share >= Int128(cap.nanodollars) * Int128($0) } ?? 0
        guard areStatesTold, state > .active else { return asked }
        return max(asked, state == .degraded ? thresholds.degradeAt : thresholds.warnAt)
    }
}

/// Who wants to hear of which shares.
public struct AlertPlan: Hashable, Sendable {
    /// Of all budgets that no tenant with levels of its own stands behind.
    public var everyone: AlertLevels
    public var tenants: [TenantID: AlertLevels]

    public init(_ everyone: AlertLevels = .standard, tenants: [TenantID: AlertLevels] = [:]) {
        self.everyone = everyone
        self.tenants = tenants
    }

    func levels(of scope: Scope) -> AlertLevels {
        guard !tenants.isEmpty else { return everyone }
        return switch scope {
        case .tenant(let tenant), .user(let tenant, _), .run(let tenant, _): tenants[tenant] ?? everyone
        case .global, .group, .key, .tag: everyone
        }
    }
}
