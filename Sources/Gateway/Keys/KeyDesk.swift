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

        init(_ ring: KeyRing, _ names: NameTable) {
            asksForKeys = !ring.isEmpty
            var secrets: [[UInt8]: (grant: KeyGrant, secret: VirtualKey.Secret)] = [:]
            for key in ring.keys.values {
                var grant = KeyGrant(key, names)
                for secret in key.secrets {
                    grant.endsAt = secret.endsAt
                    secrets[secret.hash] = (grant, secret)
                }
            }
            self.secrets = secrets
        }
    }

    private let table: Mutex<Table>
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

    /// Takes up what the ledger says of keys now. Called after each change of one.
    public func refresh() {
        let new = KeyDesk.read(ledger)
        table.withLock { $0 = new }
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
