public import NIOCore
public import NIOHTTP1
import Upstream

/// The data plane's place on a client's connection: it takes the requests under `/v1` and `/api/v1`, and passes all others on to
/// the control plane behind it. Requests come one at a time, because NIO's pipelining handler stands in front.
public final class DataPlaneHandler: ChannelDuplexHandler {
    public typealias InboundIn = HTTPServerRequestPart
    public typealias InboundOut = HTTPServerRequestPart
    public typealias OutboundIn = HTTPServerResponsePart
    public typealias OutboundOut = HTTPServerResponsePart

    enum State {
        case idle
        /// The control plane's request, until its answer is written.
        case passing(isRead: Bool)
        /// Ours, while its body comes in.
        case reading(HTTPRequestHead, Route, ByteBuffer)
        /// Refused; the rest of its body is dropped.
        case dropping
        /// Its answer is looked up.
        case asking
        /// Its call is running; recorded, if others may ask for the same.
        case calling(Call, RecordedConnection?)
        /// The same call is running for another, or has been answered.
        case following
    }

    let gateway: Gateway
    var state = State.idle
    var keepsAlive = true
    var isHead = false
    /// How the path that is asked tells refusals.
    var shape = RefusalShape.openAI
    var version = HTTPVersion.http1_1
    var context: ChannelHandlerContext?
    /// Whether the connection comes from this machine, as far as that is known.
    var isFromHere = true
    /// What the key of the request allows.
    var grant: KeyGrant?
    /// What a large body has taken of the allowance, until its call has it.
    var share: BodyShare?
    /// Not read from, until there is room for its body.
    var waitsForRoom = false
    /// Closes a connection whose request does not come to an end. One timer a connection, which looks again when it is due: most
    /// requests are over long before, and arming one for each would cost more than it is worth.
    var deadline: Scheduled<Void>?
    /// Since when the request is waited for.
    var waitsSince = NIODeadline.now()

    /// A request, head and body, has to be here within this.
    private static let requestTimeout = TimeAmount.seconds(60)
    /// A refusal of a body that still comes in is given this long to be read before the connection closes.
    static let lingering = TimeAmount.seconds(1)

    public init(_ gateway: Gateway) {
        self.gateway = gateway
    }

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isFromHere = context.remoteAddress.map(Door.isLoopback) ?? true
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
        share = nil
        clientLeft()
        context.fireChannelInactive()
    }

    private var isAnswering: Bool {
        switch state {
        case .calling, .following, .asking: true
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
        case .calling, .following, .asking, .dropping: context.close(promise: nil)
        case .idle, .reading:
            guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
            keepsAlive = false
            refuse(error == .headerOverflow ? .headersTooLarge : .badHTTP)
        }
    }
}

// MARK: - Slow requests

extension DataPlaneHandler {
    func startDeadline(_ context: ChannelHandlerContext) {
        guard deadline == nil else { return }
        schedule(DataPlaneHandler.requestTimeout, context)
    }

    func restartDeadline(_ context: ChannelHandlerContext) {
        waitsSince = .now()
        startDeadline(context)
    }

    private func schedule(_ delay: TimeAmount, _ context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
            guard let self, let context = self.context else { return }
            switch state {
            case .idle, .reading, .dropping: break
            // An answer takes as long as it takes; after it the wait begins anew.
            case .calling, .following, .asking, .passing: return schedule(DataPlaneHandler.requestTimeout, context)
            }
            let left = waitsSince + DataPlaneHandler.requestTimeout - NIODeadline.now()
            if left > .zero { schedule(left, context) } else { context.close(promise: nil) }
        }
    }
}
