/// Which kinds of budgets there are beyond the day and the month of tenants and of all of them. A call looks only for those,
/// so that one under no others costs no look; and only values that a budget may stand over need a number.
public struct Reach: Equatable, Sendable {
    public enum Kind: Int, Hashable, Sendable, CaseIterable {
        case global, tenant, group, key, user, run, tag
    }

    private var counts = [Int](repeating: 0, count: Kind.allCases.count * Period.allCases.count)
    private var periods = [[Period]](repeating: [], count: Kind.allCases.count)

    /// The periods for which any budget of this kind has terms.
    public func periods(_ kind: Kind) -> [Period] { periods[kind.rawValue] }

    /// Whether any budget stands over a part of a tenant's calls, or over several tenants.
    public private(set) var isBeyondTenants = false
    /// Whether there is anything at all.
    private(set) var isEmpty = true

    mutating func count(_ target: CapTarget, by difference: Int) {
        let (kind, period) = (target.kind, target.period)
        // These are over every call anyway.
        if kind == .global || kind == .tenant, period == .day || period == .month { return }
        let place = kind.rawValue * Period.allCases.count + Int(period.rawValue)
        counts[place] += difference
        periods[kind.rawValue] = Period.allCases.filter {
            counts[kind.rawValue * Period.allCases.count + Int($0.rawValue)] > 0
        }
        isEmpty = periods.allSatisfy(\.isEmpty)
        isBeyondTenants = Kind.allCases.contains { $0 != .global && $0 != .tenant && !periods[$0.rawValue].isEmpty }
    }
}

extension Scope {
    var kind: Reach.Kind {
        switch self {
        case .global: .global
        case .tenant: .tenant
        case .group: .group
        case .key: .key
        case .user: .user
        case .run: .run
        case .tag: .tag
        }
    }
}

extension CapTarget {
    fileprivate var kind: Reach.Kind {
        switch self {
        case .budget(let budget): budget.scope.kind
        case .every(let family, _): family.kind
        }
    }
}

extension Family {
    var kind: Reach.Kind {
        switch self {
        case .tenants: .tenant
        case .groups: .group
        case .keys: .key
        case .users: .user
        case .runs: .run
        case .tags: .tag
        }
    }
}
