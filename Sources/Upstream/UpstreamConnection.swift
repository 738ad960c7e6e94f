import NIOCore
import NIOHTTP1

/// One keep-alive connection to upstream, the last handler of its pipeline. Between exchanges it rests in the pool.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    let channel: any Channel
    private weak var pool: UpstreamPool?
    private var exchange: Exchange?
    private var gathered: ByteBuffer?
    private var keepsAlive = false
    private var isReading = true

    init(channel: any Channel, pool: UpstreamPool) {
        self.channel = channel
        self.pool = pool
    }

    var isUsable: Bool { channel.isActive && exchange == nil }

    /// Writes the request. From here on it may reach upstream.
    func run(_ exchange: Exchange, _ head: HTTPRequestHead, _ body: ByteBuffer?) {
        self.exchange = exchange
        exchange.progress = .running(self)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    func close() {
        exchange = nil
        channel.close(promise: nil)
    }

    func setReading(_ reads: Bool) {
        guard isReading != reads else { return }
        isReading = reads
        channel.setOption(.autoRead, value: reads).whenFailure { _ in }
        if reads { channel.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            keepsAlive = head.isKeepAlive
            exchange?.delegate?.exchangeAnswered(head)
        case .body(var bytes):
            if gathered == nil { gathered = bytes } else { gathered?.writeBuffer(&bytes) }
        case .end:
            // Over before its last bytes are delivered: whoever hears them need not wait for the end.
            exchange?.progress = .over
            deliver()
            ended()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deliver()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deliver()
        broke("upstream closed the connection")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        deliver()
        broke("\(type(of: error))")
        context.close(promise: nil)
    }

    private func deliver() {
        guard let bytes = gathered else { return }
        gathered = nil
        exchange?.delegate?.exchangeReceived(bytes)
    }

    private func ended() {
        guard let exchange else { return }
        self.exchange = nil
        setReading(true)
        if keepsAlive, channel.isActive { pool?.rest(self) } else { channel.close(promise: nil) }
        exchange.delegate?.exchangeEnded()
    }

    private func broke(_ why: String) {
        pool?.forget(self)
        guard let exchange else { return }
        self.exchange = nil
        // Not from within the caller's own write, which may be what broke.
        channel.eventLoop.assumeIsolated().execute { exchange.fail(.broken(why)) }
    }
}
