public import Budgeting

/// What numbers stand for, both ways.
public struct NameTable: Sendable {
    private var numbers: [Name.Kind: [String: UInt32]] = [:]
    private var texts: [Name.Kind: [UInt32: String]] = [:]
    private var last: [Name.Kind: UInt32] = [:]

    init() {}

    mutating func insert(_ name: Name) {
        numbers[name.kind, default: [:]][name.text] = name.number
        texts[name.kind, default: [:]][name.number] = name.text
        last[name.kind] = max(last[name.kind] ?? 0, name.number)
    }

    /// The number of a name, a new one where it has none yet.
    mutating func intern(_ kind: Name.Kind, _ text: String) -> (number: UInt32, isNew: Bool) {
        if let number = numbers[kind]?[text] { return (number, false) }
        let number = (last[kind] ?? 0) + 1
        insert(Name(kind: kind, number: number, text: text))
        return (number, true)
    }

    /// The number whose name is now forgotten; nil where there was none.
    mutating func erase(_ kind: Name.Kind, _ text: String) -> UInt32? {
        guard let number = numbers[kind]?.removeValue(forKey: text) else { return nil }
        texts[kind]?[number] = nil
        return number
    }

    /// A number may have lost its name; it is never given to another.
    mutating func reserve(_ kind: Name.Kind, through number: UInt32) {
        last[kind] = max(last[kind] ?? 0, number)
    }

    /// The highest numbers given so far.
    public var lastTenant: TenantID { TenantID(last[.tenant] ?? 0) }
    public var lastModel: ModelID { ModelID(last[.model] ?? 0) }
    func all(_ kind: Name.Kind) -> [String] { numbers[kind].map { Array($0.keys) } ?? [] }

    public func tenant(named text: String) -> TenantID? { numbers[.tenant]?[text].map(TenantID.init) }

    /// All that have a name, in the order in which they came.
    public var tenants: [TenantID] { (texts[.tenant] ?? [:]).keys.sorted().map(TenantID.init) }

    /// The name, or `#7` where it was erased.
    public func text(of tenant: TenantID) -> String { texts[.tenant]?[tenant.number] ?? "#\(tenant.number)" }
    public func key(named text: String) -> KeyID? { numbers[.key]?[text].map(KeyID.init) }
    public func text(of key: KeyID) -> String { texts[.key]?[key.number] ?? "#\(key.number)" }
    public func text(of user: UserID) -> String { texts[.user]?[user.number] ?? "#\(user.number)" }
    public func text(of provider: ProviderID) -> String { texts[.provider]?[provider.number] ?? "#\(provider.number)" }
    public func text(of model: ModelID) -> String { texts[.model]?[model.number] ?? "#\(model.number)" }
}

extension Ledger {
    /// The names of all tenants that the ledger knows; erased ones have none.
    public func tenantNames() -> [String] {
        read { _, names, _, _ in names.all(.tenant) }
    }
}
