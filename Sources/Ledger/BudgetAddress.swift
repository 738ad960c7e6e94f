public import Budgeting

/// Which budget is meant, by name: whose, and over which period.
public struct BudgetAddress: Hashable, Sendable {
    public var scope: BudgetSetting.Scope
    public var period: Period

    public init(_ scope: BudgetSetting.Scope, _ period: Period) {
        self.scope = scope
        self.period = period
    }
}

/// Where the settings name a budget, for whoever wants to change it.
public struct SettingPlace: Hashable, Sendable, CustomStringConvertible {
    /// The variable, or the path in the file.
    public var name: String
    /// Nil for the environment and `.env`.
    public var file: String?
    public var line: Int?

    public init(name: String, file: String? = nil, line: Int? = nil) {
        self.name = name
        self.file = file
        self.line = line
    }

    /// `TENANT_BUDGETS in the environment or .env`, `bursar.yaml:12 tenants.acme`
    public var description: String {
        guard let file else { return "\(name) in the environment or .env" }
        return "\(file)\(line.map { ":\($0)" } ?? "") \(name)"
    }
}

extension BudgetSetting {
    public var address: BudgetAddress { BudgetAddress(scope, period) }
}

/// As text: `global`, `tenant:acme`, `user:acme/anna`, `tag:feature=search`. A `*` stands for each of the kind: `tenant:*` is every
/// tenant's, `user:acme/*` that of every user of a tenant, `user:*` of any, `tag:feature=*` of every value.
extension BudgetSetting.Scope: CustomStringConvertible {
    public var description: String {
        switch self {
        case .global: "global"
        case .everyTenant: "tenant:*"
        case .tenant(let name): "tenant:\(name)"
        case .everyGroup: "group:*"
        case .group(let name): "group:\(name)"
        case .everyKey: "key:*"
        case .key(let name): "key:\(name)"
        case .everyUser(let tenant): tenant.map { "user:\($0)/*" } ?? "user:*"
        case .user(let name, let tenant): "user:\(tenant)/\(name)"
        case .everyRun(let tenant): tenant.map { "run:\($0)/*" } ?? "run:*"
        case .run(let name, let tenant): "run:\(tenant)/\(name)"
        case .everyTag(let name): "tag:\(name)=*"
        case .tag(let tag): "tag:\(tag.text)"
        }
    }

    /// Nil for a text of another form. Whether names are well-formed is not looked at, only that there are some.
    public init?(_ text: String) {
        if text == "global" {
            self = .global
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = String(text[text.index(after: colon)...])
        guard !name.isEmpty else { return nil }
        switch text[..<colon] {
        case "tenant": self = name == "*" ? .everyTenant : .tenant(name)
        case "group": self = name == "*" ? .everyGroup : .group(name)
        case "key": self = name == "*" ? .everyKey : .key(name)
        case "user": self.init(name, each: Self.everyUser, one: Self.user)
        case "run": self.init(name, each: Self.everyRun, one: Self.run)
        case "tag":
            let parts = name.halves(at: "=")
            guard parts.count == 2 else { return nil }
            self = parts[1] == "*" ? .everyTag(parts[0]) : .tag(.init(name: parts[0], value: parts[1]))
        default: return nil
        }
    }

    private init?(_ name: String, each: (String?) -> Self, one: (String, String) -> Self) {
        if name == "*" {
            self = each(nil)
            return
        }
        let parts = name.halves(at: "/")
        guard parts.count == 2 else { return nil }
        self = parts[1] == "*" ? each(parts[0]) : one(parts[1], parts[0])
    }
}

extension String {
    /// Before and after the first of this sign; the whole where there is none. By bytes: what follows the sign may combine with it.
    fileprivate func halves(at sign: Unicode.Scalar) -> [String] {
        utf8.split(separator: UInt8(ascii: sign), maxSplits: 1).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension BudgetAddress {
    /// What it is called in the books; nil where one of its names has never come.
    public func target(in names: NameTable) -> CapTarget? {
        var isKnown = true
        let target = BudgetSetting(scope, period, .inherited).target { kind, text in
            let number = names.number(of: text, kind)
            isKnown = isKnown && number != nil
            return number ?? 0
        }
        return isKnown ? target : nil
    }

    /// By the names of what it is called in the books.
    public init(_ target: CapTarget, _ names: NameTable) {
        switch target {
        case .budget(let budget): self.init(names.address(of: budget.scope), budget.period)
        case .every(let family, let period): self.init(names.address(of: family), period)
        }
    }
}

extension NameTable {
    fileprivate func address(of scope: Scope) -> BudgetSetting.Scope {
        let text = text(of: scope) ?? ""
        return switch scope {
        case .global: .global
        case .tenant: .tenant(text)
        case .group: .group(text)
        case .key: .key(text)
        case .user(let tenant, _): .user(text, of: self.text(of: tenant))
        case .run(let tenant, _): .run(text, of: self.text(of: tenant))
        case .tag:
            .tag(
                .init(
                    name: String(text.prefix { $0 != "=" }), value: String(text.drop { $0 != "=" }.dropFirst())))
        }
    }

    fileprivate func address(of family: Family) -> BudgetSetting.Scope {
        switch family {
        case .tenants: .everyTenant
        case .groups: .everyGroup
        case .keys: .everyKey
        case .users(let tenant): .everyUser(of: tenant.map { text(of: $0) })
        case .runs(let tenant): .everyRun(of: tenant.map { text(of: $0) })
        case .tags(let name): .everyTag(text(of: name))
        }
    }
}
