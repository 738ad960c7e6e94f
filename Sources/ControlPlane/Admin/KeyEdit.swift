public import Budgeting
import ExactMoney
import Ledger

/// What is said of a key's rules. What is not said stays as it is, or is without a limit in a new key.
public struct KeyEdit: Hashable, Sendable {
    /// Something that may have a bound.
    public enum Bound<Value: Hashable & Sendable>: Hashable, Sendable {
        case asItIs
        case unbounded
        case bounded(Value)

        public init(_ value: Value?) {
            self = value.map { .bounded($0) } ?? .unbounded
        }
    }

    public var models: [String]?
    public var tags: [String]?
    /// Other tenants it may call for; `*` is all.
    public var actsFor: [String]?
    public var needsUser: Bool?
    public var needsRun: Bool?
    public var callsPerMinute = Bound<UInt32>.asItIs
    public var callsAtOnce = Bound<UInt32>.asItIs
    public var expiresAt = Bound<Instant>.asItIs

    public init() {}

    public static let mostModels = 100
    public static let mostTags = 8
    public static let mostTenants = 1_000
    public static let mostCalls: UInt32 = 1_000_000

    var saysLimits: Bool { callsPerMinute != .asItIs || callsAtOnce != .asItIs }

    /// - Parameter number: of a tenant by its name.
    func apply(
        to rules: inout VirtualKey.Rules, _ end: inout Instant?, number: (String) -> TenantID
    ) {
        if let models { rules.models = models }
        if let tags { rules.tags = tags }
        if let actsFor {
            rules.actsFor =
                actsFor.contains("*") ? .everyone : actsFor.isEmpty ? .nobodyElse : .tenants(actsFor.map(number))
        }
        if let needsUser { rules.needsUser = needsUser }
        if let needsRun { rules.needsRun = needsRun }
        callsPerMinute.apply(to: &rules.callsPerMinute)
        callsAtOnce.apply(to: &rules.callsAtOnce)
        expiresAt.apply(to: &end)
    }
}

extension KeyEdit.Bound {
    fileprivate func apply(to value: inout Value?) {
        switch self {
        case .asItIs: break
        case .unbounded: value = nil
        case .bounded(let new): value = new
        }
    }
}

extension KeyEdit {
    /// What is wrong with it, by field, in words that go on from the field's name; the same rules as the API's.
    public var problems: [(field: String, expected: String)] {
        var problems: [(String, String)] = []
        func check(_ field: String, _ texts: [String]?, _ rule: TextRule, most: Int) {
            guard let texts else { return }
            if let wrong = texts.first(where: { !rule.admits($0) }) {
                problems.append((field, "“\(wrong.prefix(60))” is not \(rule.expectation)"))
            } else if texts.count > most {
                problems.append((field, "at most \(most) fit, and there are \(texts.count)"))
            }
        }
        check("models", models, .modelPattern, most: KeyEdit.mostModels)
        check("tags", tags, .tag, most: KeyEdit.mostTags)
        check("actsFor", actsFor, .oneOfOrName("*"), most: KeyEdit.mostTenants)
        return problems
    }

    /// What a key or a tenant may be called.
    public static func nameProblem(_ name: String) -> String? {
        TextRule.name.admits(name) ? nil : "“\(name.prefix(60))” is not \(TextRule.name.expectation)"
    }
}
