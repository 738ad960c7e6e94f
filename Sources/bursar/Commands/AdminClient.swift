import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Upstream

/// Asks the running gateway. Commands change nothing by themselves; it does, and writes down who asked.
struct AdminClient {
    private let base: UpstreamEndpoint
    private let url: String
    private let token: String?
    private let tokenPath: String

    private static let patience = TimeAmount.seconds(60)

    /// `BURSAR_URL`, else where the settings say that the gateway of this machine listens. The token is `BURSAR_ADMIN_TOKEN`, else
    /// the one that the gateway keeps beside its ledger.
    init(_ environment: Environment) throws {
        let host = environment["HOST"] ?? "127.0.0.1"
        let local = ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host.contains(":") ? "[\(host)]" : host
        url = environment["BURSAR_URL"] ?? "http://\(local):\(environment["PORT"] ?? "8080")"
        guard let base = UpstreamEndpoint(url: url), base.security == .plain else {
            throw Stop("BURSAR_URL is '\(url)', expected a URL such as http://127.0.0.1:8080")
        }
        self.base = base
        let ledger = (try? SettingsReader(environment).ledger("LEDGER_URL")) ?? "bursar.db"
        tokenPath = ledger + ".admin-token"
        let kept = try? String(contentsOfFile: tokenPath, encoding: .utf8)
        token = environment["BURSAR_ADMIN_TOKEN"] ?? kept?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The answer's JSON.
    ///
    /// - Throws: ``Stop`` with what was tried and what to do, where the gateway does not answer or refuses.
    func get(_ path: String) async throws -> JSONDocument { try await ask(.GET, path) }

    func delete(_ path: String) async throws -> JSONDocument { try await ask(.DELETE, path) }

    func post(_ path: String, json: String) async throws -> JSONDocument { try await ask(.POST, path, json: json) }

    func put(_ path: String, json: String) async throws -> JSONDocument { try await ask(.PUT, path, json: json) }

    private func ask(_ method: HTTPMethod, _ path: String, json: String? = nil) async throws -> JSONDocument {
        let (status, bytes) = try await exchange(method, path, json)
        guard let document = try? JSONDocument(bytes) else {
            throw Stop("\(url) answered \(status) with something that is no JSON. Is it Bursar? Set BURSAR_URL.")
        }
        guard status < 300 else { throw Stop(refusal(status, document)) }
        return document
    }

    private func refusal(_ status: Int, _ document: JSONDocument) -> String {
        let said = document.root["error"]?["message"]?.string ?? "it answered \(status)"
        guard status == 401 else { return said }
        let tried =
            token == nil ? "no token was found in BURSAR_ADMIN_TOKEN or \(tokenPath)" : "the token was not taken"
        return "\(url) asks for the admin's token, and \(tried). Set BURSAR_ADMIN_TOKEN, or run this beside the ledger."
    }

    private func exchange(_ method: HTTPMethod, _ path: String, _ json: String?) async throws -> (Int, [UInt8]) {
        var headers = HTTPHeaders([
            ("host", "\(base.host):\(base.port)"), ("connection", "close"), ("accept", "application/json"),
            ("content-length", "\(json?.utf8.count ?? 0)"),
        ])
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        if json != nil { headers.add(name: "content-type", value: "application/json") }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: base.basePath + path, headers: headers)
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: (Int, [UInt8]).self)
        do {
            let channel = try await ClientBootstrap(group: loop).connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(WholeAnswer(promise))
                    }
                }
                .connect(host: base.host, port: base.port).get()
            channel.eventLoop.scheduleTask(in: AdminClient.patience) { channel.close(promise: nil) }
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            if let json {
                channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: json))), promise: nil)
            }
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        } catch {
            promise.fail(error)
        }
        do { return try await promise.futureResult.get() } catch {
            throw Stop(
                "no gateway answers at \(url). Start it with `bursar serve`, or set BURSAR_URL to where it listens.")
        }
    }
}

/// Gathers one answer.
private final class WholeAnswer: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<(Int, [UInt8])>
    private var status = 0
    private var bytes: [UInt8] = []
    private var isOver = false

    init(_ promise: EventLoopPromise<(Int, [UInt8])>) {
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = Int(head.status.code)
        case .body(let part): bytes += part.readableBytesView
        case .end:
            isOver = true
            promise.succeed((status, bytes))
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

/// What commands that ask the gateway have in common.
struct Asking: ParsableArguments {
    @Flag(help: "Say it as JSON, as the gateway did.")
    var json = false

    func client() throws -> AdminClient {
        // A mistake in the settings of a gateway need not keep anybody from asking one that runs.
        if let configuration = try? Configuration.load() { return try AdminClient(Environment(configuration.values)) }
        do { return try AdminClient(Environment.current()) } catch { throw Stop("\(error)") }
    }

    /// Says the answer, as JSON or as the command shows it to people.
    func say(_ document: JSONDocument, _ text: (JSONValue) -> String) {
        StandardOutput.say(json ? String(decoding: document.bytes, as: UTF8.self) : text(document.root))
    }
}
