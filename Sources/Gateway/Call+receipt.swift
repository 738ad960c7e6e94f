import Budgeting
import Ledger
import Metering
import NIOCore
import NIOHTTP1
import Pricing
import Routing
import Upstream

/// What a call gathers for its receipt while it runs. Costs a few stores per attempt and one look at the clock per step.
struct CallReceipt {
    private let began = NIODeadline.now()
    private let asked: ModelID
    private var planned: ModelID?
    private var first: ReservationID?
    private var state = BudgetState.active
    private var attempts: [CallDetails.Attempt] = []
    private var firstByteAt: NIODeadline?
    /// The attempt that is running will have no other after it.
    var isLast = true
    /// The provider's id is in the books.
    var hasGeneration = false

    init(asked: ModelID) {
        self.asked = asked
    }

    /// A model was left out for its breaker.
    mutating func passedOver(_ model: ModelID, why: String) {
        var attempt = CallDetails.Attempt(model: model, reservation: nil)
        attempt.why = why
        attempts.append(attempt)
    }

    mutating func reserved(_ id: ReservationID, for model: ModelID, state: BudgetState) {
        if first == nil {
            first = id
            planned = model
            self.state = state
        }
        isLast = true
        hasGeneration = false
        firstByteAt = nil
        attempts.append(.init(model: model, reservation: id))
    }

    mutating func sent() {
        guard !attempts.isEmpty else { return }
        attempts[attempts.count - 1].beganMicroseconds = sinceBegin(.now())
    }

    mutating func heard(at moment: NIODeadline) {
        if firstByteAt == nil { firstByteAt = moment }
    }

    mutating func failed(why: String, status: Int?) {
        guard var last = attempts.popLast() else { return }
        last.why = why
        last.status = status.map(Int64.init)
        last.tookMicroseconds = max(0, sinceBegin(.now()) - last.beganMicroseconds)
        attempts.append(last)
    }

    private func sinceBegin(_ moment: NIODeadline) -> Int64 { max(0, (moment - began).nanoseconds / 1_000) }

    /// All of it, at the end of the running attempt; nil before anything was reserved.
    func details(endedAt now: NIODeadline) -> CallDetails? {
        guard let first, let planned, var last = attempts.last else { return nil }
        var details = CallDetails(call: first, asked: asked, planned: planned, served: last.model)
        let total = sinceBegin(now)
        last.tookMicroseconds = max(0, total - last.beganMicroseconds)
        details.attempts = attempts
        details.attempts[attempts.count - 1] = last
        details.isLast = isLast
        details.stateBefore = state
        details.firstByteMicroseconds = firstByteAt.map(sinceBegin)
        details.totalMicroseconds = total
        return details
    }
}

extension Call {
    /// What the receipt of the running attempt tells, as its reservation closes.
    var remark: CallRemark? {
        guard var details = receipt.details(endedAt: .now()) else { return nil }
        details.endpoint = CallDetails.Endpoint(path: plan.request.endpoint.path)
        details.isStream = plan.request.isStream
        details.key = caller.grant?.id
        details.run = caller.attribution.run ?? ""
        details.tags = caller.attribution.tags.map { "\($0.name)=\($0.value)" }
        details.dropped = plan.request.dropped
        details.trace = head.headers.first(name: "traceparent").flatMap(TraceContext.init(traceparent:))
        details.moved = hop == 0 ? .no : machine.hasFailed(before: hop) ? .failure : .budget
        details.waitedMicroseconds = waitedNanoseconds / 1_000
        details.outcome = CallDetails.Outcome(outcome)
        details.status = status
        if let usage = reportedUsage?.usage { details.usage = CallDetails.MoreUsage(usage) }
        details.promptCost = reportedUsage?.promptCost
        details.completionCost = reportedUsage?.completionCost
        details.finishReason = finishReason ?? ""
        return CallRemark(details, user: caller.attribution.user, provider: provider)
    }

    /// What the client was told, as far as it is known when the books are closed.
    private var status: Int64? {
        switch outcome {
        case .answered, .broken: 200
        case .refused, .failed: receipt.isLast ? machine.attempts.last?.status.map(Int64.init) : nil
        case .abandoned, .cut: nil
        }
    }

    /// Who ran the model, in upstream's word.
    var provider: String? {
        switch answer {
        case .none: nil
        case .stream(let events, _): events.provider?.bounded(64)
        case .whole(let whole): whole.provider?.bounded(64)
        }
    }

    /// Why the answer ended, in the provider's word.
    var finishReason: String? {
        switch answer {
        case .none: nil
        case .stream(let events, _): events.finishReason?.bounded(32)
        case .whole(let whole): whole.finishReason?.bounded(32)
        }
    }
}

extension CallDetails.Outcome {
    fileprivate init(_ outcome: GatewayMetrics.Outcome) {
        self =
            switch outcome {
            case .answered: .answered
            case .broken: .broken
            case .refused: .refused
            case .failed: .failed
            case .abandoned: .abandoned
            case .cut: .cut
            }
    }
}

extension CallDetails.Endpoint {
    fileprivate init(path: String) {
        self =
            switch path {
            case "/completions": .completions
            case "/responses": .responses
            case "/messages": .messages
            case "/embeddings": .embeddings
            default: .chat
            }
    }
}

extension CallDetails.MoreUsage {
    init(_ usage: Usage) {
        self.init()
        cached = usage.cachedTokens
        cacheWrite = usage.cacheWriteTokens
        reasoning = usage.reasoningTokens
    }
}

extension String {
    /// At most so many bytes, cut between characters. Others wrote it, and it goes into the books.
    fileprivate func bounded(_ count: Int) -> String {
        guard utf8.count > count else { return self }
        var text = prefix(count)
        while text.utf8.count > count { text.removeLast() }
        return String(text)
    }
}
