import Budgeting
import ExactMoney
import Foundation
import Gateway
import Ledger
import Routing
import Upstream

/// What `TENANT_BUDGETS` says of tenants.
struct TenantSettings {
    var caps: [String: [Period: Cap]] = [:]
    var zones: [String: ZoneRules] = [:]
    var limits: [String: CallLimits] = [:]
    var alertAt: [String: AlertLevels] = [:]
    var notify: [String: [NotifyAddress]] = [:]
}

extension SettingsReader {
    private static let example = #"JSON such as {"acme":{"daily":5,"monthly":60,"timeZone":"Europe/Berlin"}}"#

    /// `{"acme":{"daily":5,"monthly":60}}`: amounts as numbers or strings, read from their text; `"none"` lifts a cap. A tenant may have a
    /// time zone of its own, and limits to its calls: `"rpm":60,"concurrent":4`. At which shares of its budgets it is told of them, and where its messages
    /// go: `"alertAt":[0.5,1],"notify":["anna@example.com"]`.
    func tenants(_ name: String) throws -> TenantSettings {
        var settings = TenantSettings()
        guard let text = environment[name] else { return settings }
        guard let document = try? JSONDocument(Array(text.utf8)), document.root.kind == .object else {
            throw SettingsProblem(name, value: text, expected: SettingsReader.example)
        }
        for (tenant, budgets) in document.root.members {
            guard isTenant(tenant) else {
                throw SettingsProblem(name, value: tenant, expected: "a tenant id as in X-Tenant-Id")
            }
            guard budgets.kind == .object else {
                throw SettingsProblem("\(name) of \(tenant)", value: "no object", expected: SettingsReader.example)
            }
            settings.caps[tenant] = [:]
            for (key, value) in budgets.members {
                try read(key, value, "\(name) of \(tenant)", tenant, into: &settings)
            }
        }
        return settings
    }

    private func read(
        _ key: String, _ value: JSONValue, _ place: String, _ tenant: String, into settings: inout TenantSettings
    ) throws {
        switch key {
        case "daily": settings.caps[tenant]?[.day] = try cap(value, "\(place), \(key),")
        case "monthly": settings.caps[tenant]?[.month] = try cap(value, "\(place), \(key),")
        case "timeZone": settings.zones[tenant] = try zone(value.string ?? "", "\(place), \(key),")
        case "rpm": settings.limits[tenant, default: .init()].perMinute = try count(value, "\(place), \(key),")
        case "concurrent": settings.limits[tenant, default: .init()].atOnce = try count(value, "\(place), \(key),")
        case "alertAt":
            guard let levels = AlertLevels(texts: texts(value)) else {
                throw SettingsProblem("\(place), \(key),", value: words(value), expected: AlertLevels.expected)
            }
            settings.alertAt[tenant] = levels
        case "notify": settings.notify[tenant] = try texts(value).map { try address($0, "\(place), \(key),") }
        default:
            throw SettingsProblem(
                place, value: key, expected: "daily, monthly, timeZone, rpm, concurrent, alertAt or notify")
        }
    }

    /// The texts of a list, or of one text with commas.
    private func texts(_ value: JSONValue) -> [String] {
        if value.kind == .array { return value.elements.map(words) }
        return words(value).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// A text as it is meant, anything else as it is written.
    private func words(_ value: JSONValue) -> String { value.string ?? String(decoding: value.text, as: UTF8.self) }

    /// A URL may be a secret, and is not repeated.
    private func address(_ text: String, _ name: String) throws -> NotifyAddress {
        guard let address = NotifyAddress(text) else {
            guard !text.contains("/") else { throw SettingsProblem(name, "must be \(NotifyAddress.expected)") }
            throw SettingsProblem(name, value: text, expected: NotifyAddress.expected)
        }
        return address
    }

    private func count(_ value: JSONValue, _ name: String) throws -> Int {
        guard let count = value.integer, (0...1_000_000).contains(count) else {
            throw SettingsProblem(
                name, value: String(decoding: value.text, as: UTF8.self), expected: "a whole number from 0 to 1000000")
        }
        return Int(count)
    }

    private func cap(_ value: JSONValue, _ name: String) throws -> Cap {
        let text = value.string ?? String(decoding: value.text, as: UTF8.self)
        if text == "none" { return .none }
        guard value.kind == .string || value.kind == .number, let money = try? Money(usd: text, rounding: .down),
            money >= .zero
        else { throw SettingsProblem(name, value: text, expected: "an amount of USD, 0 or more") }
        return .limit(money)
    }

    /// The zone that a variable names.
    func zone(_ name: String) throws -> ZoneRules {
        try environment[name].map { try zone($0, name) } ?? .utc
    }

    private func zone(_ text: String, _ name: String) throws -> ZoneRules {
        guard let zone = ZoneRules.host(named: text) else {
            throw SettingsProblem(name, value: text, expected: "an IANA time zone such as Europe/Berlin")
        }
        return zone
    }
}
