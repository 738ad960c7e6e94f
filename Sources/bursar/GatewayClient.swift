import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Upstream

/// Asks the running gateway. Commands change nothing by themselves; it does, and writes down who asked.
struct GatewayClient {
    /// Where it listens, as it was named.
    let url: String
    /// Whether `BURSAR_URL` names the gateway; else it is the one of this machine, as the settings have it.
    let isNamed: Bool
    private let base: UpstreamEndpoint
    private let token: String?
    private let tokenPath: String

    /// Nobody answers there.
    struct Unreachable: Error {
        let url: String

        var stop: Stop {
            Stop("no gateway answers at \(url). Start it with `bursar serve`, or set BURSAR_URL to where it listens.")
        }
    }

    /// For a whole answer, of which the ledger's proof takes the longest.
    private static let patience = TimeAmount.minutes(10)

    /// `BURSAR_URL`, else where the settings say that the gateway of this machine listens. The token is `BURSAR_ADMIN_TOKEN`, else
    /// the one that the gateway keeps beside its ledger.
    ///
    /// - Throws: ``Stop`` for an address that is none.
    init(_ environment: Environment) throws {
        let host = environment["HOST"] ?? "127.0.0.1"
        let local = ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host.contains(":") ? "[\(host)]" : host
        isNamed = environment["BURSAR_URL"] != nil
        url = environment["BURSAR_URL"] ?? "http://\(local):\(environment["PORT"] ?? "8080")"
        guard let base = UpstreamEndpoint(url: url), base.security == .plain else {
            throw Stop("BURSAR_URL is '\(url)', expected a URL such as http://127.0.0.1:8080")
        }
        self.base = base
        tokenPath = environment.ledgerPath + ".admin-token"
        let kept = try? String(contentsOfFile: tokenPath, encoding: .utf8)
        token = environment["BURSAR_ADMIN_TOKEN"] ?? kept?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The answer's JSON.
    ///
    /// - Throws: ``Unreachable``; ``Stop`` with what was said and what to do, where the gateway refuses.
    func get(_ path: String) async throws -> JSONDocument { try await whole(.GET, path) }

    func delete(_ path: String) async throws -> JSONDocument { try await whole(.DELETE, path) }

    /// Who asks.
    enum Asker {
        case admin
        /// As an app does, with the virtual key where it has one.
        case caller(String?)
    }

    func post(
        _ path: String, json: String, as asker: Asker = .admin, headers: [(String, String)] = []
    ) async throws -> JSONDocument {
        try await whole(.POST, path, json, as: asker, headers)
    }

    func put(_ path: String, json: String) async throws -> JSONDocument { try await whole(.PUT, path, json) }

    func patch(_ path: String, json: String) async throws -> JSONDocument { try await whole(.PATCH, path, json) }

    private func whole(
        _ method: HTTPMethod, _ path: String, _ json: String? = nil, as asker: Asker = .admin,
        _ headers: [(String, String)] = []
    ) async throws -> JSONDocument {
        var bytes: [UInt8] = []
        let status = try await exchange(head(method, path, json, asker, headers), json) {
            bytes += $1.readableBytesView
        }
        guard let document = try? JSONDocument(bytes) else {
            throw Stop("\(url) answered \(status) with something that is no JSON. Is it Bursar? Set BURSAR_URL.")
        }
        guard status < 300 else { throw Stop(refusal(status, document, asker)) }
        return document
    }

    /// Hands over an answer of one JSON value a line, as the lines come: as much of it is in memory as one line.
    func lines(_ path: String, each: (JSONDocument) throws -> Void) async throws {
        var rest: [UInt8] = []
        let request = head(.GET, path, nil, .admin, [])
        let status = try await exchange(request, nil) { status, piece in
            rest += piece.readableBytesView
            guard status < 300 else { return }
            var start = 0
            while let end = rest[start...].firstIndex(of: 0x0A) {
                try each(try line(rest[start..<end]))
                start = end + 1
            }
            rest.removeFirst(start)
        }
        guard status < 300 else {
            guard let document = try? JSONDocument(rest) else { throw Stop("\(url) answered \(status). Is it Bursar?") }
            throw Stop(refusal(status, document, .admin))
        }
        guard rest.isEmpty else { throw Stop("\(url) broke off its answer; ask again.") }
    }

    private func line(_ bytes: ArraySlice<UInt8>) throws -> JSONDocument {
        guard let document = try? JSONDocument(Array(bytes)) else {
            throw Stop("\(url) answered with something that is no JSON. Is it Bursar? Set BURSAR_URL.")
        }
        return document
    }

    private func refusal(_ status: Int, _ document: JSONDocument, _ asker: Asker) -> String {
        let said = document.root["error"]?["message"]?.string ?? "it answered \(status)"
        guard status == 401, case .admin = asker else { return said }
        let tried =
            token == nil ? "no token was found in BURSAR_ADMIN_TOKEN or \(tokenPath)" : "the token was not taken"
        return "\(url) asks for the admin's token, and \(tried). Set BURSAR_ADMIN_TOKEN, or run this beside the ledger."
    }
}

// MARK: - One exchange

extension GatewayClient {
    typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// Sends one request and hands over the answer's status with each piece of its body, as fast as pieces are taken.
    ///
    /// - Returns: the status of an answer that came to its end.
    private func exchange(
        _ head: HTTPRequestHead, _ json: String?, each: (Int, ByteBuffer) async throws -> Void
    ) async throws -> Int {
        let connection = try await connect()
        let end = connection.channel.eventLoop.scheduleTask(in: GatewayClient.patience) {
            connection.channel.close(promise: nil)
        }
        defer { end.cancel() }
        do {
            return try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(.head(head))
                if let json { try await outbound.write(.body(.byteBuffer(ByteBuffer(string: json)))) }
                try await outbound.write(.end(nil))
                var status = 0
                for try await part in inbound {
                    switch part {
                    case .head(let answer): status = Int(answer.status.code)
                    case .body(let piece): try await each(status, piece)
                    case .end: return status
                    }
                }
                throw Unreachable(url: url)
            }
        } catch is any IOFailure { throw Unreachable(url: url) }
    }

    private func connect() async throws -> Connection {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(5)).connect(host: base.host, port: base.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try Connection(wrappingChannelSynchronously: channel)
                    }
                }
        } catch { throw Unreachable(url: url) }
    }

    private func head(
        _ method: HTTPMethod, _ path: String, _ json: String?, _ asker: Asker, _ more: [(String, String)]
    ) -> HTTPRequestHead {
        var headers = HTTPHeaders([
            ("host", "\(base.host):\(base.port)"), ("connection", "close"), ("accept", "application/json"),
            ("content-length", "\(json?.utf8.count ?? 0)"),
        ])
        let secret =
            switch asker {
            case .admin: token
            case .caller(let key): key
            }
        if let secret { headers.add(name: "authorization", value: "Bearer \(secret)") }
        for (name, value) in more { headers.add(name: name, value: value) }
        if json != nil { headers.add(name: "content-type", value: "application/json") }
        return HTTPRequestHead(version: .http1_1, method: method, uri: base.basePath + path, headers: headers)
    }
}

/// What goes wrong on a connection, as far as it can be told apart from a refusal: the other side is gone, or speaks no HTTP.
private protocol IOFailure: Error {}
extension IOError: IOFailure {}
extension ChannelError: IOFailure {}
extension HTTPParserError: IOFailure {}
extension GatewayClient.Unreachable: IOFailure {}

extension Environment {
    /// Where the settings say that the ledger is.
    ///
    /// Where none is named there may be the gateway's own and the sandbox's: without a key it is the sandbox that is served.
    var ledgerPath: String {
        if let named = try? SettingsReader(self).ledger("LEDGER_URL") { return named }
        let own = [Demonstration.ledgerPath, "bursar.db"]
        let candidates = self["OPENROUTER_API_KEY"] == nil ? own : own.reversed()
        return candidates.first { FileManager.default.fileExists(atPath: $0) } ?? "bursar.db"
    }

    /// What the commands that ask a gateway need to know. A mistake in its settings keeps nobody from asking one that runs.
    ///
    /// - Throws: ``Stop`` where not even `.env` can be read.
    static func configured() throws -> Environment {
        do { return Environment(try Configuration.load().values) } catch let wrong as Configuration.Problems {
            if let rest = wrong.rest { return Environment(rest.values) }
        } catch {}
        do { return try current() } catch { throw Stop("\(error)") }
    }
}
