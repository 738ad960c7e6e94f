internal import Budgeting
internal import ExactMoney
internal import Receipts

/// The spans of a receipt: one per attempt, under the caller's trace where there is one, else under one of the call's own. Cost and
/// tokens stand only on the attempt that the receipt closes, so that the sum over spans is the sum over receipts.
///
/// Ids are made from the reservation, so that a span that is sent again is the same span.
struct ReceiptSpans {
    /// Sets this gateway's ids apart from another's.
    let salt: UInt64

    func spans(of receipt: Receipt) -> [OTLPSpan] {
        var spans: [OTLPSpan] = []
        // An attempt that was settled late comes alone: the others were told with the receipt that ended its call.
        if receipt.isLast {
            for attempt in receipt.attempts.dropLast() {
                guard let reservation = attempt.reservation else { continue }
                spans.append(span(receipt, attempt, mixed(.attempt, reservation.number)))
            }
        }
        var served = span(receipt, receipt.attempt, mixed(receipt.isLast ? .attempt : .late, receipt.id.number))
        served.addUsage(of: receipt)
        served.addMoney(of: receipt)
        served.addCall(of: receipt)
        spans.append(served)
        return spans
    }

    private func span(_ receipt: Receipt, _ attempt: Receipt.Attempt?, _ id: [UInt8]) -> OTLPSpan {
        let model = attempt?.model ?? receipt.served
        let start = receipt.admittedAt.milliseconds * 1_000 + (attempt?.beganMicroseconds ?? 0)
        let took = max(0, attempt?.tookMicroseconds ?? receipt.totalMicroseconds)
        let own = salt.bigEndianBytes + mixed(.trace, receipt.call.number)
        var span = OTLPSpan(
            trace: receipt.trace.map { $0.high.bigEndianBytes + $0.low.bigEndianBytes } ?? own,
            id: id,
            parent: receipt.trace.map { $0.parent.bigEndianBytes } ?? [], flags: receipt.trace?.flags ?? 1,
            name: "\(receipt.endpoint.operation) \(model)", startNanoseconds: UInt64(max(0, start)) * 1_000,
            endNanoseconds: UInt64(max(0, start + took)) * 1_000)
        span.addRequest(of: receipt, model)
        if let attempt, !attempt.why.isEmpty {
            span.error = attempt.why
            span.add("error.type", .string(attempt.why))
            if let status = attempt.status { span.add("http.response.status_code", .integer(status)) }
        } else if receipt.status == .broken {
            span.error = "the answer broke off"
            span.add("error.type", .string("broken"))
        }
        return span
    }

    private enum Kind: UInt64 {
        case attempt, late, trace
    }

    /// Mixed so that no two numbers of a kind share an id, by the last step of SplitMix64. https://prng.di.unimi.it/splitmix64.c
    private func mixed(_ kind: Kind, _ number: UInt64) -> [UInt8] {
        var value = number &* 4 &+ kind.rawValue &+ 1
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return (value ^ value >> 31 ^ salt).bigEndianBytes
    }
}

extension OTLPSpan {
    fileprivate mutating func addRequest(of receipt: Receipt, _ model: String) {
        add("openinference.span.kind", .string(receipt.endpoint == .embeddings ? "EMBEDDING" : "LLM"))
        add("llm.model_name", .string(model))
        add("gen_ai.operation.name", .string(receipt.endpoint.operation))
        add("gen_ai.provider.name", .string("openrouter"))
        add("gen_ai.request.model", .string(model))
        add("gen_ai.request.stream", .bool(receipt.isStream))
        add("bursar.tenant", .string(receipt.tenant))
        add("bursar.request_id", .string(receipt.requestID))
        add("bursar.asked_model", .string(receipt.asked))
        if let user = receipt.user { add("user.id", .string(user)) }
        if !receipt.run.isEmpty { add("session.id", .string(receipt.run)) }
        if !receipt.tags.isEmpty { add("tag.tags", .strings(receipt.tags)) }
    }

    fileprivate mutating func addUsage(of receipt: Receipt) {
        let more = receipt.usage
        add("llm.token_count.prompt", .integer(receipt.inputTokens))
        add("llm.token_count.completion", .integer(receipt.outputTokens))
        add("llm.token_count.total", .integer(receipt.inputTokens + receipt.outputTokens))
        add("llm.token_count.prompt_details.cache_read", .integer(more.cached))
        add("llm.token_count.prompt_details.cache_write", .integer(more.cacheWrite))
        add("llm.token_count.completion_details.reasoning", .integer(more.reasoning))
        add("gen_ai.usage.input_tokens", .integer(receipt.inputTokens))
        add("gen_ai.usage.output_tokens", .integer(receipt.outputTokens))
        add("gen_ai.usage.cache_read.input_tokens", .integer(more.cached))
        add("gen_ai.usage.cache_creation.input_tokens", .integer(more.cacheWrite))
        add("gen_ai.usage.reasoning.output_tokens", .integer(more.reasoning))
    }

    /// Spans know only floating point; the exact amount stands beside it as text.
    fileprivate mutating func addMoney(of receipt: Receipt) {
        add("bursar.reserved_usd", .string(receipt.reserved.description))
        add("bursar.saved_usd", .string(receipt.saved.description))
        if let cost = receipt.cost {
            add("llm.cost.total", .double(cost.dollars))
            add("gen_ai.usage.cost", .double(cost.dollars))
            add("bursar.cost_usd", .string(cost.description))
        }
        if let cost = receipt.promptCost { add("llm.cost.prompt", .double(cost.dollars)) }
        if let cost = receipt.completionCost { add("llm.cost.completion", .double(cost.dollars)) }
    }

    fileprivate mutating func addCall(of receipt: Receipt) {
        add("gen_ai.response.model", .string(receipt.served))
        add("bursar.status", .string(receipt.status.rawValue))
        add("bursar.moved", .string(receipt.moved.word))
        add("bursar.attempts", .integer(Int64(receipt.attempts.count)))
        add("bursar.state_before", .string(receipt.stateBefore.name))
        add("bursar.state_after", .string(receipt.stateAfter.name))
        add("bursar.waited_microseconds", .integer(receipt.waitedMicroseconds))
        if let generation = receipt.generation { add("gen_ai.response.id", .string(generation)) }
        if let provider = receipt.provider { add("llm.provider", .string(provider)) }
        if let evidence = receipt.evidence { add("bursar.evidence", .string(evidence.word)) }
        if let first = receipt.firstByteMicroseconds { add("bursar.first_byte_microseconds", .integer(first)) }
        if !receipt.dropped.isEmpty { add("bursar.dropped", .strings(receipt.dropped)) }
        if !receipt.finishReason.isEmpty {
            add("gen_ai.response.finish_reasons", .strings([receipt.finishReason]))
        }
    }
}

extension CallDetails.Endpoint {
    /// `gen_ai.operation.name`
    var operation: String {
        switch self {
        case .chat, .responses, .messages: "chat"
        case .completions: "text_completion"
        case .embeddings: "embeddings"
        }
    }
}

extension Money {
    /// For sinks that know only floating point, at the very border.
    var dollars: Double { Double(nanodollars) / 1_000_000_000 }
}
