import Budgeting
import ExactMoney
import Foundation
import Gateway
import Ledger
import Routing
import Upstream

/// What the settings say of tenants and keys beyond their budgets.
struct TenantSettings {
    /// All that `TENANT_BUDGETS` names.
    var names: Set<String> = []
    var rules: [String: TenantRules] = [:]
    /// Where a tenant's own upstream key is kept.
    var upstreamKeys: [String: SecretPlace] = [:]
    /// By tenant, for reports: `15%`.
    var markups: [String: String] = [:]
    var alertAt: [String: AlertLevels] = [:]
    var notify: [String: [NotifyAddress]] = [:]
}

extension SettingsReader {
    private static let tenantExample = #"JSON such as {"acme":{"daily":5,"monthly":60,"timeZone":"Europe/Berlin"}}"#
    private static let tenantNames =
        budgetNames + ["rpm", "concurrent", "models", "policy", "markup", "upstreamKey", "alertAt", "notify"]
    private static let mostCalls: ClosedRange<Int64> = 0...1_000_000

    /// `{"acme":{"daily":5,"monthly":60}}`: budgets of every period, amounts as numbers or strings, read from their text; `"none"` lifts
    /// a cap. Beside them a time zone, limits to calls (`rpm`, `concurrent`), `models` that may be used, a `policy`, a `markup` for
    /// reports, and at which shares of its budgets it is told of them, and where: `"alertAt":[0.5,1],"notify":["anna@example.com"]`.
    func tenants(
        _ variable: String, _ policies: [String: Policy], into budgets: inout NamedBudgets
    ) throws -> TenantSettings {
        var settings = TenantSettings()
        for tenant in try table(variable, expected: SettingsReader.tenantExample) {
            guard isTenant(tenant.name) else {
                throw SettingsProblem(Spot(variable).at(tenant.name), "expected a tenant id as in X-Tenant-Id")
            }
            settings.names.insert(tenant.name)
            budgets.caps.tenants[tenant.name] = [:]
            var lines = NamedBudgets.Lines()
            var rules = TenantRules()
            rules.policy = policies[SettingsReader.defaultPolicy] ?? Policy()
            for part in try parts(tenant.value, tenant.spot, expected: SettingsReader.tenantExample) {
                if try take(part, into: &lines) || take(part, into: &rules.limits) { continue }
                switch part.name {
                case "models":
                    rules.models = try texts(part.value, part.spot, of: "models such as openai/* or openai/gpt-5.2")
                case "policy":
                    guard let policy = policies[text(part.value)] else {
                        throw SettingsProblem(
                            part.spot, value: text(part.value),
                            expected: "one of the policies, \(policies.keys.sorted().joined(separator: ", "))")
                    }
                    rules.policy = policy
                case "markup": settings.markups[tenant.name] = try markup(part.value, part.spot)
                case "upstreamKey": settings.upstreamKeys[tenant.name] = try secretPlace(part.value, part.spot)
                case "alertAt":
                    guard let levels = AlertLevels(texts: listed(part.value)) else {
                        throw SettingsProblem(part.spot, value: text(part.value), expected: AlertLevels.expected)
                    }
                    settings.alertAt[tenant.name] = levels
                case "notify":
                    settings.notify[tenant.name] = try listed(part.value).map { try address($0, part.spot) }
                default: throw SettingsProblem(unknown: part, among: SettingsReader.tenantNames)
                }
            }
            try budgets.add(lines, of: .tenant(tenant.name))
            settings.rules[tenant.name] = rules
        }
        return settings
    }

    /// `{"blue":{"tenants":["acme","beta"],"monthly":100}}`
    func groups(_ variable: String, into budgets: inout NamedBudgets) throws {
        let example = #"JSON such as {"blue":{"tenants":["acme","beta"],"monthly":100}}"#
        for group in try table(variable, expected: example) {
            guard isTenant(group.name) else {
                throw SettingsProblem(group.spot, "expected a name of letters, digits and . _ : @ -")
            }
            var lines = NamedBudgets.Lines()
            for part in try parts(group.value, group.spot, expected: example) where try !take(part, into: &lines) {
                guard part.name == "tenants" else {
                    throw SettingsProblem(unknown: part, among: ["tenants"] + SettingsReader.budgetNames)
                }
                let tenants = try texts(part.value, part.spot, of: "tenants")
                if let wrong = tenants.first(where: { !isTenant($0) }) {
                    throw SettingsProblem(part.spot, value: wrong, expected: "a tenant id as in X-Tenant-Id")
                }
                budgets.caps.groups[group.name] = Set(tenants)
            }
            try budgets.add(lines, of: .group(group.name))
        }
    }

    /// `{"ci":{"daily":2,"rpm":60,"concurrent":2}}`: a virtual key's own budgets and limits. It is issued elsewhere.
    func keys(_ variable: String, into budgets: inout NamedBudgets) throws -> [String: CallLimits] {
        let example = #"JSON such as {"ci":{"daily":2,"rpm":60,"concurrent":2}}"#
        var limits: [String: CallLimits] = [:]
        for key in try table(variable, expected: example) {
            guard isTenant(key.name) else { throw SettingsProblem(key.spot, "expected the name of a key") }
            var lines = NamedBudgets.Lines()
            var own = CallLimits()
            for part in try parts(key.value, key.spot, expected: example) {
                if try take(part, into: &lines) || take(part, into: &own) { continue }
                throw SettingsProblem(unknown: part, among: SettingsReader.budgetNames + ["rpm", "concurrent"])
            }
            try budgets.add(lines, of: .key(key.name))
            limits[key.name] = own
        }
        return limits
    }

    /// `{"user:acme/*":{"daily":0.5},"tag:feature=search":{"hour":2}}`
    func scopes(_ variable: String, into budgets: inout NamedBudgets) throws {
        let example = #"JSON such as {"user:acme/*":{"daily":0.5},"tag:feature=search":{"hour":2}}"#
        for one in try table(variable, expected: example) {
            guard let scope = BudgetSetting.Scope(one.name), scope.isWellNamed else {
                throw SettingsProblem(
                    one.spot,
                    "is no scope; one is such as global, tenant:*, group:*, key:*, user:acme/*, run:*, tag:env=dev")
            }
            if case .tenant = scope {
                throw SettingsProblem(one.spot, "belongs to the other tenants (tenants, or TENANT_BUDGETS)")
            }
            var lines = NamedBudgets.Lines()
            for part in try parts(one.value, one.spot, expected: example) where try !take(part, into: &lines) {
                throw SettingsProblem(unknown: part, among: SettingsReader.budgetNames)
            }
            try budgets.add(lines, of: scope)
        }
    }

    private func take(_ part: Part, into limits: inout CallLimits) throws -> Bool {
        switch part.name {
        case "rpm": limits.perMinute = Int(try whole(part.value, part.spot, SettingsReader.mostCalls))
        case "concurrent": limits.atOnce = Int(try whole(part.value, part.spot, SettingsReader.mostCalls))
        default: return false
        }
        return true
    }

    /// The texts of a list, or of one text with commas.
    private func listed(_ value: JSONValue) -> [String] {
        if value.kind == .array { return value.elements.map(text) }
        return text(value).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// A URL may be a secret, and is not repeated.
    private func address(_ text: String, _ spot: Spot) throws -> NotifyAddress {
        guard let address = NotifyAddress(text) else {
            guard !text.contains("/") else { throw SettingsProblem(spot, "must be \(NotifyAddress.expected)") }
            throw SettingsProblem(spot, value: text, expected: NotifyAddress.expected)
        }
        return address
    }

    /// `15%`, checked as reports read it.
    private func markup(_ value: JSONValue, _ spot: Spot) throws -> String {
        do { _ = try Conversion(factor: nil, currency: nil, rate: nil, markups: ["x=\(text(value))"]) } catch {
            throw SettingsProblem(spot, value: text(value), expected: "a percentage such as 15%")
        }
        return text(value)
    }
}

extension BudgetSetting.Scope {
    /// Names that calls can bear: as in their headers.
    fileprivate var isWellNamed: Bool {
        func isShown(_ name: String) -> Bool {
            !name.isEmpty && name.utf8.count <= 256 && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
        return switch self {
        case .global, .everyTenant, .everyGroup, .everyKey: true
        case .tenant(let name), .group(let name), .key(let name): isTenant(name)
        case .everyUser(let tenant), .everyRun(let tenant): tenant.map(isTenant) ?? true
        case .user(let name, let tenant), .run(let name, let tenant): isTenant(tenant) && isShown(name)
        case .everyTag(let name): isTenant(name)
        case .tag(let tag): isTenant(tag.name) && isTenant(tag.value)
        }
    }
}
