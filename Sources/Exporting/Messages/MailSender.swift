internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Hands one letter to a mail server: one connection each, bounded in time.
struct MailSender: Sendable {
    private let server: MailServer

    static let connectSeconds: Int64 = 5
    static let totalSeconds: Int64 = 30

    init(_ server: MailServer) {
        self.server = server
    }

    /// - Returns: what the server said when it had taken the letter.
    /// - Throws: a letter may have arrived all the same, where the connection ended before the answer.
    @concurrent
    func deliver(_ mail: Mail) async throws(SinkFailure) -> String {
        do {
            let loop = MultiThreadedEventLoopGroup.singleton.any()
            let tls = server.security == .none ? nil : try NIOSSLContext(configuration: configuration())
            let promise = loop.makePromise(of: String.self)
            let timeout = loop.scheduleTask(in: .seconds(Self.totalSeconds)) {
                promise.fail(SinkFailure.tryAgain("no answer in \(Self.totalSeconds) s"))
            }
            defer { timeout.cancel() }
            do {
                let channel = try await connect(loop, mail, tls, promise)
                defer { channel.close(promise: nil) }
                return try await promise.futureResult.get()
            } catch {
                promise.fail(error)
                throw error
            }
        } catch let failure as SinkFailure {
            throw named(failure)
        } catch {
            throw named(.tryAgain("\(error)"))
        }
    }

    private func named(_ failure: SinkFailure) -> SinkFailure {
        .tryAgain("\(server.host):\(server.port): \(failure.description)")
    }

    private func configuration() -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = server.trustFile { configuration.trustRoots = .file(file) }
        return configuration
    }

    private func connect(
        _ loop: any EventLoop, _ mail: Mail, _ tls: NIOSSLContext?, _ promise: EventLoopPromise<String>
    ) async throws -> any Channel {
        // A name for TLS is no number.
        let isNumber = server.host.allSatisfy { $0.isNumber || $0 == "." } || server.host.contains(":")
        let name = isNumber ? nil : server.host
        return try await ClientBootstrap(group: loop)
            .connectTimeout(.seconds(Self.connectSeconds))
            // The server speaks first: whoever listens has to be there before it does.
            .channelInitializer { [server] channel in
                channel.eventLoop.makeCompletedFuture {
                    if server.security == .tls, let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        SMTPHandler(SMTPDialog(mail, to: server), promise) { context in
                            guard let tls else { throw SinkFailure.tryAgain("there is no TLS to begin") }
                            try context.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: tls, serverHostname: name), position: .first)
                        })
                }
            }
            .connect(host: server.host, port: server.port).get()
    }
}

/// Obeys the dialog.
private final class SMTPHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var dialog: SMTPDialog
    private var reader = SMTPReplyReader()
    private let promise: EventLoopPromise<String>
    private let beginTLS: (ChannelHandlerContext) throws -> Void

    init(
        _ dialog: SMTPDialog, _ promise: EventLoopPromise<String>,
        beginTLS: @escaping (ChannelHandlerContext) throws -> Void
    ) {
        self.dialog = dialog
        self.promise = promise
        self.beginTLS = beginTLS
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.take(unwrapInboundIn(data).readableBytesView)
        do {
            while let reply = try reader.next() { try obey(dialog.take(reply), context) }
        } catch is SMTPReplyReader.Malformed {
            fail(SinkFailure.tryAgain("it does not speak SMTP"), context)
        } catch {
            fail(error, context)
        }
    }

    private func obey(_ action: SMTPDialog.Action, _ context: ChannelHandlerContext) throws {
        switch action {
        case .send(let text): write(Array(text.utf8), context)
        case .sendContent(let bytes): write(bytes, context)
        case .secure(let text):
            // What came in plain text must not be taken for what comes under TLS.
            // https://nostarttls.secvuln.info/
            guard reader.isEmpty else { throw SinkFailure.tryAgain("it talked on before TLS began") }
            try beginTLS(context)
            write(Array(text.utf8), context)
        case .delivered(let saying, let parting):
            write(Array(parting.utf8), context)
            promise.succeed("it answered \(saying)")
        case .failed(let failure): throw failure
        }
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(SinkFailure.tryAgain("the connection ended before the answer"))
        context.fireChannelInactive()
    }
}
