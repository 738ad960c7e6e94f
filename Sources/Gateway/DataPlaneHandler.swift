import Logging
import Metering
public import NIOCore
public import NIOHTTP1
import Routing
import Synchronization
import Upstream

/// The data plane's place on a client's connection: it takes the requests under `/v1` and `/api/v1`, and passes all others on to
/// the control plane behind it. Requests come one at a time, because NIO's pipelining handler stands in front.
public final class DataPlaneHandler: ChannelDuplexHandler {
    public typealias InboundIn = HTTPServerRequestPart
    public typealias InboundOut = HTTPServerRequestPart
    public typealias OutboundIn = HTTPServerResponsePart
    public typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        /// The control plane's request, until its answer is written.
        case passing(isRead: Bool)
        /// Ours, while its body comes in.
        case reading(HTTPRequestHead, ByteBuffer)
        /// Refused; the rest of its body is dropped.
        case dropping
        /// Its call is running; recorded, if others may ask for the same.
        case calling(Call, RecordedConnection?)
        /// The same call is running for another, or has been answered.
        case following
    }

    private let gateway: Gateway
    private var state = State.idle
    private var keepsAlive = true
    private var isHead = false
    private var version = HTTPVersion.http1_1
    private var context: ChannelHandlerContext?
    private var peer: SocketAddress?
    /// Closes a connection whose request does not come to an end.
    private var deadline: Scheduled<Void>?

    /// A request, head and body, has to be here within this.
    private static let requestTimeout = TimeAmount.seconds(60)
    /// A refusal of a body that still comes in is given this long to be read before the connection closes.
    private static let lingering = TimeAmount.seconds(1)

    public init(_ gateway: Gateway) {
        self.gateway = gateway
    }

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        peer = context.remoteAddress
        if context.channel.isActive { startDeadline(context) }
    }

    public func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    public func channelActive(context: ChannelHandlerContext) {
        startDeadline(context)
        context.fireChannelActive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): began(context, head, data)
        case .body(let bytes): received(context, bytes, data)
        case .end: ended(context, data)
        }
    }

    /// The control plane answers.
    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .body where isHead:
            // An answer to HEAD has the headers of the body only (RFC 9110 §9.3.2).
            promise?.succeed()
            return
        case .end:
            guard case .passing(let isRead) = state else { break }
            state = isRead ? .idle : .dropping
            restartDeadline(context)
        case .head, .body: break
        }
        context.write(data, promise: promise)
    }

    /// A client that has closed its side has left, as most reverse proxies take it.
    ///
    /// - Returns: whether that ended an answer of ours, and with it the connection.
    func clientClosed() -> Bool {
        guard isAnswering, let context else { return false }
        clientLeft()
        context.close(promise: nil)
        return true
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .calling(let call, _) = state, context.channel.isWritable { call.clientWritable() }
        context.fireChannelWritabilityChanged()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        clientLeft()
        context.fireChannelInactive()
    }

    private var isAnswering: Bool {
        switch state {
        case .calling, .following: true
        case .idle, .passing, .reading, .dropping: false
        }
    }

    /// A recorded call goes on while others wait for it.
    private func clientLeft() {
        guard isAnswering else { return }
        if case .calling(let call, let recorded) = state {
            state = .dropping
            if recorded?.clientLeft() == true { call.clientWritable() } else { call.clientGone() }
        }
        state = .dropping
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .passing: context.fireErrorCaught(error)
        case .calling, .following, .dropping: context.close(promise: nil)
        case .idle, .reading:
            guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
            keepsAlive = false
            refuse(error == .headerOverflow ? .headersTooLarge : .badHTTP)
        }
    }
}

// MARK: - The request comes in

extension DataPlaneHandler {
    private func began(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ data: NIOAny) {
        keepsAlive = head.isKeepAlive
        isHead = head.method == .HEAD
        restartDeadline(context)
        version = head.version
        let path = String(head.uri.prefix { $0 != "?" })
        if path != "/api/health",
            let refusal = Door(allowOpen: gateway.settings.allowOpen).refusal(head, from: peer)
        {
            return refuse(refusal)
        }
        guard let route = DataPlaneHandler.route(path) else {
            state = .passing(isRead: false)
            context.fireChannelRead(data)
            return
        }
        if let refusal = refusal(head, path, route) { return refuse(refusal) }
        state = .reading(head, ByteBuffer())
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
    }

    private func received(_ context: ChannelHandlerContext, _ bytes: ByteBuffer, _ data: NIOAny) {
        switch state {
        case .passing: context.fireChannelRead(data)
        case .reading(let head, var body):
            state = .dropping
            var bytes = bytes
            body.writeBuffer(&bytes)
            guard body.readableBytes <= GatewaySettings.bodyLimit else {
                keepsAlive = false
                return refuse(.bodyTooLarge)
            }
            state = .reading(head, body)
        case .idle, .dropping, .calling, .following: break
        }
    }

    private func ended(_ context: ChannelHandlerContext, _ data: NIOAny) {
        switch state {
        case .passing:
            state = .passing(isRead: true)
            context.fireChannelRead(data)
        case .reading(let head, let body):
            deadline?.cancel()
            begin(context, head, body)
        case .dropping:
            state = .idle
            restartDeadline(context)
        case .idle, .calling, .following: break
        }
    }

    /// The part of a data plane's path after its base; nil for any other path.
    private static func route(_ path: String) -> Substring? {
        for base in ["/v1", "/api/v1"] where path.hasPrefix(base) {
            let rest = path.dropFirst(base.count)
            if rest.isEmpty || rest.hasPrefix("/") { return rest }
        }
        return nil
    }

    private func refusal(_ head: HTTPRequestHead, _ path: String, _ route: Substring) -> Refusal? {
        guard route == "/chat/completions" else { return .unknownRoute(head.method, path) }
        guard head.method == .POST else { return .methodNotAllowed(head.method, path, takes: "POST") }
        if let type = head.headers.first(name: "content-type"), !DataPlaneHandler.isJSON(type) {
            return .invalid(415, "unsupported_media_type", "Content-Type must be application/json.")
        }
        if let encoding = head.headers.first(name: "content-encoding"), encoding.lowercased() != "identity" {
            return .invalid(415, "unsupported_media_type", "A body with Content-Encoding is not taken. Send it plain.")
        }
        if let length = head.headers.first(name: "content-length").flatMap(Int.init), length > GatewaySettings.bodyLimit
        {
            keepsAlive = false
            return .bodyTooLarge
        }
        return nil
    }

    private static func isJSON(_ type: String) -> Bool {
        let essence = type.lowercased().prefix { $0 != ";" }
        return essence.split(separator: " ").joined() == "application/json"
    }

    private func begin(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ body: ByteBuffer) {
        do {
            if gateway.isDraining { throw Refusal.shuttingDown }
            let caller = try Caller(head.headers, settings: gateway.settings)
            let request: ChatRequest
            do { request = try ChatRequest(Array(body.readableBytesView)) } catch { throw Refusal(error) }
            let plan = try RoutePlan(request, gateway.prices.current, gateway.settings, gateway.ledger)
            try start(context, head, caller, plan, body)
        } catch {
            return refuse(error as? Refusal ?? .badHTTP)
        }
    }

    /// Runs the call, or joins the one that runs or ran under the same `Idempotency-Key`.
    private func start(
        _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ caller: Caller, _ plan: RoutePlan,
        _ body: ByteBuffer
    ) throws(Refusal) {
        let loop = gateway.context(of: context.eventLoop)
        guard let text = caller.idempotencyKey else { return run(Call(gateway, loop, self, head, caller, plan), nil) }
        let key = AnswerShelf.Key(tenant: caller.tenant, key: text)
        switch gateway.answers.open(key, bodyHash: body.readableBytesView.hashValue) {
        case .conflict:
            throw .invalid(
                409, "idempotency_conflict", param: "Idempotency-Key",
                "This Idempotency-Key was used with another body. Use a new key for a new request.")
        case .known(let record):
            state = .following
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            record.follow(.init(eventLoop: context.eventLoop) { bound.value.take($0) })
        case .new(let record):
            let recorded = RecordedConnection(self, record) { [gateway] in gateway.answers.close(key, record) }
            let call = Call(gateway, loop, recorded, head, caller, plan)
            call.whenAbandoned = { recorded.abort() }
            run(call, recorded)
        }
    }

    private func run(_ call: Call, _ recorded: RecordedConnection?) {
        state = .calling(call, recorded)
        call.start()
    }

    /// A part of the answer that this connection shares.
    private func take(_ part: AnswerRecord.Part) {
        guard case .following = state else { return }
        switch part {
        case .head(let head): write(head)
        case .bytes(let bytes):
            write(bytes)
            flush()
        case .end(let quality): end(quality)
        case .aborted: abort()
        }
    }

    private func refuse(_ refusal: Refusal) {
        if case .reading = state { state = .idle } else { state = .dropping }
        gateway.metrics.refused(reason: refusal.reason)
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: refusal.status))
        let body = ByteBuffer(string: refusal.json)
        head.headers.add(name: "content-type", value: "application/json")
        head.headers.add(name: "content-length", value: String(body.readableBytes))
        for (name, value) in refusal.headers { head.headers.add(name: name, value: value) }
        write(head)
        write(body)
        finishResponse()
    }
}

// MARK: - The answer goes out

extension DataPlaneHandler: ClientConnection {
    var isWritable: Bool { context?.channel.isWritable ?? false }

    private var isOld: Bool { version.major < 1 || version == .http1_0 }

    func write(_ head: HTTPResponseHead) {
        var head = head
        head.version = isOld ? version : .http1_1
        // Before HTTP/1.1 there are no chunks: an answer of unknown length ends with its connection.
        if isOld, !head.headers.contains(name: "content-length") { keepsAlive = false }
        if !keepsAlive || gateway.isDraining {
            keepsAlive = false
            head.headers.replaceOrAdd(name: "connection", value: "close")
        }
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    func write(_ bytes: ByteBuffer) {
        guard !isHead else { return }
        context?.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    }

    func flush() { context?.flush() }

    func end(_ quality: AnswerQuality) {
        state = .idle
        finishResponse()
    }

    func abort() {
        state = .dropping
        context?.close(promise: nil)
    }

    private func finishResponse() {
        guard let context else { return }
        guard keepsAlive else {
            let isRead = if case .dropping = state { false } else { true }
            context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
                let pause = isRead ? TimeAmount.zero : DataPlaneHandler.lingering
                context.eventLoop.assumeIsolated().scheduleTask(in: pause) { context.close(promise: nil) }
            }
            return
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        restartDeadline(context)
    }
}

// MARK: - Slow requests

extension DataPlaneHandler {
    private func startDeadline(_ context: ChannelHandlerContext) {
        guard deadline == nil else { return }
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: DataPlaneHandler.requestTimeout) { [weak self] in
            guard let self else { return }
            deadline = nil
            switch state {
            case .idle, .reading, .dropping: self.context?.close(promise: nil)
            case .calling, .following, .passing: break
            }
        }
    }

    private func restartDeadline(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        startDeadline(context)
    }
}
