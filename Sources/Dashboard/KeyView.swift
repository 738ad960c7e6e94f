import Budgeting
import ControlPlane
import Gateway
import Ledger
import Receipts
import Routing

/// A key as pages show it, at a moment.
struct KeyView: Sendable {
    enum State: Hashable, Sendable {
        case active
        /// Its newest secret ends then.
        case expiring(Instant)
        /// It has a new secret, and the ones before it stay good until then.
        case rotating(until: Instant)
        /// Nothing opens with it any more. An operator may have ended it, or its time.
        case ended(Instant)

        /// As it stands in addresses.
        var word: String {
            switch self {
            case .active: "active"
            case .expiring: "expires"
            case .rotating: "rotating"
            case .ended: "ended"
            }
        }

        static let words = ["active", "expires", "rotating", "ended"]
    }

    let key: HeldKey
    let state: State
    /// When the newest good secret ends.
    let expiresAt: Instant?
    /// How many calls it may make, as the settings say, else as an operator said.
    let limits: CallLimits
    /// Where the settings name it.
    let place: SettingPlace?

    init(_ key: HeldKey, _ settings: GatewaySettings, at now: Instant) {
        self.key = key
        limits = settings.keyLimits[key.grant.key] ?? key.grant.limits
        place = settings.keyPlaces[key.grant.key]
        expiresAt = key.secrets.last { $0.isGood(at: now) }?.endsAt
        state = KeyView.state(of: key, at: now)
    }

    /// Asked of every key there is where a page shows those of one state.
    static func state(of key: HeldKey, at now: Instant) -> State {
        var newest: VirtualKey.Secret?
        var olderEnd: Instant?
        for secret in key.secrets where secret.isGood(at: now) {
            if let end = newest?.endsAt { olderEnd = max(olderEnd ?? end, end) }
            newest = secret
        }
        guard let newest else { return .ended(key.secrets.compactMap(\.endsAt).max() ?? now) }
        return olderEnd.map { .rotating(until: $0) } ?? newest.endsAt.map { .expiring($0) } ?? .active
    }

    var name: String { key.grant.key }
    var tenant: String { key.grant.tenant }

    var isGood: Bool { if case .ended = state { false } else { true } }

    /// First characters of the newest secret.
    var prefix: String { key.secrets.last?.prefix ?? "" }

    /// For which other tenants it may call.
    var others: [String] {
        switch key.grant.actsFor {
        case .nobodyElse: []
        case .everyone: ["*"]
        case .tenants(let tenants): tenants.sorted()
        }
    }

    var tags: [String] { key.grant.tags.map(\.text) }

    /// What its calls are held to, each in a few words.
    var rules: [String] {
        let others = others
        let reach =
            others == ["*"]
            ? "acts for all tenants"
            : others.isEmpty ? nil : others.count == 1 ? "acts for \(others[0])" : "acts for \(others.count) tenants"
        let rules: [String?] = [
            limits.perMinute.map { "\(Figures.count($0)) a minute" },
            limits.atOnce.map { "\(Figures.count($0)) at once" },
            key.grant.needsUser ? "needs a user" : nil, key.grant.needsRun ? "needs a run" : nil,
            tags.isEmpty ? nil : tags.joined(separator: ", "), reach,
        ]
        return rules.compactMap { $0 }
    }

    /// `all`, or the first of its models and how many more there are.
    var modelsInShort: String {
        let models = key.grant.models
        guard !models.isEmpty else { return "all" }
        let shown = models.prefix(2).joined(separator: ", ")
        return models.count > 2 ? "\(shown) and \(models.count - 2) more" : shown
    }
}

/// What the receipts' file knows of some keys.
struct KeyFacts: Sendable {
    private let uses: [KeyID: Instant]
    private let revocations: [String: Set<Instant>]

    /// - Parameter keys: as many as a page shows.
    init(_ keys: some Sequence<KeyView>, _ receipts: ReceiptStore) {
        uses = (try? receipts.lastUses(of: keys.map(\.key.grant.id))) ?? [:]
        let ended = keys.filter { !$0.isGood }.map { KeyOffice.target($0.name) }
        revocations = (try? receipts.times(of: "key revoked", on: ended)) ?? [:]
    }

    func lastUse(of key: KeyView) -> Instant? { uses[key.key.grant.id] }

    /// Whether it was an operator who ended it.
    func isRevoked(_ key: KeyView) -> Bool {
        guard case .ended(let end) = key.state else { return false }
        return revocations[KeyOffice.target(key.name)]?.contains(end) ?? false
    }

    /// The state as a word on a colour, with when it changes.
    func pill(_ key: KeyView) -> HTML {
        switch key.state {
        case .active: Pieces.pill("good", "active")
        case .expiring: Pieces.pill("care", "expires")
        case .rotating: Pieces.pill("care", "rotating")
        case .ended: isRevoked(key) ? Pieces.pill("bad", "revoked") : Pieces.pill("plain", "ended")
        }
    }

    /// When the state changes, or did; empty for one that stays.
    func note(_ key: KeyView, _ now: Instant, _ zone: ZoneRules) -> String {
        switch key.state {
        case .active: ""
        case .expiring(let end): end.nearby(now, in: zone)
        case .rotating(let end): "old secret until \(end.nearby(now, in: zone))"
        case .ended(let end): end.nearby(now, in: zone)
        }
    }
}
