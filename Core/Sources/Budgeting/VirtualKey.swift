/// A virtual key: whose calls it makes, what it may do, and the secrets by which a client proves that it holds it.
///
/// A secret itself is never here, nor anywhere in the ledger: only a keyed hash of it, and its first characters so that people
/// can tell one from another.
public struct VirtualKey: Hashable, Sendable {
    public let id: KeyID
    public let tenant: TenantID
    /// As they were said last.
    public fileprivate(set) var rules: Rules
    /// In the order of issue.
    public fileprivate(set) var secrets: [Secret]

    /// What a key may do, and what a call with it must say.
    public struct Rules: Hashable, Sendable {
        /// Names of models, or the beginnings of names before a `*`. Empty: all that are priced.
        public var models: [String] = []
        /// `name=value`, put on every call, whatever the call itself says of these names.
        public var tags: [String] = []
        /// For which other tenants it may call.
        public var actsFor = Reach.nobodyElse
        public var needsUser = false
        public var needsRun = false
        /// How many calls may begin in any sixty seconds, and how many may run; nil for no bound.
        public var callsPerMinute: UInt32?
        public var callsAtOnce: UInt32?

        public enum Reach: Hashable, Sendable {
            case nobodyElse
            case tenants([TenantID])
            case everyone
        }

        public init() {}
    }

    public struct Secret: Hashable, Sendable {
        /// Thirty-two bytes.
        public let hash: [UInt8]
        /// What people see of it.
        public let prefix: String
        public let issuedAt: Instant
        /// From then on it opens nothing: it has expired, or was revoked. Nil for one without an end.
        public fileprivate(set) var endsAt: Instant?

        public func isGood(at now: Instant) -> Bool { endsAt.map { now < $0 } ?? true }
    }

    public func isGood(at now: Instant) -> Bool { secrets.contains { $0.isGood(at: now) } }

    /// The last of its secrets that is good: the one that says when the key expires.
    public func newest(at now: Instant) -> Secret? { secrets.last { $0.isGood(at: now) } }
}

/// What an operator says anew of a key that is good: what it may do, and when it expires. Its secrets stay.
public struct KeyChange: Hashable, Sendable {
    public let key: KeyID
    public let rules: VirtualKey.Rules
    /// Of its newest good secret; those before it end then at the latest. Nil for one without an end.
    public let endsAt: Instant?

    public init(key: KeyID, rules: VirtualKey.Rules, endsAt: Instant? = nil) {
        self.key = key
        self.rules = rules
        self.endsAt = endsAt
    }
}

/// One secret of a key, as it is issued.
public struct KeyIssue: Hashable, Sendable {
    public let key: KeyID
    public let tenant: TenantID
    public fileprivate(set) var rules: VirtualKey.Rules
    public let hash: [UInt8]
    public let prefix: String
    public let endsAt: Instant?

    public init(
        key: KeyID, tenant: TenantID, rules: VirtualKey.Rules, hash: [UInt8], prefix: String, endsAt: Instant? = nil
    ) {
        self.key = key
        self.tenant = tenant
        self.rules = rules
        self.hash = hash
        self.prefix = prefix
        self.endsAt = endsAt
    }

    static let hashBytes = 32
}

/// All keys there are or were: the fold of their entries.
public struct KeyRing: Equatable, Sendable {
    public private(set) var keys: [KeyID: VirtualKey] = [:]
    /// Whose secret has this hash.
    private var owners: [[UInt8]: KeyID] = [:]

    public init() {}

    /// Whether a key was ever issued. From then on a caller has to show one: the end of the last key opens no door.
    public var isEmpty: Bool { keys.isEmpty }

    mutating func issue(_ issue: KeyIssue, at instant: Instant) throws(BrokenEntry) {
        guard issue.hash.count == KeyIssue.hashBytes, owners[issue.hash] == nil else {
            throw BrokenEntry(description: "key \(issue.key.number) is issued with a hash that is no new one")
        }
        guard keys[issue.key]?.tenant ?? issue.tenant == issue.tenant else {
            throw BrokenEntry(description: "key \(issue.key.number) moves to another tenant")
        }
        let secret = VirtualKey.Secret(
            hash: issue.hash, prefix: issue.prefix, issuedAt: instant, endsAt: issue.endsAt)
        var key =
            keys[issue.key] ?? VirtualKey(id: issue.key, tenant: issue.tenant, rules: issue.rules, secrets: [])
        key.rules = issue.rules
        key.secrets.append(secret)
        keys[issue.key] = key
        owners[issue.hash] = issue.key
    }

    /// All secrets of the key end then, or before.
    mutating func revoke(_ id: KeyID, from end: Instant) throws(BrokenEntry) {
        guard var key = keys[id] else {
            throw BrokenEntry(description: "key \(id.number) is revoked, but was never issued")
        }
        for index in key.secrets.indices { key.secrets[index].endsAt = min(key.secrets[index].endsAt ?? end, end) }
        keys[id] = key
    }

    /// Nothing that has ended begins again.
    mutating func change(_ change: KeyChange, at instant: Instant) throws(BrokenEntry) {
        guard var key = keys[change.key], let newest = key.secrets.lastIndex(where: { $0.isGood(at: instant) }) else {
            throw BrokenEntry(description: "key \(change.key.number) is changed, but opens nothing")
        }
        guard change.endsAt.map({ $0 > instant }) ?? true else {
            throw BrokenEntry(description: "key \(change.key.number) is changed to have ended before")
        }
        key.rules = change.rules
        if let end = change.endsAt {
            for index in key.secrets.indices.prefix(newest) {
                key.secrets[index].endsAt = min(key.secrets[index].endsAt ?? end, end)
            }
        }
        key.secrets[newest].endsAt = change.endsAt
        keys[change.key] = key
    }
}

extension Books {
    /// A new key, or a new secret for one of which no secret is good any more.
    func decideIssue(_ issue: KeyIssue, at now: Instant) -> Result<[Entry.Event], Refusal> {
        if let known = keys.keys[issue.key], known.tenant != issue.tenant || known.isGood(at: now) {
            return .failure(.keyExists(issue.key))
        }
        guard issue.endsAt.map({ $0 > now }) ?? true else { return .failure(.badKey) }
        return .success([.keyIssued(issue)])
    }

    /// A new secret, under the rules that hold; those before it stay good until `end`.
    func decideRotation(_ issue: KeyIssue, until end: Instant, at now: Instant) -> Result<[Entry.Event], Refusal> {
        guard let known = keys.keys[issue.key], known.tenant == issue.tenant else {
            return .failure(.noSuchKey(issue.key))
        }
        guard issue.endsAt.map({ $0 > now }) ?? true else { return .failure(.badKey) }
        var issue = issue
        issue.rules = known.rules
        return .success([.keyRevoked(issue.key, from: max(end, now)), .keyIssued(issue)])
    }

    /// Nothing where all of it holds already.
    func decideChange(_ change: KeyChange, at now: Instant) -> Result<[Entry.Event], Refusal> {
        guard let known = keys.keys[change.key] else { return .failure(.noSuchKey(change.key)) }
        guard let newest = known.newest(at: now) else { return .failure(.keyEnded(change.key)) }
        guard known.rules != change.rules || newest.endsAt != change.endsAt else { return .success([]) }
        guard change.endsAt.map({ $0 > now }) ?? true else { return .failure(.badKey) }
        return .success([.keyChanged(change)])
    }

    /// Nothing where no secret is good any longer than that.
    func decideRevocation(_ id: KeyID, from end: Instant, at now: Instant) -> Result<[Entry.Event], Refusal> {
        guard let known = keys.keys[id] else { return .failure(.noSuchKey(id)) }
        let end = max(end, now)
        return .success(known.isGood(at: end) ? [.keyRevoked(id, from: end)] : [])
    }
}
