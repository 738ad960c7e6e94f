import Budgeting
import ExactMoney
import Foundation
import Gateway
import Ledger

/// Reads one variable at a time; what does not parse stops the start.
struct SettingsReader {
    let environment: Environment

    init(_ environment: Environment) {
        self.environment = environment
    }

    func whole(_ name: String, _ range: ClosedRange<Int64>, default fallback: Int64) throws -> Int64 {
        guard let text = environment[name] else { return fallback }
        guard let value = Int64(text), range.contains(value) else {
            throw SettingsProblem(
                name, value: text, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func milliseconds(_ name: String, default fallback: Int64) throws -> Int64 {
        try optionalMilliseconds(name) ?? fallback
    }

    /// Seconds with decimals, as milliseconds.
    func optionalMilliseconds(_ name: String) throws -> Int64? {
        guard let text = environment[name] else { return nil }
        guard let value = try? ExactDecimal.scaled(text.utf8, decimals: 3, rounding: .down),
            (0...86_400_000).contains(value)
        else {
            throw SettingsProblem(name, value: text, expected: "seconds from 0 to 86400")
        }
        return Int64(value)
    }

    /// A share of 1, in ten-thousandths.
    func fraction(_ name: String, default fallback: Int64) throws -> Int64 {
        guard let text = environment[name] else { return fallback }
        guard let value = try? ExactDecimal.scaled(text.utf8, decimals: 4, rounding: .down),
            (1...10_000).contains(value)
        else {
            throw SettingsProblem(name, value: text, expected: "a fraction above 0 and up to 1, such as 0.8")
        }
        return Int64(value)
    }

    func choice(_ name: String, _ choices: [String]) throws -> String? {
        guard let text = environment[name] else { return nil }
        guard choices.contains(text.lowercased()) else {
            throw SettingsProblem(name, value: text, expected: choices.joined(separator: " or "))
        }
        return text.lowercased()
    }

    func headerName(_ name: String) throws -> String? {
        guard let text = environment[name] else { return nil }
        guard text.utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") }) else {
            throw SettingsProblem(name, value: text, expected: "the name of a header, such as X-Auth-Request-Email")
        }
        return text
    }

    private func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    func list(_ name: String) -> [String] {
        (environment[name] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter {
            !$0.isEmpty
        }
    }

    func money(_ name: String) throws -> Money? {
        try environment[name].map { try amount($0, name) }
    }

    /// An amount, or `none`.
    func cap(_ name: String, default fallback: Cap) throws -> Cap {
        guard let text = environment[name] else { return fallback }
        return text.lowercased() == "none" ? .none : .limit(try amount(text, name))
    }

    private func amount(_ text: String, _ name: String) throws -> Money {
        guard let money = try? Money(usd: text, rounding: .down), money >= .zero else {
            throw SettingsProblem(name, value: text, expected: "an amount of USD, 0 or more, such as 5 or 0.25")
        }
        return money
    }

    /// The zone that a variable names.
    func zone(_ name: String) throws -> ZoneRules {
        guard let text = environment[name] else { return .utc }
        guard let zone = ZoneRules.host(named: text) else {
            throw SettingsProblem(name, value: text, expected: "an IANA time zone such as Europe/Berlin")
        }
        return zone
    }

    /// `sqlite:PATH`.
    func ledger(_ name: String) throws -> String? {
        guard let text = environment[name] else { return nil }
        guard text.hasPrefix("sqlite:"), text.count > 7 else {
            throw SettingsProblem(
                name, value: text.hasPrefix("postgres") ? "postgres://…" : text, expected: "sqlite:PATH")
        }
        return String(text.dropFirst(7))
    }
}
