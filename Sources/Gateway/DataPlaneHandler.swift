import Logging
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
        /// Its call is running.
        case calling(Call)
    }

    private let gateway: Gateway
    private var state = State.idle
    private var keepsAlive = true
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
        if case .end = unwrapOutboundIn(data), case .passing(let isRead) = state {
            state = isRead ? .idle : .dropping
            restartDeadline(context)
        }
        context.write(data, promise: promise)
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .calling(let call) = state, case .inputClosed? = event as? ChannelEvent {
            // A client that has closed its side has left, as most reverse proxies take it.
            state = .dropping
            call.clientGone()
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .calling(let call) = state, context.channel.isWritable { call.clientWritable() }
        context.fireChannelWritabilityChanged()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        if case .calling(let call) = state {
            state = .dropping
            call.clientGone()
        }
        context.fireChannelInactive()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .passing: context.fireErrorCaught(error)
        case .calling, .dropping: context.close(promise: nil)
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
        case .idle, .dropping, .calling: break
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
        case .idle, .calling: break
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
        guard head.method == .POST else { return .methodNotAllowed(head.method, path) }
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
        return gateway.isDraining ? .shuttingDown : nil
    }

    private static func isJSON(_ type: String) -> Bool {
        let essence = type.lowercased().prefix { $0 != ";" }
        return essence.split(separator: " ").joined() == "application/json"
    }

    private func begin(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ body: ByteBuffer) {
        let call: Call
        do {
            let caller = try Caller(head.headers, settings: gateway.settings)
            let request: ChatRequest
            do { request = try ChatRequest(Array(body.readableBytesView)) } catch { throw Refusal(error) }
            let plan = try RoutePlan(request, gateway.prices.current, gateway.settings, gateway.ledger)
            call = Call(gateway, gateway.context(of: context.eventLoop), self, head, caller, plan)
        } catch {
            return refuse(error as? Refusal ?? .badHTTP)
        }
        state = .calling(call)
        call.start()
    }

    private func refuse(_ refusal: Refusal) {
        if case .reading = state { state = .idle } else { state = .dropping }
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

    func write(_ head: HTTPResponseHead) {
        var head = head
        if !keepsAlive || gateway.isDraining {
            keepsAlive = false
            head.headers.replaceOrAdd(name: "connection", value: "close")
        }
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    func write(_ bytes: ByteBuffer) {
        context?.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    }

    func flush() { context?.flush() }

    func end() {
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
            case .calling, .passing: break
            }
        }
    }

    private func restartDeadline(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        startDeadline(context)
    }
}
