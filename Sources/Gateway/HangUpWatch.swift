public import NIOCore

/// Sees a client close its side at once, from in front of the pipelining handler, which holds that back while a second request
/// waits behind the one that is being answered.
public final class HangUpWatch: ChannelInboundHandler {
    public typealias InboundIn = NIOAny

    private weak var dataPlane: DataPlaneHandler?

    public init(for dataPlane: DataPlaneHandler) {
        self.dataPlane = dataPlane
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent, let dataPlane, dataPlane.clientClosed() { return }
        context.fireUserInboundEventTriggered(event)
    }
}
