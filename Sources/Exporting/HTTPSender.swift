internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// One request to a sink.
struct SinkRequest: Sendable {
    var method = "POST"
    var address: SinkAddress
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
}

/// What came back. Bodies are cut off at ``HTTPSender/mostBytes``.
struct SinkAnswer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }

    /// The beginning of the body, for a log: one line.
    var excerpt: String {
        String(decoding: body.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

/// Sends requests to where the operator pointed: one connection each, bounded in time and size. It follows no redirect.
struct HTTPSender: Sendable {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    static let mostBytes = 1 << 20

    var connectSeconds: Int64 = 5
    var totalSeconds: Int64 = 30

    /// - Throws: ``Failed`` where no whole answer came in time. A request may have arrived all the same.
    @concurrent
    func send(_ request: SinkRequest) async throws(Failed) -> SinkAnswer {
        do {
            let channel = try await connect(to: request.address)
            let promise = channel.eventLoop.makePromise(of: SinkAnswer.self)
            let timeout = channel.eventLoop.scheduleTask(in: .seconds(totalSeconds)) {
                promise.fail(Failed(description: "no answer in \(totalSeconds) s"))
                channel.close(promise: nil)
            }
            try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.addHandler(AnswerCollector(promise))
                HTTPSender.write(request, to: channel)
            }.get()
            defer {
                timeout.cancel()
                channel.close(promise: nil)
            }
            return try await promise.futureResult.get()
        } catch let failed as Failed {
            throw failed
        } catch {
            throw Failed(description: "\(error)")
        }
    }

    private func connect(to address: SinkAddress) async throws -> any Channel {
        let context = address.isSecure ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(connectSeconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        // A name for TLS is no number.
                        let isNumber =
                            address.host.allSatisfy { $0.isNumber || $0 == "." } || address.host.contains(":")
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: isNumber ? nil : address.host))
                    }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                }
            }
            .connect(host: address.host, port: address.port).get()
    }

    private static func write(_ request: SinkRequest, to channel: any Channel) {
        var head = HTTPRequestHead(
            version: .http1_1, method: .init(rawValue: request.method), uri: request.address.target)
        head.headers.add(name: "host", value: request.address.authority)
        for (name, value) in request.headers { head.headers.add(name: name, value: value) }
        if request.method != "GET" { head.headers.add(name: "content-length", value: String(request.body.count)) }
        head.headers.add(name: "connection", value: "close")
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if !request.body.isEmpty {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: request.body))), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }
}

/// Takes one answer whole.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<SinkAnswer>
    private var answer: SinkAnswer?

    init(_ promise: EventLoopPromise<SinkAnswer>) {
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            // 1xx is no answer yet.
            guard head.status.code >= 200 else { return }
            answer = SinkAnswer(
                status: Int(head.status.code), headers: head.headers.map { ($0.name, $0.value) }, body: [])
        case .body(let bytes):
            let room = HTTPSender.mostBytes - (answer?.body.count ?? 0)
            answer?.body += bytes.readableBytesView.prefix(max(0, room))
        case .end:
            if let answer { promise.succeed(answer) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(HTTPSender.Failed(description: "\(error)"))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(HTTPSender.Failed(description: "the connection ended before the answer"))
        context.fireChannelInactive()
    }
}
