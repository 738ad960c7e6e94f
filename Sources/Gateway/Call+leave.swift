import Budgeting
import Ledger
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Pricing
import Routing
import Upstream

/// What goes on upstream after the client has left, or was told that its answer is at an end. The client hears nothing of it; the
/// books do. Whether to read on or to cancel is ``AfterLeaving``'s to say.
extension Call {
    /// So long it is waited for an id, or for who serves.
    private static let listening = TimeAmount.seconds(5)

    /// The client hung up. What upstream may have billed is settled all the same.
    func clientGone() {
        guard !isOver, draining == nil else { return }
        if let waiter { _ = gateway.ledger.withdraw(waiter) }
        outcome = .abandoned
        let tell = whenAbandoned
        whenAbandoned = nil
        leaveUpstream(.clientGone)
        tell?()
    }

    private func leaveUpstream(_ doubt: Entry.Doubt) {
        timer?.cancel()
        timer = nil
        stopWaiting()
        if owesBreaker { gateway.breakers.abandoned(plan.hops[hop].model.name) }
        owesBreaker = false
        switch exchange == nil ? .cancel : afterLeaving {
        case .cancel: giveUp(doubt)
        case .drain: drain(doubt, within: gateway.settings.firstByteTimeoutWhole)
        case .listen: drain(doubt, within: Call.listening)
        }
    }

    private var afterLeaving: AfterLeaving {
        var provider: String?
        var hasID = false
        if case .stream(let events, let generation) = answer {
            provider = events.provider
            hasID = generation != nil
        }
        return AfterLeaving(
            isStream: plan.request.isStream, cancellation: Cancellation(provider: provider), hasID: hasID)
    }

    private func drain(_ doubt: Entry.Doubt, within limit: TimeAmount) {
        draining = doubt
        leavePace()
        stalledSince = nil
        exchange?.resume()
        timer?.cancel()
        timer = loop.eventLoop.assumeIsolated().scheduleTask(in: limit) { [weak self] in
            guard let self, !isOver else { return }
            giveUp(doubt)
        }
    }

    private func giveUp(_ doubt: Entry.Doubt) {
        abandonUpstream(doubt)
        finish()
    }

    /// More of an answer that nobody reads.
    func drained(_ bytes: ByteBuffer) {
        guard let doubt = draining else { return }
        switch answer {
        case .none: break
        case .whole(var whole):
            answer = .none
            whole.bytes += bytes.readableBytesView
            let isTooLong = whole.bytes.count > GatewaySettings.answerLimit
            answer = .whole(whole)
            if isTooLong { giveUp(doubt) }
        case .stream(var events, let generation):
            answer = .none
            var unread: [UInt8] = []
            events.take(bytes.readableBytesView, into: &unread)
            let isDone = events.isDone
            let told = generation ?? events.generation.flatMap(Call.usable)
            if generation == nil, let told { noteGeneration(told) }
            answer = .stream(events, generation: told)
            if isDone { drainEnded() } else { reconsider() }
        }
    }

    /// Who serves, or the call's id, has become known.
    func reconsider() {
        guard let doubt = draining, plan.request.isStream else { return }
        switch afterLeaving {
        case .cancel: giveUp(doubt)
        case .drain: drain(doubt, within: gateway.settings.firstByteTimeoutWhole)
        case .listen: break
        }
    }

    /// The answer that nobody reads is at its end.
    func drainEnded() {
        guard let doubt = draining else { return }
        exchange = nil
        guard case .whole(var whole) = answer else {
            settle(orLeave: doubt)
            return finish()
        }
        let status = Int(whole.head.status.code)
        let document = try? JSONDocument(whole.bytes)
        guard status / 100 == 2 else {
            close(HopFailure.status(status, document == nil ? .other : .json, retryAfterMilliseconds: nil).fate)
            return finish()
        }
        whole.usage = document.flatMap { plan.request.endpoint.usage(in: $0) }
        answer = .whole(whole)
        settle(orLeave: doubt)
        finish()
    }

    /// The exchange of a call that nobody waits for broke.
    func drainFailed(_ failure: ExchangeFailure) {
        if case .notConnected = failure {
            exchange = nil
            close(.release)
            return finish()
        }
        drainEnded()
    }
}

// MARK: - The ceiling

extension Call {
    /// Whether the stream's own count, as it runs, has passed what was reserved for it.
    func passesCeiling(_ events: EventStream) -> Bool {
        guard let grant, let running = events.runningUsage,
            let amount = running.amount(prices: plan.hops[hop].model.prices)
        else { return false }
        return amount.cost > grant.amount
    }

    /// Ends a stream well that has passed its ceiling; upstream is left, and asked later what it cost.
    func cutAtCeiling() {
        guard case .stream(let events, let generation) = answer else { return }
        let model = plan.hops[hop].model.name
        gateway.logger.error(
            "a stream passed its ceiling and was cut", metadata: ["request": "\(requestID)", "model": "\(model)"])
        let words = plan.request.endpoint.words(
            for: .full,
            .init(
                id: generation ?? requestID, model: model.text, usage: events.runningUsage?.usage, after: events))
        let comment = ": bursar request=\(requestID) cost=unknown model=\(model)\n\n"
        client.write(ByteBuffer(string: words.first + comment + words.last))
        outcome = .answered
        // Not for another who asks the same.
        client.end(.broken)
        whenAbandoned = nil
        leaveUpstream(.cutAtCeiling)
    }
}
