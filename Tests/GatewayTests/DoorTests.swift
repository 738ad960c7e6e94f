import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

/// Who may come in while no key is asked for.
@Suite struct DoorTests {
    private func refusal(_ headers: HTTPHeaders, from peer: SocketAddress? = nil, allowOpen: Bool = false) -> Refusal? {
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1/chat/completions", headers: headers)
        return Door(allowOpen: allowOpen).refusal(head, isFromHere: peer.map(Door.isLoopback) ?? true)
    }

    @Test(arguments: [
        "localhost", "localhost:8080", "LOCALHOST:8080", "app.localhost", "127.0.0.1", "127.0.0.1:8080", "127.1.2.3",
        "[::1]",
        "[::1]:8080", "[::ffff:127.0.0.1]:80",
    ])
    func letsInAHostOfThisMachine(host: String) {
        #expect(refusal(["host": host]) == nil)
    }

    @Test(arguments: [
        "example.com", "localhost.example.com", "127.0.0.1.example.com", "notlocalhost", "128.0.0.1", "0.0.0.0",
        "10.0.0.1:8080",
        "127.1", "127.0.0.256", "127.0.0.1@example.com", "[::2]", "[2001:db8::1]:80", "[::ffff:10.0.0.1]", "",
        "2130706433",
    ])
    func refusesAForeignHost(host: String) {
        #expect(refusal(["host": host])?.summary == "403 not_loopback")
    }

    @Test(arguments: ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443", "http://localhost:3000/"])
    func letsInAPageOfThisMachine(origin: String) {
        #expect(refusal(["host": "localhost", "origin": origin]) == nil)
    }

    @Test(arguments: [
        "https://example.com", "http://localhost.example.com", "null", "", "localhost", "file://",
        "https://127.0.0.1.nip.io",
    ])
    func refusesAForeignPage(origin: String) {
        #expect(refusal(["host": "localhost", "origin": origin])?.summary == "403 not_loopback")
    }

    @Test func looksAtEveryOrigin() {
        #expect(refusal(["host": "localhost", "origin": "http://localhost", "Origin": "https://example.com"]) != nil)
    }

    @Test(arguments: ["x-forwarded-for", "X-Forwarded-For", "forwarded", "x-real-ip", "x-forwarded-host"])
    func refusesWhatWasForwarded(name: String) {
        #expect(refusal(["host": "localhost", name: "127.0.0.1"])?.summary == "403 not_loopback")
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("192.168.1.5", false),
        ("10.0.0.1", false), ("2001:db8::1", false), ("::ffff:10.0.0.1", false), ("0.0.0.0", false),
    ])
    func looksAtWhereTheConnectionComesFrom(address: String, isLetIn: Bool) throws {
        let peer = try SocketAddress(ipAddress: address, port: 40_000)
        #expect((refusal(["host": "localhost"], from: peer) == nil) == isLetIn)
    }

    @Test func letsInALocalSocket() throws {
        #expect(
            refusal(["host": "localhost"], from: try SocketAddress(unixDomainSocketPath: "/tmp/bursar.sock")) == nil)
    }

    @Test func letsEverybodyInWhereTheOperatorSaysSo() throws {
        let peer = try SocketAddress(ipAddress: "10.0.0.1", port: 40_000)
        let headers: HTTPHeaders = [
            "host": "example.com", "origin": "https://example.com", "x-forwarded-for": "10.0.0.2",
        ]
        #expect(refusal(headers, from: peer, allowOpen: true) == nil)
    }
}
