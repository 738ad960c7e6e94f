public import Gateway
public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Both planes behind one port: Hummingbird's HTTP/1.1 channel with the data plane's handler in front of its codec.
///
/// NIO's pipelining handler stands before both, so that requests come one at a time whichever plane answers, and so that a
/// shutdown closes a connection only after its running answer.
public struct TwoPlanes: ServerChildChannel {
    public typealias Value = HTTP1Channel.Value

    private let controlPlane: HTTP1Channel
    private let gateway: Gateway

    /// Headers beyond this are answered with 431.
    private static let headerLimit = 32 << 10

    public init(_ gateway: Gateway, responder: @escaping HTTPChannelHandler.Responder) {
        self.gateway = gateway
        // No idle time-out of Hummingbird's: the data plane's handler keeps the deadlines of all requests.
        controlPlane = HTTP1Channel(
            responder: responder,
            configuration: .init(
                idleTimeout: nil,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: TwoPlanes.headerLimit, maxHeaderListSize: TwoPlanes.headerLimit,
                    maxHeaderFieldCount: 100)))
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let gateway = gateway
        return controlPlane.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            let dataPlane = DataPlaneHandler(gateway)
            try pipeline.addHandlers(
                [HangUpWatch(for: dataPlane), HTTPServerPipelineHandler(), dataPlane], position: .before(codec))
            return value
        }
    }

    public func handle(value: Value, logger: Logger) async {
        await controlPlane.handle(value: value, logger: logger)
    }
}
