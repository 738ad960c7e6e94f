import Budgeting
import Crypto
import Synchronization

/// A link that logs in as admin once, for the terminal that started the gateway.
struct OneTimeLink: Sendable {
    let codeHash: [UInt8]
    let endsAt: Instant
}

extension Access {
    static let linkMinutes: Int64 = 15
    private static let mostLinks = 16

    /// The code of a new link; it works once, within fifteen minutes. Only the last few are kept.
    public func makeLink() -> String {
        let code = Access.randomHex(bytes: 24)
        let link = OneTimeLink(
            codeHash: Array(SHA256.hash(data: Array(code.utf8))),
            endsAt: Instant(seconds: clock().seconds + Access.linkMinutes * 60))
        links.withLock { $0 = $0.suffix(Access.mostLinks - 1) + [link] }
        return code
    }

    /// Takes the link's code; nil where it was used, has ended or never was.
    public func useLink(_ code: String) -> Session? {
        // Looked up by hash: how long that takes says nothing of the code.
        let hash = Array(SHA256.hash(data: Array(code.utf8)))
        let now = clock()
        let isGood = links.withLock { links in
            guard let index = links.firstIndex(where: { $0.codeHash == hash }) else { return false }
            return links.remove(at: index).endsAt > now
        }
        return isGood ? makeSession(.admin) : nil
    }
}
