public import Budgeting
public import Ledger
public import Routing

/// What a virtual key lets its holder do, in names instead of numbers.
public struct KeyGrant: Hashable, Sendable {
    public let id: KeyID
    public let key: String
    public let tenant: String
    public let models: [String]
    public let tags: [Attribution.Tag]
    public let actsFor: ActsFor
    public let needsUser: Bool
    public let needsRun: Bool
    /// How many calls it may make.
    public let limits: CallLimits
    /// When the secret that was shown ends; nil for one without an end.
    public internal(set) var endsAt: Instant?

    public enum ActsFor: Hashable, Sendable {
        case nobodyElse
        case tenants(Set<String>)
        case everyone
    }

    init(_ key: VirtualKey, _ names: NameTable) {
        id = key.id
        self.key = names.text(of: key.id)
        tenant = names.text(of: key.tenant)
        models = key.rules.models
        tags = key.rules.tags.map(Attribution.Tag.init(text:))
        actsFor =
            switch key.rules.actsFor {
            case .nobodyElse: .nobodyElse
            case .everyone: .everyone
            case .tenants(let tenants): .tenants(Set(tenants.map { names.text(of: $0) }))
            }
        needsUser = key.rules.needsUser
        needsRun = key.rules.needsRun
        limits = CallLimits(
            perMinute: key.rules.callsPerMinute.map(Int.init), atOnce: key.rules.callsAtOnce.map(Int.init))
    }

    public func mayActFor(_ tenant: String) -> Bool {
        if tenant == self.tenant { return true }
        return switch actsFor {
        case .nobodyElse: false
        case .tenants(let tenants): tenants.contains(tenant)
        case .everyone: true
        }
    }

    /// By its full name; `openai/*` stands for all that begin so.
    public func mayUse(model: String) -> Bool { ModelPattern.allow(model, models) }

    /// The tags of a call: the key's own, and those that the call adds to them.
    func tags(with own: [Attribution.Tag]) -> [Attribution.Tag] {
        tags + own.filter { tag in !tags.contains { $0.name == tag.name } }
    }
}

/// A key as the desk has it: what it lets its holder do, and its secrets, of which only hashes and first characters are known.
public struct HeldKey: Sendable {
    public let grant: KeyGrant
    /// In the order of issue.
    public let secrets: [VirtualKey.Secret]
}

/// Lists of models that may be used: full names, or the beginnings of names before a `*`.
enum ModelPattern {
    /// An empty list allows all.
    static func allow(_ model: String, _ patterns: [String]) -> Bool {
        patterns.isEmpty
            || patterns.contains { $0.hasSuffix("*") ? model.hasPrefix($0.dropLast()) : model == $0 }
    }
}

extension Attribution.Tag {
    /// `name=value`
    init(text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
    }
}
