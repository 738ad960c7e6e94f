internal import Budgeting
internal import Crypto
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
                spans.append(span(receipt, attempt, id("attempt", reservation.number)))
            }
        }
        let own = receipt.isLast ? "attempt" : "late"
        var served = span(receipt, receipt.attempt, id(own, receipt.id.number))
        served.attributes += usage(receipt) + money(receipt) + whole(receipt)
        spans.append(served)
        return spans
    }

    private func span(_ receipt: Receipt, _ attempt: Receipt.Attempt?, _ id: [UInt8]) -> OTLPSpan {
        let model = attempt?.model ?? receipt.served
        let start = receipt.admittedAt.milliseconds * 1_000 + (attempt?.beganMicroseconds ?? 0)
        let took = max(0, attempt?.tookMicroseconds ?? receipt.totalMicroseconds)
        let own = SHA256.hash(data: "bursar trace".utf8 + salt.bigEndianBytes + receipt.call.number.bigEndianBytes)
        var span = OTLPSpan(
            trace: receipt.trace.map { $0.high.bigEndianBytes + $0.low.bigEndianBytes } ?? Array(own.prefix(16)),
            id: id,
            parent: receipt.trace.map { $0.parent.bigEndianBytes } ?? [], flags: receipt.trace?.flags ?? 1,
            name: "\(receipt.endpoint.operation) \(model)", startNanoseconds: UInt64(max(0, start)) * 1_000,
            endNanoseconds: UInt64(max(0, start + took)) * 1_000)
        span.attributes = [
            ("openinference.span.kind", .string(receipt.endpoint == .embeddings ? "EMBEDDING" : "LLM")),
            ("llm.model_name", .string(model)), ("gen_ai.operation.name", .string(receipt.endpoint.operation)),
            ("gen_ai.provider.name", .string("openrouter")), ("gen_ai.request.model", .string(model)),
            ("gen_ai.request.stream", .bool(receipt.isStream)), ("bursar.tenant", .string(receipt.tenant)),
            ("bursar.request_id", .string(receipt.requestID)), ("bursar.asked_model", .string(receipt.asked)),
        ]
        if let user = receipt.user { span.attributes.append(("user.id", .string(user))) }
        if !receipt.run.isEmpty { span.attributes.append(("session.id", .string(receipt.run))) }
        if !receipt.tags.isEmpty { span.attributes.append(("tag.tags", .strings(receipt.tags))) }
        if let attempt, !attempt.why.isEmpty {
            span.error = attempt.why
            span.attributes.append(("error.type", .string(attempt.why)))
            if let status = attempt.status {
                span.attributes.append(("http.response.status_code", .integer(status)))
            }
        } else if receipt.status == .broken {
            span.error = "the answer broke off"
            span.attributes.append(("error.type", .string("broken")))
        }
        return span
    }

    private func id(_ what: String, _ number: UInt64) -> [UInt8] {
        Array(SHA256.hash(data: "bursar \(what)".utf8 + salt.bigEndianBytes + number.bigEndianBytes).prefix(8))
    }

    private func usage(_ receipt: Receipt) -> [(String, OTLPSpan.Value)] {
        let more = receipt.usage
        return [
            ("llm.token_count.prompt", .integer(receipt.inputTokens)),
            ("llm.token_count.completion", .integer(receipt.outputTokens)),
            ("llm.token_count.total", .integer(receipt.inputTokens + receipt.outputTokens)),
            ("llm.token_count.prompt_details.cache_read", .integer(more.cached)),
            ("llm.token_count.prompt_details.cache_write", .integer(more.cacheWrite)),
            ("llm.token_count.completion_details.reasoning", .integer(more.reasoning)),
            ("gen_ai.usage.input_tokens", .integer(receipt.inputTokens)),
            ("gen_ai.usage.output_tokens", .integer(receipt.outputTokens)),
            ("gen_ai.usage.cache_read.input_tokens", .integer(more.cached)),
            ("gen_ai.usage.cache_creation.input_tokens", .integer(more.cacheWrite)),
            ("gen_ai.usage.reasoning.output_tokens", .integer(more.reasoning)),
        ]
    }

    /// Spans know only floating point; the exact amount stands beside it as text.
    private func money(_ receipt: Receipt) -> [(String, OTLPSpan.Value)] {
        var money: [(String, OTLPSpan.Value)] = [
            ("bursar.reserved_usd", .string(receipt.reserved.description)),
            ("bursar.saved_usd", .string(receipt.saved.description)),
        ]
        if let cost = receipt.cost {
            money += [
                ("llm.cost.total", .double(cost.dollars)), ("gen_ai.usage.cost", .double(cost.dollars)),
                ("bursar.cost_usd", .string(cost.description)),
            ]
        }
        if let cost = receipt.promptCost { money.append(("llm.cost.prompt", .double(cost.dollars))) }
        if let cost = receipt.completionCost { money.append(("llm.cost.completion", .double(cost.dollars))) }
        return money
    }

    private func whole(_ receipt: Receipt) -> [(String, OTLPSpan.Value)] {
        var attributes: [(String, OTLPSpan.Value)] = [
            ("gen_ai.response.model", .string(receipt.served)), ("bursar.status", .string(receipt.status.rawValue)),
            ("bursar.moved", .string("\(receipt.moved)")), ("bursar.attempts", .integer(Int64(receipt.attempts.count))),
            ("bursar.state_before", .string(receipt.stateBefore.name)),
            ("bursar.state_after", .string(receipt.stateAfter.name)),
            ("bursar.waited_microseconds", .integer(receipt.waitedMicroseconds)),
        ]
        if let generation = receipt.generation { attributes.append(("gen_ai.response.id", .string(generation))) }
        if let provider = receipt.provider { attributes.append(("llm.provider", .string(provider))) }
        if let evidence = receipt.evidence { attributes.append(("bursar.evidence", .string("\(evidence)"))) }
        if let first = receipt.firstByteMicroseconds {
            attributes.append(("bursar.first_byte_microseconds", .integer(first)))
        }
        if !receipt.finishReason.isEmpty {
            attributes.append(("gen_ai.response.finish_reasons", .strings([receipt.finishReason])))
        }
        return attributes
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
