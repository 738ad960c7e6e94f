import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Upstream

/// Asks the running gateway: commands go through it while it holds the ledger.
struct GatewayClient {
    struct Answer: Sendable {
        let status: Int
        let document: JSONDocument?
        let text: String
    }

    private let base: UpstreamEndpoint
    private let token: String?
    private static let patience = TimeAmount.seconds(60)

    /// `BURSAR_URL`, else where the settings say that the gateway of this machine listens.
    init(_ environment: Environment) throws {
        let host = environment["HOST"] ?? "127.0.0.1"
        let local = ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host.contains(":") ? "[\(host)]" : host
        let url = environment["BURSAR_URL"] ?? "http://\(local):\(environment["PORT"] ?? "8080")"
        guard let base = UpstreamEndpoint(url: url), base.security == .plain else {
            throw SettingsProblem("BURSAR_URL", value: url, expected: "a URL such as http://127.0.0.1:8080")
        }
        self.base = base
        token = environment["BURSAR_ADMIN_TOKEN"] ?? AdminTokenFile.token(environment)
    }

    func get(_ path: String) async throws -> Answer { try await ask(.GET, path, nil) }
    func post(_ path: String, json: String) async throws -> Answer { try await ask(.POST, path, json) }

    private func ask(_ method: HTTPMethod, _ path: String, _ json: String?) async throws -> Answer {
        var headers = HTTPHeaders([
            ("host", "\(base.host):\(base.port)"), ("connection", "close"), ("accept", "application/json"),
        ])
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        if let json {
            headers.add(name: "content-type", value: "application/json")
            headers.add(name: "content-length", value: String(json.utf8.count))
        }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: base.basePath + path, headers: headers)
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: Answer.self)
        do {
            let channel = try await ClientBootstrap(group: loop).connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(WholeResponse(promise))
                    }
                }
                .connect(host: base.host, port: base.port).get()
            channel.eventLoop.scheduleTask(in: GatewayClient.patience) { channel.close(promise: nil) }
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            if let json {
                channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: json))), promise: nil)
            }
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        } catch {
            promise.fail(error)
        }
        return try await promise.futureResult.get()
    }
}

/// Gathers one response.
private final class WholeResponse: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<GatewayClient.Answer>
    private var status = 0
    private var bytes: [UInt8] = []
    private var isOver = false

    init(_ promise: EventLoopPromise<GatewayClient.Answer>) {
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = Int(head.status.code)
        case .body(let part): bytes += part.readableBytesView
        case .end:
            isOver = true
            promise.succeed(
                .init(
                    status: status, document: try? JSONDocument(bytes), text: String(decoding: bytes, as: UTF8.self)))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isOver { promise.fail(ChannelError.eof) }
        isOver = true
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// The admin's token that the gateway of this machine made for itself, in a file beside its ledger.
enum AdminTokenFile {
    static func token(_ environment: Environment) -> String? {
        let path = (try? SettingsReader(environment).ledger("LEDGER_URL")) ?? "bursar.db"
        let text = try? String(contentsOfFile: path + ".admin-token", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
