import Budgeting
import ExactMoney
import Ledger
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Pricing
import Routing
import Upstream

// MARK: - Streams

extension Call {
    /// Passes on what has come. The first byte ends all thought of another model.
    func relay(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        if case .awaiting = machine.state { beginStream() }
        client.write(ByteBuffer(bytes: bytes))
        client.flush()
        if !client.isWritable, stalledSince == nil {
            stalledSince = .now()
            exchange?.pause()
        }
    }

    /// The client takes bytes again.
    func clientWritable() {
        guard stalledSince != nil else { return }
        stalledSince = nil
        lastHeard = .now()
        exchange?.resume()
    }

    private func beginStream() {
        machine.answerBegan()
        succeeded()
        var head = HTTPResponseHead(version: .http1_1, status: .ok)
        head.headers.add(name: "content-type", value: "text/event-stream; charset=utf-8")
        head.headers.add(name: "cache-control", value: "no-cache")
        if case .stream(_, let generation?) = answer { head.headers.add(name: "x-generation-id", value: generation) }
        addHeaders(to: &head)
        client.write(head)
        timer?.cancel()
        watch(gateway.settings.idleTimeout)
    }

    /// Ends a stream that goes silent, and a client that takes nothing. Our own back-pressure is not upstream's silence.
    private func watch(_ delay: TimeAmount) {
        timer = loop.eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
            guard let self, !isOver else { return }
            let settings = gateway.settings
            let (since, limit) =
                stalledSince.map { ($0, settings.slowClientTimeout) } ?? (lastHeard, settings.idleTimeout)
            let left = since + limit - NIODeadline.now()
            if left > .zero { return watch(left) }
            if stalledSince != nil {
                client.abort()
                clientGone()
            } else {
                exchange?.cancel()
                endStream(.broken)
            }
        }
    }

    /// Settles, then says the last words: an error if the stream broke, what it cost, and the event that ends it.
    func endStream(_ end: StreamEnd) {
        guard case .stream(let events, let generation) = answer else { return }
        if case .awaiting = machine.state { beginStream() }
        outcome = end == .broken ? .broken : .answered
        let cost = settle(orLeave: end == .broken ? .upstreamBroke : .noUsage)
        let model = plan.hops[hop].model.name
        // Upstream's own error stands; a second one would only hide it.
        let words = plan.request.endpoint.words(
            for: events.hasError ? .complete : end,
            .init(id: generation ?? requestID, model: model.text, after: events))
        var bytes = ByteBuffer(string: words.first)
        bytes.writeString(
            ": bursar request=\(requestID) cost=\(cost.map(\.description) ?? "unknown") model=\(model)\n\n")
        if events.isDone { bytes.writeBytes(events.last) } else { bytes.writeString(words.last) }
        client.write(bytes)
        client.end(end == .broken || events.hasError ? .broken : .sound)
        exchange?.letGo(within: .seconds(5), on: loop.eventLoop)
        finish()
    }
}

// MARK: - Whole answers

extension Call {
    func answerWhole(_ whole: WholeAnswer) {
        succeeded()
        outcome = .answered
        let cost = settle(orLeave: .noUsage)
        var head = HTTPResponseHead(version: .http1_1, status: .ok)
        head.headers.add(name: "content-type", value: "application/json")
        if let generation = whole.head.headers.first(name: "x-generation-id").flatMap(Call.usable) {
            head.headers.add(name: "x-generation-id", value: generation)
        }
        addHeaders(to: &head)
        head.headers.add(name: "x-bursar-cost", value: cost.map(\.description) ?? "unknown")
        answer(head, ByteBuffer(bytes: whole.bytes))
    }

    private func answer(_ head: HTTPResponseHead, _ body: ByteBuffer) {
        var head = head
        head.headers.replaceOrAdd(name: "content-length", value: String(body.readableBytes))
        client.write(head)
        client.write(body)
        client.end(.sound)
        finish()
    }

    private func succeeded() {
        timer?.cancel()
        if owesBreaker { gateway.breakers.succeeded(plan.hops[hop].model.name) }
        owesBreaker = false
    }
}

// MARK: - Refusals

extension Call {
    func refuse(_ answer: RequestMachine.Answer) {
        timer?.cancel()
        if case .passOn = answer, let refused { return passOn(refused) }
        let refusal = refusal(answer)
        gateway.metrics.refused(reason: refusal.reason)
        switch answer {
        case .denied, .ledgerUnavailable: outcome = .refused
        case .passOn, .accountExhausted, .keyRejected, .chainExhausted: break
        }
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: refusal.status))
        head.headers.add(name: "content-type", value: "application/json")
        for (name, value) in refusal.headers { head.headers.add(name: name, value: value) }
        if !requestID.isEmpty { head.headers.add(name: "x-bursar-request-id", value: requestID) }
        self.answer(head, ByteBuffer(string: refusal.json(plan.request.endpoint.refusals)))
    }

    private func refusal(_ answer: RequestMachine.Answer) -> Refusal {
        switch answer {
        case .denied(let denial):
            return gateway.ledger.read { [caller, settings = gateway.settings] _, names, _, now in
                MoneyRefusal(
                    tenant: caller.tenant, names: names, now: now, status: settings.refusalStatus
                ).refusal(denial)
            }
        case .ledgerUnavailable: return .ledgerUnavailable
        case .accountExhausted:
            if upstreamKey != nil { return ownKeyRefused(.exhausted, "is out of credit", "add some") }
            gateway.logger.critical("our OpenRouter account is out of credit")
            gateway.ledger.events.tell(.account(.exhausted), at: gateway.clock())
            return Refusal(
                503, "upstream_error", "upstream_account_exhausted",
                "The gateway's own OpenRouter account is out of credit. Its operator has to add some; your budget is untouched."
            )
        case .keyRejected:
            if upstreamKey != nil {
                return ownKeyRefused(.keyRejected, "rejects its key", "set a valid one")
            }
            gateway.logger.critical("OpenRouter rejects our key: set OPENROUTER_API_KEY anew")
            gateway.ledger.events.tell(.account(.keyRejected), at: gateway.clock())
            return Refusal(
                503, "upstream_error", "upstream_key_rejected",
                "OpenRouter rejects the gateway's own key. Its operator has to set a valid OPENROUTER_API_KEY.")
        case .chainExhausted(let timedOut, let retryAfter): return chainExhausted(timedOut: timedOut, retryAfter)
        case .passOn:
            return Refusal(502, "upstream_error", "chain_exhausted", "Upstream refused the request without a word.")
        }
    }

    /// The tenant's own account, not the gateway's: nobody else is touched by it.
    private func ownKeyRefused(_ trouble: GatewayEvent.AccountTrouble, _ what: String, _ cure: String) -> Refusal {
        gateway.logger.error(
            "a tenant's own OpenRouter account does not serve it",
            metadata: ["tenant": "\(caller.tenant)", "why": "\(trouble.rawValue)"])
        gateway.ledger.events.tell(.tenantAccount(trouble, tenant: caller.tenant), at: gateway.clock())
        return Refusal(
            503, "upstream_error", trouble.rawValue,
            "The OpenRouter account of tenant '\(caller.tenant)' \(what). Its operator has to \(cure).")
    }

    private func chainExhausted(timedOut: Bool, _ retryAfterMilliseconds: Int64?) -> Refusal {
        let attempts = machine.attempts.map { attempt in
            let model = JSONText.quoted(plan.hops[attempt.hop].model.name.text)
            return
                #"{"model":\#(model),"status":\#(attempt.status.map(String.init) ?? "null"),"why":"\#(attempt.why)"}"#
        }
        let told = machine.attempts.map {
            "\(plan.hops[$0.hop].model.name) (\($0.why)\($0.status.map { " \($0)" } ?? ""))"
        }
        var refusal = Refusal(
            timedOut ? 504 : 502, "upstream_error", "chain_exhausted",
            "No model could serve the request: \(told.joined(separator: ", ")).")
        refusal.metadata = [("attempts", "[\(attempts.joined(separator: ","))]")]
        if let milliseconds = retryAfterMilliseconds {
            refusal.headers.append(("retry-after", String(max(1, (milliseconds + 999) / 1000))))
        }
        return refusal
    }

    /// The upstream's own refusal, without what it says of our account.
    private func passOn(_ whole: WholeAnswer) {
        var head = HTTPResponseHead(version: .http1_1, status: whole.head.status)
        head.headers.add(name: "content-type", value: "application/json")
        if let seconds = whole.head.headers.first(name: "retry-after") {
            head.headers.add(name: "retry-after", value: seconds)
        }
        if !requestID.isEmpty { head.headers.add(name: "x-bursar-request-id", value: requestID) }
        guard let document = try? JSONDocument(whole.bytes), document.root["error"] != nil else {
            let status = Int(whole.head.status.code)
            let refusal = Refusal(
                status, "upstream_error", "upstream_refused",
                "Upstream answered \(status) with something that is no JSON.")
            return answer(head, ByteBuffer(string: refusal.json(plan.request.endpoint.refusals)))
        }
        answer(head, ByteBuffer(bytes: document.without(["user_id"])))
    }
}

// MARK: - Headers

extension Call {
    /// What every admitted call is told. State and remainders are as the books stand now.
    func addHeaders(to head: inout HTTPResponseHead) {
        let standing = gateway.ledger.read { [scopes] books, _, policy, now in
            Standing(over: scopes, in: books, at: now, policy: policy)
        }
        let served = plan.hops[hop].model.name
        head.headers.add(name: "x-bursar-request-id", value: requestID)
        head.headers.add(name: "x-bursar-model", value: served.text)
        head.headers.add(name: "x-bursar-state", value: standing.state.name)
        head.headers.add(name: "x-bursar-remaining-daily", value: standing.remainingText(.day))
        head.headers.add(name: "x-bursar-remaining-monthly", value: standing.remainingText(.month))
        if hop != 0 {
            head.headers.add(name: "x-bursar-asked-model", value: plan.hops[0].model.name.text)
            head.headers.add(name: "x-bursar-moved", value: machine.hasFailed(before: hop) ? "failure" : "budget")
        }
        if let grant, grant.isLimited {
            head.headers.add(name: "x-bursar-max-tokens", value: String(grant.outputTokens))
        }
        if !plan.request.dropped.isEmpty {
            head.headers.add(name: "x-bursar-dropped", value: plan.request.dropped.joined(separator: ","))
        }
        let would = would.map { [text($0)] } ?? []
        let drop = plan.wouldDrop.isEmpty ? [] : ["drop \(plan.wouldDrop.joined(separator: ","))"]
        if !(would + drop).isEmpty {
            head.headers.add(name: "x-bursar-would", value: (would + drop).joined(separator: "; "))
        }
        guard standing.state >= .warned else { return }
        head.headers.add(name: "x-bursar-warning", value: "budget \(standing.state.name)")
        if let cheaper = suggestion { head.headers.add(name: "x-bursar-suggested-model", value: cheaper) }
    }

    private func text(_ would: Observation.Would) -> String {
        switch would {
        case .wait: "wait"
        case .refuse(.budgetExceeded(let shortfall)) where shortfall.budget.period == .minute,
            .refuse(.budgetHeld(let shortfall)) where shortfall.budget.period == .minute:
            "refuse spend_rate_exceeded"
        case .refuse(.budgetExceeded): "refuse budget_exceeded"
        case .refuse(.budgetHeld): "refuse budget_reserved"
        case .refuse(.callTooExpensive): "refuse call_too_expensive"
        case .move(let offer): "downgrade \(plan.hops[offer].model.name)"
        case .lower(let tokens): "lower \(tokens)"
        }
    }

    /// The first later model that is cheaper for this request.
    private var suggestion: String? {
        let tokens = grant?.outputTokens ?? 1
        guard let own = plan.hops[hop].offer.ceiling.amount(outputTokens: tokens) else { return nil }
        return plan.hops.dropFirst(hop + 1).first {
            guard let other = $0.offer.ceiling.amount(outputTokens: tokens) else { return false }
            return other < own
        }?.model.name.text
    }
}
