/// Where OpenRouter, or a proxy of it, is.
public struct UpstreamEndpoint: Hashable, Sendable {
    public enum Security: Hashable, Sendable {
        /// TLS with the system's trust roots.
        case tls
        case plain
    }

    public let host: String
    public let port: Int
    public let security: Security
    /// Without a trailing slash: `/api/v1`.
    public let basePath: String

    /// Reads a base URL such as `https://openrouter.ai/api/v1`; nil for anything else than http or https with a host.
    public init?(url: String) {
        let security: Security
        var rest: Substring
        if url.hasPrefix("https://") {
            (security, rest) = (.tls, url.dropFirst(8))
        } else if url.hasPrefix("http://") {
            (security, rest) = (.plain, url.dropFirst(7))
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" }
        rest = rest.dropFirst(authority.count)
        guard !authority.contains("@"), !rest.contains("?"), !rest.contains("#") else { return nil }
        let bracketed = authority.hasPrefix("[")
        let host = bracketed ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        let afterHost = authority.dropFirst(host.count + (bracketed ? 2 : 0))
        guard !host.isEmpty, afterHost.isEmpty || afterHost.hasPrefix(":") else { return nil }
        if afterHost.isEmpty {
            port = security == .tls ? 443 : 80
        } else {
            guard let given = Int(afterHost.dropFirst()), (1...65535).contains(given) else { return nil }
            port = given
        }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        self.host = String(host)
        self.security = security
        basePath = String(rest)
    }

    /// For the `Host` header: the port only where it is not the scheme's own.
    var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (security == .tls ? 443 : 80) ? host : "\(host):\(port)"
    }
}
