/// Whose money a budget bounds.
public enum Scope: Hashable, Comparable, Sendable {
    /// All tenants together.
    case global
    case tenant(TenantID)
    case group(GroupID)
    case key(KeyID)
    case user(TenantID, UserID)
    case run(TenantID, RunID)
    /// All calls with this tag, whoever's they are.
    case tag(TagID)
}

extension Scope {
    /// The families that it is of; the first comes before the second.
    public var families: (Family?, Family?) {
        switch self {
        case .global: (nil, nil)
        case .tenant: (.tenants, nil)
        case .group: (.groups, nil)
        case .key: (.keys, nil)
        case .user(let tenant, _): (.users(of: tenant), .users(of: nil))
        case .run(let tenant, _): (.runs(of: tenant), .runs(of: nil))
        case .tag(let tag): (.tags(tag.name), nil)
        }
    }
}

/// Scopes of a kind that each have a budget of their own by the same terms: what `*` stands for.
public enum Family: Hashable, Comparable, Sendable {
    case tenants
    case groups
    case keys
    /// Every user of this tenant, or of any.
    case users(of: TenantID?)
    /// Every run of this tenant, or of any.
    case runs(of: TenantID?)
    /// Every value of the tags of this name.
    case tags(TagName)

    public func contains(_ scope: Scope) -> Bool {
        switch (self, scope) {
        case (.tenants, .tenant), (.groups, .group), (.keys, .key): true
        case (.users(let tenant), .user(let own, _)), (.runs(let tenant), .run(let own, _)): tenant ?? own == own
        case (.tags(let name), .tag(let tag)): tag.name == name
        default: false
        }
    }

    public static func < (lhs: Family, rhs: Family) -> Bool { lhs.order < rhs.order }

    private var order: (UInt8, UInt64) {
        switch self {
        case .tenants: (0, 0)
        case .groups: (1, 0)
        case .keys: (2, 0)
        case .users(let tenant): (3, tenant.map { UInt64($0.number) + 1 } ?? 0)
        case .runs(let tenant): (4, tenant.map { UInt64($0.number) + 1 } ?? 0)
        case .tags(let name): (5, UInt64(name.number))
        }
    }
}

/// What a call stands under. Only what some budget asks for need be said; see ``Reach``.
public struct CallScopes: Hashable, Sendable {
    public var tenant: TenantID
    public var groups: [GroupID] = []
    public var key: KeyID?
    public var user: UserID?
    public var run: RunID?
    public var tags: [TagID] = []
    /// Whether it goes out on an upstream key of the tenant's own: then it is no part of what the gateway's key has used.
    public var usesOwnKey = false

    public init(_ tenant: TenantID) {
        self.tenant = tenant
    }
}
