import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import Exporting

/// A sink's other side: takes requests, keeps them, and answers as it is told.
final class Receiver: Sendable {
    struct Taken: Sendable {
        var method = ""
        var target = ""
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []

        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    }

    struct Reply: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body = ""
    }

    private struct State: Sendable {
        var taken: [Taken] = []
        var replies: [Reply] = []
        var usual = Reply()
    }

    private let state = Mutex(State())
    private let channel: Mutex<(any Channel)?> = Mutex(nil)

    init() async throws {
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
    }

    func close() async throws { try await channel.withLock { $0 }?.close() }

    var address: SinkAddress {
        let port = channel.withLock { $0?.localAddress?.port } ?? 0
        guard let address = SinkAddress("http://127.0.0.1:\(port)") else { preconditionFailure("no address") }
        return address
    }

    var taken: [Taken] { state.withLock { $0.taken } }

    /// What the next requests are answered, in order; after them the usual.
    func answer(_ replies: [Reply], then usual: Reply = Reply()) {
        state.withLock { state in
            state.replies = replies
            state.usual = usual
        }
    }

    fileprivate func take(_ request: Taken) -> Reply {
        state.withLock { state in
            state.taken.append(request)
            return state.replies.isEmpty ? state.usual : state.replies.removeFirst()
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: Receiver
        private var request = Taken()

        init(_ receiver: Receiver) {
            self.receiver = receiver
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                request = Taken()
                request.method = head.method.rawValue
                request.target = head.uri
                request.headers = head.headers.map { ($0.name, $0.value) }
            case .body(let bytes): request.body += bytes.readableBytesView
            case .end:
                let reply = receiver.take(request)
                var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status))
                for (name, value) in reply.headers { head.headers.add(name: name, value: value) }
                head.headers.add(name: "content-length", value: String(reply.body.utf8.count))
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: reply.body)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
