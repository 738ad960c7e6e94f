import NIOCore
import NIOHTTP1

/// Who may come in while no key is asked for: programs on this machine, and nobody who comes through a browser's foreign page
/// or a reverse proxy, which make the whole internet look like this machine.
public struct Door {
    let allowOpen: Bool

    private static let forwarding = ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host"]

    /// - Parameter isFromHere: whether the connection comes from this machine, as far as that is known.
    func refusal(_ head: HTTPRequestHead, isFromHere: Bool) -> Refusal? {
        guard !allowOpen else { return nil }
        guard isFromHere else { return closed("the connection does not come from this machine") }
        for name in Door.forwarding where head.headers.contains(name: name) {
            return closed("'\(name)' says that the request was forwarded")
        }
        for host in head.headers["host"] where !Door.isLoopback(authority: host) {
            return closed("the Host is not this machine's")
        }
        for origin in head.headers["origin"] {
            let parts = origin.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3 || parts.count == 4 && parts[3].isEmpty, parts[1].isEmpty,
                Door.isLoopback(authority: String(parts[2]))
            else {
                return closed("the Origin is foreign")
            }
        }
        return nil
    }

    private func closed(_ why: String) -> Refusal {
        Refusal(
            403, "permission_error", "not_loopback",
            "Without keys the gateway serves this machine only, and \(why). Set ALLOW_OPEN=true to serve everyone who can reach it."
        )
    }

    static func isLoopback(_ peer: SocketAddress) -> Bool {
        switch peer {
        case .v4, .v6: isLoopback(authority: peer.ipAddress.map { $0.contains(":") ? "[\($0)]" : $0 } ?? "")
        case .unixDomainSocket: true
        }
    }

    public static func isLoopback(authority: String) -> Bool {
        // What nearly all send, looked at without taking it apart.
        let name = authority.utf8.prefix { $0 != UInt8(ascii: ":") }
        if name.elementsEqual("127.0.0.1".utf8) || name.elementsEqual("localhost".utf8) { return true }
        if authority.hasPrefix("[") {
            let address = authority.dropFirst().prefix { $0 != "]" }
            return address == "::1" || address.hasPrefix("::ffff:127.")
        }
        let host = authority.prefix { $0 != ":" }.lowercased()
        if host == "localhost" || host.hasSuffix(".localhost") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
