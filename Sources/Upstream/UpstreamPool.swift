public import NIOCore
public import NIOHTTP1
import NIOPosix
public import NIOSSL

/// The connections of one event loop to upstream. Used on that loop only.
///
/// A resting connection that has closed is replaced silently; one that breaks after a byte of a request was written is not,
/// because the request may have been billed.
public final class UpstreamPool {
    public struct Settings: Sendable {
        public var endpoint: UpstreamEndpoint
        /// Goes out as `Authorization: Bearer`.
        public let key: UpstreamKey
        public var tls: NIOSSLContext?
        public var connectTimeout: TimeAmount = .seconds(10)
        /// A resting connection is closed after this; shorter than what servers allow, so that few are met closing.
        public var restTimeout: TimeAmount = .seconds(30)
        /// More connections at once than this are refused.
        public var mostConnections = 4096

        /// - Throws: an error of NIOSSL where the system's trust roots cannot be read.
        public init(endpoint: UpstreamEndpoint, key: String) throws {
            self.endpoint = endpoint
            self.key = UpstreamKey(key)
            tls = endpoint.security == .tls ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        }
    }

    public let eventLoop: any EventLoop
    private let settings: Settings
    private var resting: [(connection: UpstreamConnection, since: NIODeadline)] = []
    private var connectionCount = 0
    private var sweep: Scheduled<Void>?

    public init(_ settings: Settings, on eventLoop: any EventLoop) {
        self.settings = settings
        self.eventLoop = eventLoop
    }

    /// Sends a priced request. It takes a permit because money can be spent from here on.
    ///
    /// - Parameters:
    ///   - headers: what is sent on of the client's; ours are added.
    ///   - key: another than the pool's.
    public func post(
        _ path: String, headers: HTTPHeaders, body: ByteBuffer, key: String? = nil,
        permit: borrowing some DispatchPermit & ~Copyable, to delegate: any ExchangeDelegate
    ) -> Exchange {
        var headers = headers
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "content-length", value: String(body.readableBytes))
        return begin(.POST, path, headers, body, key, delegate)
    }

    /// Asks for something that costs nothing.
    public func get(_ path: String, key: String? = nil, to delegate: any ExchangeDelegate) -> Exchange {
        begin(.GET, path, HTTPHeaders(), nil, key, delegate)
    }

    /// Closes what rests; running exchanges go on.
    public func close() {
        sweep?.cancel()
        for (connection, _) in resting { connection.close() }
        resting = []
    }

    private func begin(
        _ method: HTTPMethod, _ path: String, _ extra: HTTPHeaders, _ body: ByteBuffer?, _ key: String?,
        _ delegate: any ExchangeDelegate
    ) -> Exchange {
        eventLoop.preconditionInEventLoop()
        var headers = HTTPHeaders([
            ("host", settings.endpoint.authority), ("authorization", "Bearer \(key ?? settings.key.text)"),
            ("accept-encoding", "identity"),
            ("user-agent", "bursar"),
        ])
        headers.add(contentsOf: extra)
        let head = HTTPRequestHead(
            version: .http1_1, method: method, uri: settings.endpoint.basePath + path, headers: headers)
        let exchange = Exchange(delegate: delegate)
        if let connection = takeResting() {
            connection.run(exchange, head, body)
        } else {
            connect(exchange, head, body)
        }
        return exchange
    }
}

// MARK: - Connections

extension UpstreamPool {
    private func takeResting() -> UpstreamConnection? {
        while let (connection, _) = resting.popLast() {
            if connection.isUsable { return connection }
        }
        return nil
    }

    func rest(_ connection: UpstreamConnection) {
        resting.append((connection, .now()))
        guard sweep == nil else { return }
        sweep = eventLoop.assumeIsolated().scheduleTask(in: settings.restTimeout) { [weak self] in self?.sweepResting()
        }
    }

    func forget(_ connection: UpstreamConnection) {
        resting.removeAll { $0.connection === connection }
    }

    private func sweepResting() {
        sweep = nil
        let limit = NIODeadline.now() - settings.restTimeout
        let old = resting.filter { $0.since <= limit }
        resting.removeAll { $0.since <= limit }
        for (connection, _) in old { connection.close() }
        guard !resting.isEmpty else { return }
        sweep = eventLoop.assumeIsolated().scheduleTask(in: settings.restTimeout) { [weak self] in self?.sweepResting()
        }
    }

    private func connect(_ exchange: Exchange, _ head: HTTPRequestHead, _ body: ByteBuffer?) {
        guard connectionCount < settings.mostConnections else {
            eventLoop.assumeIsolated().execute {
                exchange.fail(.notConnected("all \(self.settings.mostConnections) connections are busy"))
            }
            return
        }
        connectionCount += 1
        let (tls, host) = (settings.tls, settings.endpoint.host)
        let limit = settings.connectTimeout
        ClientBootstrap(group: eventLoop)
            .connectTimeout(limit)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(try UpstreamPool.clientHandler(tls, host)) }
                    try pipeline.addHTTPClientHandlers()
                }
            }
            .connect(host: host, port: settings.endpoint.port)
            .flatMap { UpstreamPool.secured($0, tls != nil, within: limit) }
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let channel): connected(channel, exchange, head, body)
                case .failure(let error):
                    connectionCount -= 1
                    exchange.fail(.notConnected(UpstreamPool.plain(error)))
                }
            }
    }

    /// The channel, when its TLS handshake is done; without TLS at once.
    private static func secured(
        _ channel: any Channel, _ usesTLS: Bool, within limit: TimeAmount
    ) -> EventLoopFuture<any Channel> {
        guard usesTLS else { return channel.eventLoop.makeSucceededFuture(channel) }
        let done = channel.eventLoop.makePromise(of: Void.self)
        let wait = HandshakeWait(done)
        do { try channel.pipeline.syncOperations.addHandler(wait) } catch { done.fail(error) }
        wait.start(channel, within: limit)
        return done.futureResult.map { channel }
    }

    private func connected(_ channel: any Channel, _ exchange: Exchange, _ head: HTTPRequestHead, _ body: ByteBuffer?) {
        let connection = UpstreamConnection(channel: channel, pool: self)
        channel.closeFuture.assumeIsolated().whenComplete { [self] _ in connectionCount -= 1 }
        do { try channel.pipeline.syncOperations.addHandler(connection) } catch {
            channel.close(promise: nil)
            return exchange.fail(.notConnected("the connection closed at once"))
        }
        // A call that was cancelled meanwhile leaves a fresh connection behind: it rests.
        if case .over = exchange.progress { rest(connection) } else { connection.run(exchange, head, body) }
    }

    /// The server's name goes out with the handshake and is verified; an address has no name to send.
    private static func clientHandler(_ tls: NIOSSLContext, _ host: String) throws -> NIOSSLClientHandler {
        do { return try NIOSSLClientHandler(context: tls, serverHostname: host) } catch let error as NIOSSLExtraError
            where error == .cannotUseIPAddressInSNI
        {
            return try NIOSSLClientHandler(context: tls, serverHostname: nil)
        }
    }

    /// A cause without addresses or keys in it.
    private static func plain(_ error: any Error) -> String {
        switch error {
        case let error as IOError: "errno \(error.errnoCode)"
        case is NIOConnectionError: "connection refused or host unknown"
        case ChannelError.connectTimeout: "connecting took too long"
        default: "\(type(of: error))"
        }
    }
}
