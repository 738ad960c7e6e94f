public import Budgeting

/// One budget as an operator or the settings name it.
public struct BudgetSetting: Hashable, Sendable {
    /// Whose it is, by name.
    public enum Scope: Hashable, Sendable {
        case global
        case everyTenant
        case tenant(String)
        case everyGroup
        case group(String)
        case everyKey
        case key(String)
        /// Every user of a tenant; of any where none is named.
        case everyUser(of: String?)
        case user(String, of: String)
        case everyRun(of: String?)
        case run(String, of: String)
        /// Every value of the tags of this name.
        case everyTag(String)
        case tag(Attribution.Tag)
    }

    public var scope: Scope
    public var period: Period
    public var cap: Cap
    /// Nil: the zone of all of its kind, else the gateway's.
    public var zone: ZoneRules?
    public var raise: Terms.Raise?

    public init(_ scope: Scope, _ period: Period, _ cap: Cap, zone: ZoneRules? = nil, raise: Terms.Raise? = nil) {
        self.scope = scope
        self.period = period
        self.cap = cap
        self.zone = zone
        self.raise = raise
    }
}

extension BudgetSetting {
    func terms(_ source: Terms.Source) -> Terms { Terms(cap, zone: zone?.name, raise: raise, source: source) }

    /// What it is called in the books.
    ///
    /// - Parameter number: the number of a name, a new one where it has none.
    func target(number: (Name.Kind, String) -> UInt32) -> CapTarget {
        func tenant(_ name: String) -> TenantID { TenantID(number(.tenant, name)) }
        func budget(_ scope: Budgeting.Scope) -> CapTarget { .budget(BudgetID(scope, period)) }
        func tagName(_ name: String) -> TagName { TagName(number(.tag, name)) }
        return switch scope {
        case .global: budget(.global)
        case .everyTenant: .every(.tenants, period)
        case .tenant(let name): budget(.tenant(tenant(name)))
        case .everyGroup: .every(.groups, period)
        case .group(let name): budget(.group(GroupID(number(.group, name))))
        case .everyKey: .every(.keys, period)
        case .key(let name): budget(.key(KeyID(number(.key, name))))
        case .everyUser(let owner): .every(.users(of: owner.map(tenant)), period)
        case .user(let name, let owner): budget(.user(tenant(owner), UserID(number(.user, name))))
        case .everyRun(let owner): .every(.runs(of: owner.map(tenant)), period)
        case .run(let name, let owner): budget(.run(tenant(owner), RunID(number(.run, name))))
        case .everyTag(let name): .every(.tags(tagName(name)), period)
        case .tag(let tag): budget(.tag(TagID(tagName(tag.name), number(.tag, tag.text))))
        }
    }
}
