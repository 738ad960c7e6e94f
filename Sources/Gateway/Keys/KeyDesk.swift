public import Budgeting
public import Ledger
import NIOHTTP1
import Synchronization

/// Where a caller shows a key. Looked up by hash in a table that nobody changes: a change of keys puts another in its place, so
/// a call holds the lock for as long as it takes to read one reference.
public final class KeyDesk: Sendable {
    private final class Table: Sendable {
        let asksForKeys: Bool
        let secrets: [[UInt8]: (grant: KeyGrant, secret: VirtualKey.Secret)]
        let keys: [KeyID: HeldKey]
        private let byName = Mutex<[HeldKey]?>(nil)

        convenience init(_ ring: KeyRing, _ names: NameTable) {
            self.init(nil, ring.keys.values, names)
        }

        /// The table before with some keys taken up anew; without one, all there are.
        init(_ before: Table?, _ some: some Collection<VirtualKey>, _ names: NameTable) {
            var secrets = before?.secrets ?? [:]
            var keys = before?.keys ?? [:]
            for key in some {
                var grant = KeyGrant(key, names)
                keys[key.id] = HeldKey(grant: grant, secrets: key.secrets)
                for secret in key.secrets {
                    grant.endsAt = secret.endsAt
                    secrets[secret.hash] = (grant, secret)
                }
            }
            asksForKeys = !keys.isEmpty
            self.secrets = secrets
            self.keys = keys
        }

        /// Sorted once for each table that somebody looks at.
        var sorted: [HeldKey] {
            byName.withLock { byName in
                if let byName { return byName }
                let sorted = keys.values.sorted { $0.grant.key < $1.grant.key }
                byName = sorted
                return sorted
            }
        }
    }

    private let table: Mutex<Table>
    /// Held while a change is taken up, so that none is undone by one that was read before it.
    private let takingUp = Mutex(())
    private let ledger: Ledger
    private let hasher: KeyHasher

    /// - Parameter hasher: with the pepper under which the ledger's keys were hashed.
    public init(_ ledger: Ledger, hasher: KeyHasher) {
        self.ledger = ledger
        self.hasher = hasher
        table = Mutex(KeyDesk.read(ledger))
    }

    /// Whether a caller has to show a key: from the first that was ever issued on.
    public var asksForKeys: Bool { table.withLock { $0.asksForKeys } }

    /// The grant of a secret that is good now; nil where it is none of ours, has ended or was revoked.
    public func grant(for secret: String, at now: Instant) -> KeyGrant? {
        let hash = hasher.hash(secret)
        guard let found = table.withLock({ $0 }).secrets[hash], isSame(found.secret.hash, hash),
            found.secret.isGood(at: now)
        else { return nil }
        return found.grant
    }

    public func hash(_ secret: KeySecret) -> [UInt8] { hasher.hash(secret.text) }

    /// All keys, the ended ones too, by name.
    public var keys: [HeldKey] { table.withLock { $0 }.sorted }

    /// The key of this name; nil where there is none.
    public func key(named name: String) -> HeldKey? {
        ledger.read { _, names, _, _ in names.key(named: name) }.flatMap { id in table.withLock { $0 }.keys[id] }
    }

    /// Takes up what the ledger says of a key now. Called after each change of it.
    public func refresh(_ id: KeyID) {
        takingUp.withLock { _ in
            let before = table.withLock { $0 }
            let new = ledger.read { books, names, _, _ in
                books.keys.keys[id].map { Table(before, CollectionOfOne($0), names) }
            }
            if let new { table.withLock { $0 = new } }
        }
    }

    private static func read(_ ledger: Ledger) -> Table {
        ledger.read { books, names, _, _ in Table(books.keys, names) }
    }
}

extension KeyDesk {
    /// Whose key a request shows; nil while none is asked for.
    ///
    /// - Throws: ``Refusal`` 401 where it shows none that is good.
    func admit(_ headers: HTTPHeaders, at now: Instant) throws(Refusal) -> KeyGrant? {
        guard asksForKeys else { return nil }
        guard let secret = KeyDesk.secret(in: headers), !secret.isEmpty else {
            throw .invalidKey("No key was sent. Send one of Bursar's: Authorization: Bearer bsr_…")
        }
        if let grant = grant(for: secret, at: now) { return grant }
        if secret.hasPrefix("sk-or-") {
            throw .invalidKey(
                """
                This is a key of OpenRouter. Bursar keeps that key itself, so apps do not need it: \
                send one of Bursar's, Authorization: Bearer bsr_…
                """)
        }
        throw .invalidKey(
            secret.hasPrefix(KeySecret.start)
                ? "The key is not known here, has expired or was revoked."
                : "This is no key of Bursar's: they begin with bsr_. An operator issues them with: bursar key issue")
    }

    /// `Authorization: Bearer`, else `x-api-key`.
    private static func secret(in headers: HTTPHeaders) -> String? {
        if let value = headers.first(name: "authorization"), value.prefix(7).lowercased() == "bearer " {
            return value.dropFirst(7).trimmed
        }
        return headers.first(name: "x-api-key")?[...].trimmed
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension Refusal {
    static func invalidKey(_ message: String) -> Refusal {
        var refusal = Refusal(401, "authentication_error", "invalid_key", message)
        refusal.headers.append(("www-authenticate", "Bearer"))
        return refusal
    }
}
