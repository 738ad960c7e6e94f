import NIOCore
import NIOHTTP1

/// The answer goes out, in the client's version of HTTP.
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

    func finishResponse() {
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
