public import Budgeting
import Crypto
import Synchronization

/// What somebody may do on the control plane.
public enum Role: UInt8, Hashable, Comparable, Sendable {
    /// Read everything.
    case viewer = 0
    /// Read and change everything.
    case admin = 1

    public static func < (lhs: Role, rhs: Role) -> Bool { lhs.rawValue < rhs.rawValue }

    public var name: String { self == .admin ? "admin" : "viewer" }
}

/// Who may read and who may change things: two tokens, sessions made from them, and links that work once.
///
/// Rules (contract §2): health is for all. While the gateway is *open* (no key exists and it listens on loopback) reading
/// needs nothing, and `Door` has turned away what does not come from this machine. Otherwise reading needs the viewer's or the
/// admin's token. Changes always need the admin's. Tokens are compared in constant time, and wrong ones are counted.
public final class Access: Sendable {
    public struct Tokens: Sendable {
        public var admin: String
        public var viewer: String?

        public init(admin: String, viewer: String? = nil) {
            self.admin = admin
            self.viewer = viewer
        }
    }

    /// What a request needs.
    public enum Need: Hashable, Sendable {
        case nothing
        case reading
        /// Reading what one tenant spent: one of its own keys will do.
        case readingUsage(of: String)
        case administering
    }

    /// Who sent a request.
    public struct Identity: Sendable {
        public let role: Role
        /// Set for a browser that has logged in; forms are bound to it.
        public let session: Session?
        /// For the record of changes: a name that the proxy in front vouches for, else the role.
        public let name: String

        init(role: Role, session: Session?, name: String? = nil) {
            self.role = role
            self.session = session
            self.name = name ?? role.name
        }
    }

    /// What a virtual key says of a tenant's usage.
    public enum KeyStanding: Sendable {
        case unknown
        case reads
        case otherTenant
    }

    /// Why a request is turned away.
    public enum Denial: Error, Hashable, Sendable {
        /// No token, or a session that has ended.
        case unknown
        case wrongToken
        /// The viewer's token where the admin's is needed.
        case notAdmin
        /// A good key, but of another tenant.
        case otherTenant
        /// Too many wrong tokens; again after so many seconds.
        case tooManyAttempts(seconds: Int64)
    }

    /// Whether reading needs nothing: asked at every request, because the first key closes the gateway.
    public let isOpen: @Sendable () -> Bool
    let clock: @Sendable () -> Instant
    private let standing: @Sendable (_ secret: String, _ tenant: String) -> KeyStanding
    let signingKey: SymmetricKey
    private let tokens: Tokens
    /// The header in which an authenticating proxy says who is at the other end.
    let trustedHeader: String?
    private let logins = AttemptLimit(burst: 10, secondsPerAttempt: 6)
    private let bearers = AttemptLimit(burst: 100, secondsPerAttempt: 1)
    let links = Mutex<[OneTimeLink]>([])

    public init(
        tokens: Tokens, trustedHeader: String? = nil, clock: @escaping @Sendable () -> Instant,
        isOpen: @escaping @Sendable () -> Bool,
        standing: @escaping @Sendable (_ secret: String, _ tenant: String) -> KeyStanding = { _, _ in .unknown }
    ) {
        self.standing = standing
        self.trustedHeader = trustedHeader
        self.tokens = tokens
        self.clock = clock
        self.isOpen = isOpen
        // Made of the tokens, so that a restart keeps sessions and a new token ends them.
        let material = "bursar sessions 1\u{0}\(tokens.admin)\u{0}\(tokens.viewer ?? "")"
        signingKey = SymmetricKey(data: SHA256.hash(data: Array(material.utf8)))
    }

    /// What this path needs.
    public func need(of path: String) -> Need {
        if path == "/api/health" || path == "/login" || path.hasPrefix("/assets/") { return .nothing }
        if path.hasPrefix("/api/usage/"), let tenant = path.dropFirst(11).percentDecoded {
            return .readingUsage(of: tenant)
        }
        if path == "/api/admin" || path.hasPrefix("/api/admin/") { return .administering }
        return .reading
    }

    /// Lets a request in, or says why not.
    ///
    /// - Parameters:
    ///   - bearer: the token of `Authorization`, where there is one.
    ///   - cookie: the session's cookie, where there is one.
    ///   - peer: from where; wrong tokens are counted by it.
    /// - Returns: who sent it; nil for somebody unknown to whom the gateway is open.
    public func admit(
        _ need: Need, bearer: String?, cookie: String?, peer: String
    ) throws(Denial) -> Identity? {
        let session = cookie.flatMap { self.session(from: $0) }
        var identity = session.map { Identity(role: $0.role, session: $0) }
        let mayRead = need == .nothing || need != .administering && isOpen()
        if identity == nil, !mayRead, case .readingUsage(let tenant) = need, let bearer {
            switch standing(bearer, tenant) {
            case .reads: return nil
            case .otherTenant: throw .otherTenant
            case .unknown: break
            }
        }
        if identity == nil, let bearer {
            // Apps that think they talk to OpenAI send a key of their own; where nothing is asked for, it is not looked at twice.
            if let role = role(of: bearer) { identity = Identity(role: role, session: nil) }
            if !mayRead {
                if let wait = bearers.secondsToWait(peer, at: clock()) { throw .tooManyAttempts(seconds: wait) }
                if identity == nil {
                    bearers.failed(peer, at: clock())
                    throw .wrongToken
                }
            }
        }
        if mayRead { return identity }
        guard let identity else { throw .unknown }
        if need == .administering, identity.role < .admin { throw .notAdmin }
        return identity
    }

    /// A login with a token; a session for it.
    public func login(token: String, peer: String) throws(Denial) -> Session {
        if let wait = logins.secondsToWait(peer, at: clock()) { throw .tooManyAttempts(seconds: wait) }
        guard let role = role(of: token) else {
            logins.failed(peer, at: clock())
            throw .wrongToken
        }
        return makeSession(role)
    }

    private func role(of token: String) -> Role? {
        // Both are compared whatever the first says.
        let isAdmin = isSame(token, tokens.admin)
        let isViewer = tokens.viewer.map { isSame(token, $0) } ?? false
        return isAdmin ? .admin : isViewer ? .viewer : nil
    }

    /// Constant in time for any content and length: what is compared are authentication codes of equal length.
    private func isSame(_ given: String, _ expected: String) -> Bool {
        let code = HMAC<SHA256>.authenticationCode(for: Array(expected.utf8), using: signingKey)
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array(given.utf8), using: signingKey)
    }
}
