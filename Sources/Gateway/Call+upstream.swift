import Budgeting
public import Ledger
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Pricing
import Routing
public import Upstream

extension Reservation: DispatchPermit {}

// MARK: - Sending

extension Call {
    private static let sentOn = [
        "http-referer", "x-title", "x-openrouter-title", "x-session-id", "anthropic-version", "anthropic-beta",
        "traceparent",
    ]

    /// Sends the call to one model. The one place from which a priced request goes upstream, and only under a reservation.
    func send(_ hop: Int) {
        self.hop = hop
        answer = .none
        generation = nil
        let model = plan.hops[hop].model.name
        guard gateway.breakers.begin(model, at: gateway.clock()) else {
            return failed(.breakerOpen(retryAfterMilliseconds: 1_000))
        }
        owesBreaker = true
        receipt.sent()
        let tokens = grant?.outputTokens ?? 0
        let planned = plan.hops[hop]
        let body = plan.request.body(
            model: model, outputTokens: tokens, pin: planned.pin, fallbacks: planned.fallbacks)
        var headers = HTTPHeaders()
        for name in Call.sentOn {
            for value in head.headers[name] { headers.add(name: name, value: value) }
        }
        guard let reservation = reservation.take() else { preconditionFailure("a call is sent without a reservation") }
        exchange = loop.pool.post(
            plan.request.endpoint.path, headers: headers, body: ByteBuffer(bytes: body), key: upstreamKey,
            permit: reservation, to: self)
        self.reservation = consume reservation
        meterOverhead()
        let timeout =
            plan.request.isStream ? gateway.settings.firstByteTimeoutStreamed : gateway.settings.firstByteTimeoutWhole
        timer = loop.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in
            guard let self, !isOver, case .awaiting = machine.state else { return }
            exchange?.cancel()
            failed(.timedOut)
        }
    }

    /// What the gateway added before the first dispatch, the wait for held money aside.
    private func meterOverhead() {
        guard let readAt else { return }
        self.readAt = nil
        gateway.metrics.overhead(nanoseconds: (NIODeadline.now() - readAt).nanoseconds - waitedNanoseconds)
    }

    /// The attempt failed before its first byte went to the client.
    func failed(_ failure: HopFailure) {
        timer?.cancel()
        exchange = nil
        answer = .none
        tellBreaker(failure)
        receipt.failed(why: failure.why, status: failure.status)
        let next = machine.failed(failure, jitterMilliseconds: Int64.random(in: 100...400))
        receipt.isLast = if case .answer = next { true } else { false }
        close(failure.fate)
        if failure.blame(clientNamedModel: true) != .caller {
            gateway.logger.warning(
                "an attempt failed",
                metadata: [
                    "request": "\(requestID)", "model": "\(plan.hops[hop].model.name)", "why": "\(failure.why)",
                    "status": "\(failure.status.map(String.init) ?? "none")",
                ])
        }
        obey(next)
    }

    private func tellBreaker(_ failure: HopFailure) {
        guard owesBreaker else { return }
        owesBreaker = false
        let model = plan.hops[hop].model.name
        if failure.tripsBreaker {
            gateway.breakers.failed(
                model, at: gateway.clock(), retryAfterMilliseconds: failure.retryAfterMilliseconds ?? 0)
        } else {
            gateway.breakers.abandoned(model)
        }
    }

    /// Cancels upstream. What it may have billed is booked if it is known, else left unresolved.
    func abandonUpstream(_ doubt: Entry.Doubt) {
        if owesBreaker { gateway.breakers.abandoned(plan.hops[hop].model.name) }
        owesBreaker = false
        exchange?.cancel()
        exchange = nil
        settle(orLeave: doubt)
    }
}

// MARK: - Hearing

extension Call {
    func exchangeAnswered(_ head: HTTPResponseHead) {
        guard !isOver else { return }
        let generation = head.headers.first(name: "x-generation-id").flatMap(Call.usable)
        if let generation { noteGeneration(generation) }
        let isEvents = head.headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") ?? false
        if head.status.code / 100 == 2, isEvents, plan.request.isStream {
            answer = .stream(EventStream(of: plan.request.endpoint), generation: generation)
        } else {
            answer = .whole(WholeAnswer(head: head))
        }
        if draining != nil { reconsider() }
    }

    func exchangeReceived(_ bytes: ByteBuffer) {
        guard !isOver else { return }
        lastHeard = .now()
        receipt.heard(at: lastHeard)
        if draining != nil { return drained(bytes) }
        switch answer {
        case .none: break
        case .whole(var whole):
            answer = .none
            whole.bytes += bytes.readableBytesView
            let isTooLong = whole.bytes.count > GatewaySettings.answerLimit
            answer = .whole(whole)
            if isTooLong {
                exchange?.cancel()
                failed(.unusableBody)
            }
        case .stream(var events, let generation):
            answer = .none
            var out: [UInt8] = []
            events.take(bytes.readableBytesView, into: &out)
            let isDone = events.isDone
            let told = generation ?? events.generation.flatMap(Call.usable)
            if generation == nil, let told { noteGeneration(told) }
            answer = .stream(events, generation: told)
            relay(out)
            if isDone, !isOver {
                endStream(.complete)
            } else if !isOver, draining == nil, passesCeiling(events) {
                cutAtCeiling()
            }
        }
    }

    func exchangeEnded() {
        guard !isOver else { return }
        exchange = nil
        if draining != nil { return drainEnded() }
        switch answer {
        case .none: failed(.unusableBody)
        case .whole(let whole): takeWhole(whole)
        case .stream(let events, _):
            guard case .relaying = machine.state else { return failed(.unusableBody) }
            endStream(events.usage != nil || events.hasError ? .complete : .broken)
        }
    }

    func exchangeFailed(_ failure: ExchangeFailure) {
        guard !isOver else { return }
        exchange = nil
        if draining != nil { return drainFailed(failure) }
        guard case .relaying = machine.state else {
            switch failure {
            case .notConnected: return failed(.notConnected)
            case .broken:
                if case .whole(let whole) = answer, whole.head.status.code / 100 == 2 { return failed(.unusableBody) }
                return failed(.reset)
            }
        }
        endStream(.broken)
    }

    /// Appends the provider's id to the books, so that an unresolved call can be asked for.
    func noteGeneration(_ generation: String) {
        self.generation = generation
        guard let reservation = reservation.take() else { return }
        receipt.hasGeneration = true
        reservation.dispatched(generation: generation)
        self.reservation = consume reservation
    }

    /// An id that can stand in a header and in the books: up to 128 printable characters without spaces.
    static func usable(_ generation: String) -> String? {
        let isFine = generation.utf8.count <= 128 && generation.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isFine && !generation.isEmpty ? generation : nil
    }

    private static func kind(of availability: JSONValue?) -> HopFailure.Body {
        guard let availability, !availability.isNull else { return .json }
        return availability["code"]?.string == "constraint_filtered" ? .jsonPriceTooLow : .jsonUnavailable
    }

    private func takeWhole(_ whole: WholeAnswer) {
        guard case .awaiting = machine.state else { return }
        let status = Int(whole.head.status.code)
        let document = try? JSONDocument(whole.bytes)
        if status / 100 == 2 {
            guard let document, document.root.kind == .object else { return failed(.unusableBody) }
            var whole = whole
            whole.usage = plan.request.endpoint.usage(in: document)
            whole.provider = document.root["provider"]?.string
            whole.finishReason =
                document.root["choices"]?.elements.first { _ in true }?["finish_reason"]?
                .string
            if !receipt.hasGeneration, let id = document.root["id"]?.string.flatMap(Call.usable) { noteGeneration(id) }
            answer = .whole(whole)
            machine.answerBegan()
            return answerWhole(whole)
        }
        refused = whole
        let body: HopFailure.Body =
            document.map { Call.kind(of: $0.root["error"]?["availability"]) } ?? .other
        let seconds = whole.head.headers.first(name: "retry-after").flatMap { Int64($0) }
        failed(.status(status, body, retryAfterMilliseconds: seconds.map { min(max(0, $0), 86_400) * 1000 }))
    }
}
