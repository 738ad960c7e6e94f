import Ledger
import Metering
import NIOCore
import NIOHTTP1
import Upstream

/// The request comes in: taken, passed on to the control plane, or refused; at its end a call begins.
extension DataPlaneHandler {
    func began(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ data: NIOAny) {
        keepsAlive = head.isKeepAlive
        isHead = head.method == .HEAD
        restartDeadline(context)
        version = head.version
        let path = head.uri.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(head.uri[..<$0]) } ?? head.uri
        let rest = DataPlaneHandler.afterBase(path)
        let route = rest.flatMap(Route.init)
        shape = route?.refusals ?? .openAI
        if path != "/api/health",
            let refusal = Door(allowOpen: gateway.settings.allowOpen || gateway.keys.asksForKeys).refusal(
                head, isFromHere: isFromHere)
        {
            return refuse(refusal)
        }
        guard rest != nil else {
            state = .passing(isRead: false)
            context.fireChannelRead(data)
            return
        }
        guard let route else { return refuse(.unknownRoute(head.method, path)) }
        if let refusal = refusal(head, path, route) { return refuse(refusal) }
        do { grant = try gateway.keys.admit(head.headers, at: gateway.clock()) } catch { return refuse(error) }
        state = .reading(head, route, ByteBuffer())
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
    }

    func received(_ context: ChannelHandlerContext, _ bytes: ByteBuffer, _ data: NIOAny) {
        switch state {
        case .passing: context.fireChannelRead(data)
        case .reading(let head, let route, var body):
            state = .dropping
            var bytes = bytes
            body.writeBuffer(&bytes)
            guard body.readableBytes <= GatewaySettings.bodyLimit else {
                keepsAlive = false
                return refuse(.bodyTooLarge)
            }
            state = .reading(head, route, body)
            if share == nil, !waitsForRoom, body.readableBytes > BodyAllowance.freeBytes { takeShare(context, head) }
        case .idle, .dropping, .calling, .following, .asking: break
        }
    }

    /// Takes room for a large body, or stops reading until there is some.
    private func takeShare(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        let bytes = head.headers.first(name: "content-length").flatMap(Int.init) ?? GatewaySettings.bodyLimit
        let bound = NIOLoopBound(WeakHandler(self), eventLoop: context.eventLoop)
        share = gateway.bodies.take(bytes) { share in bound.eventLoop.execute { bound.value.handler?.resume(share) } }
        guard share == nil else { return }
        waitsForRoom = true
        context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
    }

    /// There is room now. A connection that needs none any more lets go of it at once.
    private func resume(_ share: BodyShare) {
        guard waitsForRoom, let context else { return }
        if case .reading = state { self.share = share }
        readOn(context)
    }

    private func readOn(_ context: ChannelHandlerContext) {
        waitsForRoom = false
        context.channel.setOption(.autoRead, value: true).whenFailure { _ in }
        context.read()
    }

    private struct WeakHandler {
        weak var handler: DataPlaneHandler?

        init(_ handler: DataPlaneHandler) {
            self.handler = handler
        }
    }

    func ended(_ context: ChannelHandlerContext, _ data: NIOAny) {
        switch state {
        case .passing:
            state = .passing(isRead: true)
            context.fireChannelRead(data)
        case .reading(let head, .priced(let endpoint), let body):
            if waitsForRoom { readOn(context) }
            share?.shrink(to: body.readableBytes)
            begin(context, head, endpoint, body)
            share = nil
        case .reading(let head, .local(let route), let body):
            if waitsForRoom { readOn(context) }
            answer(head, route, body)
            share = nil
        case .dropping:
            state = .idle
            restartDeadline(context)
        case .idle, .calling, .following, .asking: break
        }
    }

    /// The part of a data plane's path after its base; nil for any other path.
    private static func afterBase(_ path: String) -> Substring? {
        for base in ["/v1", "/api/v1"] where path.hasPrefix(base) {
            let rest = path.dropFirst(base.count)
            if rest.isEmpty || rest.hasPrefix("/") { return rest }
        }
        return nil
    }

    private func refusal(_ head: HTTPRequestHead, _ path: String, _ route: Route) -> Refusal? {
        guard route.takes(head.method) else {
            return .methodNotAllowed(
                head.method, path, takes: route.method == .GET ? "GET, HEAD" : route.method.rawValue)
        }
        guard route.method == .POST else { return nil }
        if let type = head.headers.first(name: "content-type"), !DataPlaneHandler.isJSON(type) {
            return .invalid(415, "unsupported_media_type", "Content-Type must be application/json.")
        }
        if let encoding = head.headers.first(name: "content-encoding"), encoding.lowercased() != "identity" {
            return .invalid(415, "unsupported_media_type", "A body with Content-Encoding is not taken. Send it plain.")
        }
        if let length = head.headers.first(name: "content-length").flatMap(Int.init), length > GatewaySettings.bodyLimit
        {
            keepsAlive = false
            return .bodyTooLarge
        }
        return nil
    }

    private static func isJSON(_ type: String) -> Bool {
        if type == "application/json" { return true }
        let essence = type.lowercased().prefix { $0 != ";" }
        return essence.split(separator: " ").joined() == "application/json"
    }

    private func answer(_ head: HTTPRequestHead, _ route: LocalRoute, _ body: ByteBuffer) {
        do throws(Refusal) {
            let caller = try Caller(head.headers, settings: gateway.settings, grant: grant)
            let query = head.uri.drop { $0 != "?" }.dropFirst().prefix { $0 != "#" }
            switch try route.answer(LocalRequest(gateway: gateway, caller: caller, query: query, body: body)) {
            case .now(let text):
                state = .idle
                respond(200, text, [])
            case .later(let ask): wait(for: ask)
            }
        } catch {
            refuse(error)
        }
    }

    private func wait(for ask: (@escaping @Sendable (Result<String, Refusal>) -> Void) -> Void) {
        guard let context else { return }
        state = .asking
        let bound = NIOLoopBound(WeakHandler(self), eventLoop: context.eventLoop)
        ask { result in bound.eventLoop.execute { bound.value.handler?.told(result) } }
    }

    /// What was looked up has been found, or not. Nobody may be there any more.
    private func told(_ result: Result<String, Refusal>) {
        guard case .asking = state else { return }
        state = .idle
        switch result {
        case .success(let text): respond(200, text, [])
        case .failure(let refusal):
            gateway.metrics.refused(reason: refusal.reason)
            respond(refusal.status, refusal.json(shape), refusal.headers)
        }
    }

    private func begin(
        _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ endpoint: Endpoint, _ body: ByteBuffer
    ) {
        do {
            if gateway.isDraining { throw Refusal.shuttingDown }
            var caller = try Caller(head.headers, settings: gateway.settings, grant: grant)
            let asked = try gateway.read(Array(body.readableBytesView), at: endpoint, for: &caller)
            try caller.checkScope()
            let tenant = gateway.ledger.tenant(named: caller.tenant)
            var plan = try RoutePlan(
                asked.request, gateway.prices.current, gateway.settings, gateway.ledger, policy: caller.rules.policy
            ) {
                gateway.prefixes.bound($0, $1, of: tenant)
            }
            plan.wouldDrop = asked.wouldDrop
            try plan.restrict(to: caller)
            try start(context, head, caller, plan, body)
        } catch {
            return refuse(error as? Refusal ?? .badHTTP)
        }
    }

    /// Runs the call, or joins the one that runs or ran under the same `Idempotency-Key`.
    private func start(
        _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ caller: Caller, _ plan: RoutePlan,
        _ body: ByteBuffer
    ) throws(Refusal) {
        let loop = gateway.context(of: context.eventLoop)
        guard let text = caller.idempotencyKey else {
            let place = try gateway.pace.begin(caller, at: gateway.clock())
            return run(Call(gateway, loop, self, head, caller, plan, place), nil)
        }
        let key = AnswerShelf.Key(tenant: caller.tenant, key: text)
        var hasher = Hasher()
        hasher.combine(plan.request.endpoint.path)
        hasher.combine(body.readableBytesView)
        switch gateway.answers.open(key, bodyHash: hasher.finalize()) {
        case .conflict:
            throw .invalid(
                409, "idempotency_conflict", param: "Idempotency-Key",
                "This Idempotency-Key was used with another body. Use a new key for a new request.")
        case .known(let record):
            state = .following
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            record.follow(.init(eventLoop: context.eventLoop) { bound.value.take($0) })
        case .new(let record):
            let place: CallPace.Place
            do { place = try gateway.pace.begin(caller, at: gateway.clock()) } catch {
                record.add(.aborted)
                gateway.answers.close(key, record)
                throw error
            }
            let recorded = RecordedConnection(self, record) { [gateway] in gateway.answers.close(key, record) }
            let call = Call(gateway, loop, recorded, head, caller, plan, place)
            call.whenAbandoned = { recorded.abort() }
            run(call, recorded)
        }
    }

    private func run(_ call: Call, _ recorded: RecordedConnection?) {
        state = .calling(call, recorded)
        call.bodyShare = share
        call.start()
    }

    /// A part of the answer that this connection shares.
    private func take(_ part: AnswerRecord.Part) {
        guard case .following = state else { return }
        switch part {
        case .head(let head): write(head)
        case .bytes(let bytes):
            write(bytes)
            flush()
        case .end(let quality): end(quality)
        case .aborted: abort()
        }
    }

    func refuse(_ refusal: Refusal) {
        if case .reading = state { state = .idle } else { state = .dropping }
        share = nil
        gateway.metrics.refused(reason: refusal.reason)
        respond(refusal.status, refusal.json(shape), refusal.headers)
    }

    private func respond(_ status: Int, _ json: String, _ headers: [(String, String)]) {
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status))
        let body = ByteBuffer(string: json)
        head.headers.add(name: "content-type", value: "application/json")
        head.headers.add(name: "content-length", value: String(body.readableBytes))
        for (name, value) in headers { head.headers.add(name: name, value: value) }
        write(head)
        write(body)
        finishResponse()
    }
}
