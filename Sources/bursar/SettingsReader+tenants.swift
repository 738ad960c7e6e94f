import Budgeting
import ExactMoney
import Foundation
import Gateway
import Upstream

extension SettingsReader {
    /// `{"acme":{"daily":5,"monthly":60}}`: amounts as numbers or strings, read from their text; `"none"` lifts a cap.
    func tenantCaps(_ name: String) throws -> [String: [Period: Cap]] {
        guard let text = environment[name] else { return [:] }
        let expected = #"JSON such as {"acme":{"daily":5,"monthly":60}}"#
        guard let document = try? JSONDocument(Array(text.utf8)), document.root.kind == .object else {
            throw SettingsProblem(name, value: text, expected: expected)
        }
        var caps: [String: [Period: Cap]] = [:]
        for (tenant, budgets) in document.root.members {
            guard isTenant(tenant) else {
                throw SettingsProblem(name, value: tenant, expected: "a tenant id as in X-Tenant-Id")
            }
            guard budgets.kind == .object else {
                throw SettingsProblem("\(name) of \(tenant)", value: "no object", expected: expected)
            }
            caps[tenant] = [:]
            for (key, value) in budgets.members {
                guard let period = ["daily": Period.day, "monthly": Period.month][key] else {
                    throw SettingsProblem("\(name) of \(tenant)", value: key, expected: "daily or monthly")
                }
                caps[tenant]?[period] = try cap(value, "\(name) of \(tenant), \(key),")
            }
        }
        return caps
    }

    private func cap(_ value: JSONValue, _ name: String) throws -> Cap {
        let text = value.string ?? String(decoding: value.text, as: UTF8.self)
        if text == "none" { return .none }
        guard value.kind == .string || value.kind == .number, let money = try? Money(usd: text, rounding: .down),
            money >= .zero
        else { throw SettingsProblem(name, value: text, expected: "an amount of USD, 0 or more") }
        return .limit(money)
    }

    /// The offsets of an IANA zone from 2000 to 2100, read from the system's database.
    func zone(_ name: String) throws -> ZoneRules {
        guard let text = environment[name], text != "UTC" else { return .utc }
        guard let zone = TimeZone(identifier: text) else {
            throw SettingsProblem(name, value: text, expected: "an IANA time zone such as Europe/Berlin")
        }
        let first = Date(timeIntervalSince1970: 946_684_800)
        let end = Date(timeIntervalSince1970: 4_102_444_800)
        var transitions: [ZoneRules.Transition] = []
        var at = first
        while let next = zone.nextDaylightSavingTimeTransition(after: at), next < end, next > at {
            transitions.append(
                .init(
                    at: Instant(seconds: Int64(next.timeIntervalSince1970.rounded())),
                    offsetSeconds: Int64(zone.secondsFromGMT(for: next))))
            at = next
        }
        return ZoneRules(
            name: text, firstOffsetSeconds: Int64(zone.secondsFromGMT(for: first)), transitions: transitions)
    }
}
