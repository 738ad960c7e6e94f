import Budgeting
import ExactMoney

/// Whose calls there are, and which budgets stand over them.
extension World {
    static let tenants = [TenantID(0), TenantID(1), TenantID(2)]
    private static let team = GroupID(1)
    private static let users = [UserID(1), UserID(2), UserID(3)]
    private static let runs = [RunID(1), RunID(2)]
    private static let feature = TagName(1)
    private static let tags = [TagID(feature, 2), TagID(feature, 3), TagID(TagName(4), 5)]

    /// Budgets beyond days and months of tenants and of all of them, with their size in parts of a tenant's day.
    private static let narrow: [(CapTarget, size: Int64)] = [
        (.everyTenant(.hour), 2), (.everyTenant(.minute), 2), (.budget(BudgetID(.global, .week)), 5),
        (.budget(BudgetID(.group(team), .month)), 5), (.every(.groups, .week), 3),
        (.every(.users(of: nil), .day), 1), (.every(.users(of: tenants[1]), .day), 2),
        (.budget(BudgetID(.user(tenants[0], users[0]), .hour)), 1), (.every(.runs(of: tenants[2]), .total), 2),
        (.budget(BudgetID(.run(tenants[0], runs[0]), .total)), 3), (.every(.tags(feature), .day), 1),
        (.budget(BudgetID(.tag(tags[0]), .week)), 2), (.budget(BudgetID(.key(KeyID(1)), .hour)), 1),
    ]

    mutating func someScopes() -> CallScopes {
        var scopes = CallScopes(chance.one(of: World.tenants))
        guard features.narrowBudgets else { return scopes }
        if scopes.tenant != World.tenants[2] { scopes.groups = [World.team] }
        if chance.once(in: 3) { scopes.key = KeyID(1) }
        if !chance.once(in: 3) { scopes.user = chance.one(of: World.users) }
        if chance.once(in: 2) { scopes.run = chance.one(of: World.runs) }
        scopes.tags = World.tags.filter { _ in chance.once(in: 3) }
        return scopes
    }

    mutating func setFirstBudgets() throws(Broken) {
        try setZones()
        try setFirstCaps()
    }

    /// The auditors know one zone for each tenant, so this one batch does not fail.
    private mutating func setZones() throws(Broken) {
        for (tenant, zone) in calendar.zones.sorted(by: { $0.key < $1.key }) {
            for period in Period.allCases {
                try ask(.setBudget(.budget(BudgetID(.tenant(tenant), period)), Terms(zone: zone.name)), by: .operations)
            }
        }
        isQuiet = true
        try commit()
        isQuiet = false
    }

    private mutating func setFirstCaps() throws(Broken) {
        let caps: [(CapTarget, Int64)] = [
            (.everyTenant(.day), scale), (.everyTenant(.month), scale * 4),
            (.budget(BudgetID(.global, .day)), scale * 2), (.budget(BudgetID(.global, .month)), scale * 7),
        ]
        for (target, size) in caps where !chance.once(in: 4) {
            try ask(.setCap(target, .limit(Money(nanodollars: size))), by: .operations)
        }
        guard features.narrowBudgets else { return }
        for (target, size) in World.narrow where !chance.once(in: 4) {
            try ask(.setBudget(target, Terms(.limit(Money(nanodollars: size * scale)))), by: .operations)
        }
    }

    mutating func operate() throws(Broken) {
        let target = someTarget()
        if features.credits, chance.once(in: 2) {
            guard case .budget(let budget) = target else { return }
            let amount = Money(nanodollars: 1 + chance.number(below: scale / 2))
            try ask(chance.once(in: 4) ? .reset(budget) : .credit(budget, amount), by: .operations)
        } else if features.capsChange {
            let command =
                chance.once(in: 3) ? Command.setBudget(target, someTerms(for: target)) : .setCap(target, anyCap())
            try ask(command, by: .operations)
        }
    }

    private mutating func someTarget() -> CapTarget {
        if features.narrowBudgets, chance.once(in: 2) { return chance.one(of: World.narrow).0 }
        let period = chance.one(of: [Period.day, .month])
        if chance.once(in: 6) { return .everyTenant(period) }
        return .budget(BudgetID(chance.once(in: 3) ? .global : .tenant(chance.one(of: World.tenants)), period))
    }

    /// A tenant keeps its zone: auditors know one for each.
    private mutating func someTerms(for target: CapTarget) -> Terms {
        var terms = Terms(anyCap(), source: .operations)
        if case .budget(let budget) = target, case .tenant(let tenant) = budget.scope {
            terms.zone = calendar.zones[tenant]?.name
        }
        let until = Instant(milliseconds: wall.milliseconds + chance.number(below: 2 * 86_400_000))
        if chance.once(in: 2) {
            terms.raise = .init(to: Money(nanodollars: chance.number(below: scale * 4)), until: until)
        }
        return terms
    }

    private mutating func anyCap() -> Cap {
        switch chance.number(below: 12) {
        case 0: Cap.none
        case 1: .inherited
        case 2: .limit(.zero)
        default: .limit(Money(nanodollars: chance.number(below: scale * 4)))
        }
    }
}
