public import Budgeting

/// The budgets that the settings ask for.
public struct Caps: Hashable, Sendable {
    public var everyTenantDaily: Cap
    public var everyTenantMonthly: Cap
    public var globalDaily: Cap
    public var globalMonthly: Cap
    /// By tenant name; a period left out inherits.
    public var tenants: [String: [Period: Cap]]
    /// Raises of tenants' budgets, by tenant name.
    public var raises: [String: [Period: Terms.Raise]] = [:]
    /// The zone of a tenant's windows, by its name; left out it is the gateway's.
    public var zones: [String: ZoneRules]
    /// Budgets of any other kind. One for each tenant or for all of them takes the place of the one above.
    public var others: [BudgetSetting]
    /// The tenants in each group, by name.
    public var groups: [String: Set<String>]
    /// At which shares of a cap somebody wants to hear of it, and by the name of a tenant that wants it otherwise.
    public var alertAt = AlertLevels.standard
    public var tenantsAlertAt: [String: AlertLevels] = [:]
    /// Budgets above that no setting names: an operator's word to the running gateway stands over them.
    public var unnamed: Set<BudgetAddress> = []
    /// Where the settings name budgets, as far as it is known.
    public var places: [BudgetAddress: SettingPlace] = [:]

    public init(
        everyTenantDaily: Cap = .none, everyTenantMonthly: Cap = .none, globalDaily: Cap = .none,
        globalMonthly: Cap = .none, tenants: [String: [Period: Cap]] = [:], zones: [String: ZoneRules] = [:],
        others: [BudgetSetting] = [], groups: [String: Set<String>] = [:]
    ) {
        self.everyTenantDaily = everyTenantDaily
        self.everyTenantMonthly = everyTenantMonthly
        self.globalDaily = globalDaily
        self.globalMonthly = globalMonthly
        self.tenants = tenants
        self.zones = zones
        self.others = others
        self.groups = groups
    }
}

extension Caps {
    /// One budget after the other, in an order that is the same for the same settings.
    var settings: [BudgetSetting] {
        let given = Set(others.map(\.address))
        var settings = [
            BudgetSetting(.everyTenant, .day, everyTenantDaily),
            BudgetSetting(.everyTenant, .month, everyTenantMonthly),
            BudgetSetting(.global, .day, globalDaily), BudgetSetting(.global, .month, globalMonthly),
        ].filter { !given.contains($0.address) }
        for name in Set(tenants.keys).union(zones.keys).sorted() {
            let own = tenants[name] ?? [:]
            for period in Period.allCases {
                let isReportedInZone = zones[name] != nil && Period.reported.contains(period)
                guard own[period] != nil || isReportedInZone else { continue }
                settings.append(
                    .init(
                        .tenant(name), period, own[period] ?? .inherited, zone: zones[name],
                        raise: raises[name]?[period]))
            }
        }
        return settings + others
    }

    func add(to zones: inout Zones) {
        for setting in settings { if let zone = setting.zone { zones.add(zone) } }
    }
}

/// What brings the books in line with the settings.
struct Agreement {
    private(set) var commands: [Command] = []
    private(set) var groups: [TenantID: [GroupID]] = [:]
    /// The budgets that the settings name, and where.
    private(set) var places: [CapTarget: SettingPlace] = [:]
    /// What holds for budgets that no setting names, where no operator says otherwise.
    private(set) var fallbacks: [CapTarget: Terms] = [:]
    private(set) var alerts: AlertPlan

    /// - Parameter number: the number of a name, a new one where it has none.
    init(_ caps: Caps, zones: Zones, books: Books, number: (Name.Kind, String) -> UInt32) {
        alerts = AlertPlan(caps.alertAt)
        for (tenant, levels) in caps.tenantsAlertAt.sorted(by: { $0.key < $1.key }) {
            alerts.tenants[TenantID(number(.tenant, tenant))] = levels
        }
        var wanted: [(CapTarget, Terms)] = []
        for setting in caps.settings {
            let target = setting.target(number: number)
            if caps.unnamed.contains(setting.address) {
                fallbacks[target] = setting.terms(.settings)
                if books.terms[target]?.source == .operations { continue }
            } else {
                places[target] = caps.places[setting.address] ?? SettingPlace(name: setting.address.scope.description)
            }
            wanted.append((target, setting.terms(.settings)))
        }
        let named = Set(wanted.map(\.0))
        for (target, terms) in wanted {
            var terms = terms
            // Written down, so that a change of the gateway's zone is seen as one.
            if terms.zone == nil, !Agreement.inherits(target, named) { terms.zone = zones.standard.name }
            commands.append(.setBudget(target, terms))
        }
        // What the settings said once and say no more.
        for (target, terms) in books.terms.sorted(by: { $0.key < $1.key })
        where terms.source == .settings && !named.contains(target) {
            commands.append(.setBudget(target, Terms()))
        }
        for (group, tenants) in caps.groups.sorted(by: { $0.key < $1.key }) {
            let group = GroupID(number(.group, group))
            for tenant in tenants.sorted() { groups[TenantID(number(.tenant, tenant)), default: []].append(group) }
        }
    }

    private static func inherits(_ target: CapTarget, _ named: Set<CapTarget>) -> Bool {
        guard case .budget(let budget) = target else { return false }
        let (first, second) = budget.scope.families
        return [first, second].contains { family in
            family.map { named.contains(.every($0, budget.period)) } ?? false
        }
    }
}
