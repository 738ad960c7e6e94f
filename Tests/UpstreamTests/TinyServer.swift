import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// An HTTP server of a few lines on loopback that answers by script and remembers all that it saw.
final class TinyServer: Sendable {
    enum Reply: Sendable {
        case send(String)
        case sendThenClose(String)
        case close
        case silence
    }

    struct Seen: Sendable {
        /// The head and body of each request, by connection.
        var requests: [[String]] = []
        var closed: Set<Int> = []
    }

    let port: Int
    private let seen: NIOLockedSeen
    private let channel: any Channel

    /// - Parameter script: the reply to the request of this number on the connection of this number, both from 0.
    static func start(
        on group: any EventLoopGroup, script: @escaping @Sendable (_ connection: Int, _ request: Int) -> Reply
    ) async throws -> TinyServer {
        let seen = NIOLockedSeen()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Scripted(seen, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TinyServer(channel, seen)
    }

    private init(_ channel: any Channel, _ seen: NIOLockedSeen) {
        self.channel = channel
        self.seen = seen
        port = channel.localAddress?.port ?? 0
    }

    var all: Seen { seen.read { $0 } }
    func close() async throws { try await channel.close() }
}

/// What all connections of a server have seen.
final class NIOLockedSeen: Sendable {
    private let state = Mutex(TinyServer.Seen())

    func read<T: Sendable>(_ body: (inout TinyServer.Seen) -> T) -> T { state.withLock { body(&$0) } }
}

private final class Scripted: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let seen: NIOLockedSeen
    private let script: @Sendable (Int, Int) -> TinyServer.Reply
    private var connection = 0
    private var count = 0
    private var text = ""

    init(_ seen: NIOLockedSeen, _ script: @escaping @Sendable (Int, Int) -> TinyServer.Reply) {
        self.seen = seen
        self.script = script
    }

    func channelActive(context: ChannelHandlerContext) {
        connection = seen.read { seen in
            seen.requests.append([])
            return seen.requests.count - 1
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        seen.read { [connection] seen in _ = seen.closed.insert(connection) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        guard let end = text.range(of: "\r\n\r\n") else { return }
        let length = text[..<end.lowerBound].split(separator: "\r\n").compactMap { line -> Int? in
            line.lowercased().hasPrefix("content-length:") ? Int(line.dropFirst(15).drop { $0 == " " }) : nil
        }
        guard text[end.upperBound...].utf8.count >= length.first ?? 0 else { return }
        let request = text
        text = ""
        seen.read { [connection] seen in seen.requests[connection].append(request) }
        reply(context, script(connection, count))
        count += 1
    }

    private func reply(_ context: ChannelHandlerContext, _ reply: TinyServer.Reply) {
        switch reply {
        case .send(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .sendThenClose(let text):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            context.close(promise: nil)
        case .close: context.close(promise: nil)
        case .silence: break
        }
    }
}
