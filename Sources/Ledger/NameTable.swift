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

    public func tenant(named text: String) -> TenantID? { number(of: text, .tenant).map(TenantID.init) }

    func number(of text: String, _ kind: Name.Kind) -> UInt32? { numbers[kind]?[text] }

    /// All that have a name, in the order in which they came.
    public var tenants: [TenantID] { (texts[.tenant] ?? [:]).keys.sorted().map(TenantID.init) }

    /// The name, or `#7` where it was erased.
    public func text(of tenant: TenantID) -> String { text(.tenant, tenant.number) }
    public func key(named text: String) -> KeyID? { number(of: text, .key).map(KeyID.init) }
    public func text(of key: KeyID) -> String { text(.key, key.number) }
    public func text(of user: UserID) -> String { text(.user, user.number) }
    public func text(of provider: ProviderID) -> String { text(.provider, provider.number) }
    func text(of name: TagName) -> String { text(.tag, name.number) }
    public func text(of model: ModelID) -> String { text(.model, model.number) }

    /// Whose budgets of this scope are; nil for the global ones.
    public func text(of scope: Scope) -> String? {
        switch scope {
        case .global: nil
        case .tenant(let tenant): text(of: tenant)
        case .group(let group): text(.group, group.number)
        case .key(let key): text(.key, key.number)
        case .user(_, let user): text(.user, user.number)
        case .run(_, let run): text(.run, run.number)
        case .tag(let tag): text(.tag, tag.number)
        }
    }

    private func text(_ kind: Name.Kind, _ number: UInt32) -> String { texts[kind]?[number] ?? "#\(number)" }
}

extension Ledger {
    /// The names of all tenants that the ledger knows; erased ones have none.
    public func tenantNames() -> [String] {
        read { _, names, _, _ in names.all(.tenant) }
    }
}
