import Budgeting
import ExactMoney
import Foundation
import Ledger
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Pricing
import Testing
import Upstream

@testable import Gateway

/// A path is priced, local or closed: only a ``POST`` to an ``Endpoint`` can lead to ``UpstreamPool/post``, and only under a
/// reservation.
@Suite struct ClosedPathTests {
    /// What became of one request.
    private struct Outcome {
        var status: UInt?
        var answer: String?
        var isPassedToControlPlane = false
        var beganCall = false
    }

    private static let chat = ["/v1/chat/completions", "/api/v1/chat/completions", "/v1/chat/completions?stream=1"]

    private static let priced = ["/v1", "/api/v1"].flatMap { base in
        Endpoint.all.flatMap { [base + $0.path, base + $0.path + "?beta=true"] }
    }

    private static let local = ["/v1", "/api/v1"].flatMap { base in
        (LocalRoute.all.map { ($0.path, $0.method) }
            + [("/models/v/big", .GET), ("/models/v%2Fbig", .GET), ("/models/v/big/endpoints", .GET)]).map {
                (path: base + $0.0, method: $0.1)
            }
    }

    private static let closed = ["/v1", "/api/v1"].flatMap { base in
        [
            "", "/", "/completions/", "/responses/r1", "/messages/batches", "/messages/count_tokens/", "/embeddings/",
            "/models/", "/models/a/b/c", "/models//b", "/models/a/b/endpoints/x", "/models/%2e%2e/b", "/key/", "/auth",
            "/auth/keys", "/generations?id=1", "/quotes", "/presets/x/chat/completions", "/chat",
            "/chat/", "/chat/completions/", "/chat/completions/x", "//chat/completions", "/chat//completions",
            "/Chat/Completions",
            "/chat/completions;x", "/chat/completions%20", "/chat%2Fcompletions", "/chat/completions/../completions",
            "/./chat/completions",
            "/images/generations", "/audio/speech", "/rerank", "/keys", "/v1/chat/completions",
        ].map { base + $0 }
    }

    private static let elsewhere = [
        "/", "/chat/completions", "/v1chat/completions", "/v10/chat/completions", "/V1/chat/completions",
        "/api/chat/completions",
        "/api/v2/chat/completions", "/api/v1x/chat/completions", "/api/usage/acme", "/api/ready",
    ]

    private static let methods: [HTTPMethod] = [.GET, .POST, .PUT, .DELETE, .PATCH, .HEAD, .OPTIONS]

    @Test(arguments: closed)
    func aPathThatIsNotPricedIsClosedForEveryMethod(path: String) throws {
        let bench = try GatewayBench()
        defer { bench.ledger.close() }
        for method in Self.methods {
            let outcome = try send(method, path, to: bench)
            #expect(outcome.status == 404, "\(method) \(path)")
            // An answer to HEAD has no body.
            #expect(
                method == .HEAD || outcome.answer?.contains(#""reason":"unknown_route""#) == true, "\(method) \(path)")
            #expect(!outcome.beganCall && !outcome.isPassedToControlPlane)
        }
        #expect(bench.reservations == 0)
    }

    @Test(arguments: elsewhere)
    func aPathOutsideTheBasesGoesToTheControlPlane(path: String) throws {
        let bench = try GatewayBench()
        defer { bench.ledger.close() }
        for method in Self.methods {
            let outcome = try send(method, path, to: bench)
            #expect(outcome.isPassedToControlPlane && outcome.status == nil && !outcome.beganCall, "\(method) \(path)")
        }
        #expect(bench.reservations == 0)
    }

    @Test(arguments: priced)
    func aPricedPathTakesPOSTAndNothingElse(path: String) throws {
        let bench = try GatewayBench()
        defer { bench.ledger.close() }
        for method in Self.methods where method != .POST {
            let outcome = try send(method, path, to: bench)
            #expect(outcome.status == 405, "\(method) \(path)")
            #expect(!outcome.beganCall)
        }
        #expect(bench.reservations == 0)
    }

    /// With no money there is no reservation, and so no call goes up, whatever the path.
    @Test(arguments: priced)
    func aPricedPathReachesNothingWithoutAReservation(path: String) throws {
        let nothing = Caps(everyTenantDaily: .limit(.zero))
        let vectors = Models.model("v/vectors", price: 1, can: .embeddings)
        let bench = try GatewayBench(caps: nothing, models: Models.all + [vectors])
        defer { bench.ledger.close() }
        let model = path.contains("embeddings") ? "v/vectors" : "v/big"
        let body = """
            {"model":"\(model)","messages":[{"role":"user","content":"hi"}],"prompt":null,"input":"hi"}
            """
        let sent = path.contains("/v1/completions") ? body.replacing("null", with: #""hi""#) : body
        let outcome = try send(.POST, path, body: sent, to: bench)
        #expect(outcome.answer?.contains(#""reason":"budget_exceeded""#) == true, "\(outcome.answer ?? "")")
        #expect(try send(.POST, path, body: "{", to: bench).answer?.contains(#""reason":"invalid_json""#) == true)
        #expect(bench.reservations == 0 && !bench.gateway.hasCallsInFlight)
    }

    @Test(arguments: local)
    func aLocalPathBeginsNoCall(path: String, method: HTTPMethod) throws {
        let bench = try GatewayBench()
        defer { bench.ledger.close() }
        for tried in Self.methods {
            let body = tried == .POST ? #"{"model":"v/big","messages":[{"role":"user","content":"hi"}]}"# : ""
            let outcome = try send(tried, path, body: body, to: bench)
            #expect(!outcome.beganCall && !outcome.isPassedToControlPlane, "\(tried) \(path)")
            let isTaken = tried == method || tried == .HEAD && method == .GET
            #expect((outcome.status == 405) == !isTaken, "\(tried) \(path) \(outcome.status ?? 0)")
        }
        #expect(bench.reservations == 0)
    }

    @Test func everyRouteIsOneOfThese() {
        #expect(Route.all.count == Endpoint.all.count + LocalRoute.all.count)
        for (path, route) in Route.all {
            switch route {
            case .priced(let endpoint): #expect(Self.priced.contains("/v1" + path) && endpoint.path == path)
            case .local(let local): #expect(Self.local.contains { $0.path == "/v1" + path } && local.path == path)
            }
        }
    }

    @Test(arguments: chat)
    func chatIsReadAndMeetsTheBudget(path: String) throws {
        let nothing = Caps(everyTenantDaily: .limit(.zero))
        let bench = try GatewayBench(caps: nothing)
        defer { bench.ledger.close() }
        #expect(try send(.POST, path, body: "{", to: bench).answer?.contains(#""reason":"invalid_json""#) == true)
        let body = #"{"model":"v/big","messages":[{"role":"user","content":"hi"}]}"#
        let outcome = try send(.POST, path, body: body, to: bench)
        #expect(outcome.answer?.contains(#""reason":"budget_exceeded""#) == true)
        #expect(bench.reservations == 0)
    }

    @Test(
        arguments: [
            (["content-type": "text/plain"], "unsupported_media_type"),
            (["content-encoding": "gzip"], "unsupported_media_type"),
            (["content-length": "33554433"], "body_too_large"), (["host": "example.com"], "not_loopback"),
        ] as [(HTTPHeaders, String)])
    func chatIsRefusedByItsHead(headers: HTTPHeaders, reason: String) throws {
        let bench = try GatewayBench()
        defer { bench.ledger.close() }
        let outcome = try send(.POST, Self.chat[0], headers: headers, to: bench)
        #expect(outcome.answer?.contains("\"reason\":\"\(reason)\"") == true)
        #expect(!outcome.beganCall)
    }

    private func send(
        _ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:], body: String = "", to bench: GatewayBench
    ) throws -> Outcome {
        let channel = EmbeddedChannel(handler: DataPlaneHandler(bench.gateway))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        try channel.writeInbound(HTTPServerRequestPart.head(head))
        if !body.isEmpty { try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: body))) }
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        var outcome = Outcome()
        outcome.beganCall = bench.gateway.hasCallsInFlight
        outcome.isPassedToControlPlane = try channel.readInbound(as: HTTPServerRequestPart.self) != nil
        while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
            switch part {
            case .head(let head): outcome.status = head.status.code
            case .body(.byteBuffer(let bytes)): outcome.answer = (outcome.answer ?? "") + String(buffer: bytes)
            case .body, .end: break
            }
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return outcome
    }
}

/// That the line above is the only one, read from the sources.
@Suite struct OnlyWayOutTests {
    private static let sources = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
            "Sources")

    /// The lines of our sources that hold the text, by file, without the sandbox, which is the other side.
    private func places(_ text: String) throws -> [String] {
        try Sources.files(under: Self.sources).filter { !$0.path.contains("/Sources/Sandbox/") }.flatMap { file in
            try Sources.lines(of: file).filter { $0.contains(text) && !$0.drop(while: \.isWhitespace).hasPrefix("//") }
                .map { _ in file.lastPathComponent }
        }
    }

    @Test(arguments: [
        ("pool.post(", ["Call+upstream.swift"]), ("begin(.POST", ["UpstreamPool.swift"]),
        ("begin(.GET", ["UpstreamPool.swift"]),
        ("ClientBootstrap(", ["HTTPSender.swift", "MailSender.swift", "UpstreamPool.swift", "GatewayClient.swift"]),
        (": DispatchPermit {}", ["Call+upstream.swift"]),
        ("URLSession", []), ("HTTPClient(", []),
    ])
    func standsInOnePlace(text: String, files: [String]) throws {
        #expect(try places(text) == files)
    }

    @Test func thePoolSendsToTheEndpointThatWasPriced() throws {
        let file = Self.sources.appendingPathComponent("Gateway/Call+upstream.swift")
        let text = try String(contentsOf: file, encoding: .utf8)
        let call = try #require(text.components(separatedBy: "pool.post(").last)
        #expect(call.drop(while: \.isWhitespace).hasPrefix("plan.request.endpoint.path,"))
    }

    @Test func everyEndpointIsListed() throws {
        #expect(try places("= Endpoint(").count == Endpoint.all.count)
    }
}
