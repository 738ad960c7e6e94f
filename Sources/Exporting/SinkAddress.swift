/// Where a sink listens, as an operator writes it: a URL, or a host and port, which then means http.
public struct SinkAddress: Hashable, Sendable {
    public let isSecure: Bool
    public let host: String
    public let port: Int
    /// Begins with a slash, or is empty; without a slash at its end.
    public let path: String
    /// After the question mark; nil where there is none.
    public let query: String?

    /// Nil for what is no address of http or https.
    public init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("https://") {
            (isSecure, rest) = (true, rest.dropFirst(8))
        } else if rest.hasPrefix("http://") {
            (isSecure, rest) = (false, rest.dropFirst(7))
        } else {
            guard !text.contains("://") else { return nil }
            isSecure = false
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        rest = rest.dropFirst(authority.count)
        guard !authority.contains("@"), !rest.contains("#"), !rest.contains(where: \.isWhitespace) else { return nil }
        let bracketed = authority.hasPrefix("[")
        let host = bracketed ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        let after = authority.dropFirst(host.count + (bracketed ? 2 : 0))
        guard !host.isEmpty, !host.contains(where: \.isWhitespace), after.isEmpty || after.hasPrefix(":") else {
            return nil
        }
        if after.isEmpty {
            port = isSecure ? 443 : 80
        } else {
            guard let given = Int(after.dropFirst()), (1...65_535).contains(given) else { return nil }
            port = given
        }
        self.host = String(host)
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts.first ?? ""
        while path.hasSuffix("/") { path = path.dropLast() }
        self.path = String(path)
        query = parts.count > 1 ? String(parts[1]) : nil
    }

    private init(_ other: SinkAddress, path: String, query: String?) {
        (isSecure, host, port) = (other.isSecure, other.host, other.port)
        self.path = path
        self.query = query
    }

    /// The same with more path.
    public func appending(_ more: String) -> SinkAddress { SinkAddress(self, path: path + more, query: query) }

    /// For the `Host` header: the port only where it is not the scheme's own.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    var target: String { (path.isEmpty ? "/" : path) + (query.map { "?\($0)" } ?? "") }
}
