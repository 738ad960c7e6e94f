public import ExactMoney

/// What stands in one window of one budget.
public struct Balance: Hashable, Sendable {
    /// True costs, booked.
    public var settled = MoneySum.zero
    /// Held by calls whose true cost is not known; it counts as spent.
    public var unresolved = MoneySum.zero
    /// Held by calls in flight.
    public var reserved = MoneySum.zero
    /// How many calls hold the reserved money.
    public var callsInFlight: Int64 = 0

    public init() {}

    /// What is settled or unresolved: what states and percentages look at.
    public var booked: MoneySum { settled + unresolved }

    /// What may yet have been billed at most: booked and reserved.
    public var exposure: MoneySum { booked + reserved }
}

/// Where a budget stands. It moves forward inside a window; see `docs` for what moves it back.
public enum BudgetState: UInt8, Hashable, Comparable, Sendable, CaseIterable {
    case active = 0
    case warned = 1
    case degraded = 2
    case stopped = 3

    public static func < (lhs: BudgetState, rhs: BudgetState) -> Bool { lhs.rawValue < rhs.rawValue }

    public var name: String {
        switch self {
        case .active: "active"
        case .warned: "warned"
        case .degraded: "degraded"
        case .stopped: "stopped"
        }
    }
}

/// From which share of a cap on a budget is warned and degraded, and when it counts as used up.
public struct Thresholds: Hashable, Sendable {
    /// Ten-thousandths of the cap.
    public var warnAt: Int64
    /// Ten-thousandths of the cap.
    public var degradeAt: Int64
    /// What the smallest call worth making costs at most. A budget that cannot pay for it is stopped.
    public var smallestCall: Money

    public init(warnAt: Int64 = 8_000, degradeAt: Int64 = 9_000, smallestCall: Money = .zero) {
        self.warnAt = warnAt
        self.degradeAt = degradeAt
        self.smallestCall = smallestCall
    }

    /// The state of a budget with this cap of which `booked` is settled or unresolved. Reservations do not move it.
    public func state(booked: MoneySum, cap: Cap) -> BudgetState {
        guard let limit = cap.limit else { return .active }
        let cap = MoneySum(limit)
        if booked >= cap || cap - booked < MoneySum(smallestCall) { return .stopped }
        let share = booked.nanodollars * 10_000
        if share >= cap.nanodollars * Int128(degradeAt) { return .degraded }
        if share >= cap.nanodollars * Int128(warnAt) { return .warned }
        return .active
    }
}

/// Hundredths of a percent of the cap, rounded down; a cap of zero shows 100 %, no cap 0 %.
public func hundredthsOfPercent(_ part: MoneySum, of cap: Cap) -> Int128 {
    guard let limit = cap.limit else { return 0 }
    guard limit > .zero else { return 10_000 }
    return max(0, part.nanodollars) * 10_000 / Int128(limit.nanodollars)
}
