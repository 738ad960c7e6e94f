import NIOCore
import NIOTLS

/// Tells when a connection may be written to: with TLS, when the handshake is done. What fails before that has sent nothing.
final class HandshakeWait: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    struct Failed: Error {}

    private let done: EventLoopPromise<Void>
    private var timer: Scheduled<Void>?

    init(_ done: EventLoopPromise<Void>) {
        self.done = done
    }

    /// Gives up after `limit`.
    func start(_ channel: any Channel, within limit: TimeAmount) {
        timer = channel.eventLoop.assumeIsolated().scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            timer?.cancel()
            done.succeed()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        done.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        done.fail(Failed())
        context.fireChannelInactive()
    }
}
