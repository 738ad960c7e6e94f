/// The server that takes our mail: a submission server, as a mail program uses it.
public struct MailServer: Sendable {
    public enum Security: String, Sendable, CaseIterable {
        /// Plain until STARTTLS, which the server has to offer.
        case starttls
        /// TLS from the first byte.
        case tls
        case none

        /// https://datatracker.ietf.org/doc/html/rfc8314#section-3.3
        public var usualPort: Int {
            switch self {
            case .starttls: 587
            case .tls: 465
            case .none: 25
            }
        }
    }

    public struct Login: Sendable {
        public var username: String
        public var password: String

        public init(username: String, password: String) {
            self.username = username
            self.password = password
        }
    }

    public var host: String
    public var port: Int
    public var security: Security
    /// Nil for a server that takes mail from whoever reaches it.
    public var login: Login?
    public var from: MailAddress
    /// A file of certificates, in PEM, that are trusted in place of the system's; nil trusts the system's.
    public var trustFile: String?

    public init(host: String, port: Int? = nil, security: Security, login: Login? = nil, from: MailAddress) {
        self.host = host
        self.port = port ?? security.usualPort
        self.security = security
        self.login = login
        self.from = from
    }
}
