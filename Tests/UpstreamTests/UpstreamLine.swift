import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import Upstream

/// A pool on an event loop of its own, and a server to talk to.
struct UpstreamLine {
    let loop: any EventLoop
    let server: TinyServer
    let pool: NIOLoopBound<UpstreamPool>

    /// Runs a test with a line to a server that follows the script, or to another port.
    static func run(
        port: Int? = nil, restTimeout: TimeAmount = .seconds(30), mostConnections: Int = 4096,
        _ script: @escaping @Sendable (_ connection: Int, _ request: Int) -> TinyServer.Reply,
        _ body: (UpstreamLine) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await TinyServer.start(on: group, script: script)
        let endpoint = try #require(UpstreamEndpoint(url: "http://127.0.0.1:\(port ?? server.port)/api/v1"))
        var settings = try UpstreamPool.Settings(endpoint: endpoint, key: "sk-ours")
        settings.restTimeout = restTimeout
        settings.mostConnections = mostConnections
        let loop = group.next()
        let pool = try await loop.submit { [settings] in
            NIOLoopBound(UpstreamPool(settings, on: loop), eventLoop: loop)
        }.get()
        do { try await body(UpstreamLine(loop: loop, server: server, pool: pool)) } catch { Issue.record(error) }
        try await loop.submit { pool.value.close() }.get()
        try? await server.close()
        try await group.shutdownGracefully()
    }

    /// Sends a GET; the ear hears what becomes of it.
    func get(_ path: String = "/models", ear: Ear = Ear()) async throws -> Ear {
        try await loop.submit { [pool] in ear.exchange = pool.value.get(path, to: ear) }.get()
        return ear
    }

    func post(_ body: String, headers: HTTPHeaders = [:], ear: Ear = Ear()) async throws -> Ear {
        try await loop.submit { [pool] in
            ear.exchange = pool.value.post(
                "/chat/completions", headers: headers, body: ByteBuffer(string: body), permit: Permit(), to: ear)
        }.get()
        return ear
    }

    func onLoop(_ body: @escaping @Sendable () -> Void) async throws { try await loop.submit(body).get() }
}

struct Permit: ~Copyable, DispatchPermit {}

/// Hears one exchange.
final class Ear: ExchangeDelegate, @unchecked Sendable {
    // Unchecked: `exchange` and `pausesAtOnce` are used on the loop; what is heard is behind a lock.
    struct Heard: Sendable {
        var status: Int?
        var body = ""
        var byteCount = 0
        var hasEnded = false
        var failure: ExchangeFailure?

        var isOver: Bool { hasEnded || failure != nil }
    }

    var exchange: Exchange?
    private let pausesAtOnce: Bool
    private let state = Mutex(Heard())

    init(pausesAtOnce: Bool = false) {
        self.pausesAtOnce = pausesAtOnce
    }

    var heard: Heard { state.withLock { $0 } }

    /// Waits for the end, whichever.
    func end() async throws -> Heard {
        try await eventually { self.heard.isOver }
        return heard
    }

    func exchangeAnswered(_ head: HTTPResponseHead) {
        state.withLock { $0.status = Int(head.status.code) }
        if pausesAtOnce { exchange?.pause() }
    }

    func exchangeReceived(_ bytes: ByteBuffer) {
        state.withLock {
            $0.byteCount += bytes.readableBytes
            if $0.byteCount < 4096 { $0.body += String(buffer: bytes) }
        }
    }

    func exchangeEnded() { state.withLock { $0.hasEnded = true } }
    func exchangeFailed(_ failure: ExchangeFailure) { state.withLock { $0.failure = failure } }
}

/// Waits until it holds, at most ten seconds.
func eventually(
    _ holds: @Sendable () -> Bool, at location: SourceLocation = #_sourceLocation
) async throws {
    for _ in 0..<2_000 {
        if holds() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("it did not come about in ten seconds", sourceLocation: location)
}
