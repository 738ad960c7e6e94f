import Budgeting
import ExactMoney
import Gateway
import Ledger
import Upstream

/// Variables that hold JSON, read part by part, so that a mistake names the part. Numbers may stand as numbers or as text: the
/// settings file knows only text.
extension SettingsReader {
    typealias Part = (name: String, value: JSONValue, spot: Spot)

    /// The members of the variable's object; none where it is not set.
    func table(_ variable: String, expected: String) throws -> [Part] {
        guard let text = environment[variable] else { return [] }
        guard let document = try? JSONDocument(Array(text.utf8)), document.root.kind == .object else {
            throw SettingsProblem(variable, value: text, expected: expected)
        }
        return document.root.members.map { ($0.key, $0.value, Spot(variable).at($0.key)) }
    }

    /// The members of an object in it.
    func parts(_ value: JSONValue, _ spot: Spot, expected: String) throws -> [Part] {
        guard value.kind == .object else { throw SettingsProblem(spot, value: text(value), expected: expected) }
        return value.members.map { ($0.key, $0.value, spot.at($0.key)) }
    }

    func whole(_ value: JSONValue, _ spot: Spot, _ range: ClosedRange<Int64>) throws -> Int64 {
        guard let number = Int64(text(value)), range.contains(number) else {
            throw SettingsProblem(
                spot, value: text(value), expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func amount(_ value: JSONValue, _ spot: Spot) throws -> Money {
        guard value.kind == .string || value.kind == .number,
            let money = try? Money(usd: text(value), rounding: .down), money >= .zero
        else { throw SettingsProblem(spot, value: text(value), expected: "an amount of USD, 0 or more") }
        return money
    }

    /// An amount, or `none`.
    func cap(_ value: JSONValue, _ spot: Spot) throws -> Cap {
        text(value) == "none" ? .none : .limit(try amount(value, spot))
    }

    func choice(_ value: JSONValue, _ spot: Spot, _ choices: [String]) throws -> String {
        guard let choice = value.string?.lowercased(), choices.contains(choice) else {
            throw SettingsProblem(spot, value: text(value), expected: choices.joined(separator: " or "))
        }
        return choice
    }

    /// A list of texts.
    func texts(_ value: JSONValue, _ spot: Spot, of what: String) throws -> [String] {
        let texts = value.elements.compactMap(\.string)
        guard value.kind == .array, texts.count == Array(value.elements).count, !texts.contains("") else {
            throw SettingsProblem(spot, value: text(value), expected: "a list of \(what)")
        }
        return texts
    }

    func zone(_ value: JSONValue, _ spot: Spot) throws -> ZoneRules {
        guard let name = value.string, let zone = ZoneRules.host(named: name) else {
            throw SettingsProblem(
                spot, value: text(value), expected: "an IANA time zone such as Europe/Berlin")
        }
        return zone
    }

    /// As it was written, for reading and for repeating.
    func text(_ value: JSONValue) -> String { value.string ?? String(decoding: value.text, as: UTF8.self) }
}
