import ExactMoney

/// One admitted call: what was asked, what will be answered, and what comes of it.
struct Call: Sendable {
    let endpoint: Endpoint
    let ticket: Register.Ticket
    let offer: Offer
    let streamed: Bool
    let used: Consumption
    let requestBytes: Int
    /// The most tokens that the answer may have.
    let outputLimit: Int
    /// How many messages, or texts, the request has.
    let inputs: Int
    let answer: Answer
    let fault: Fault?
    let pace: FaultPlan.Pace

    /// What the call costs with so many output tokens.
    func charge(completionTokens: Int) -> Charge {
        let price = offer.price(used, completionTokens: completionTokens, minute: ticket.createdAt.minuteOfDay)
        switch fault {
        case .byok: return .ownKey(price)
        case .overrun: return .credits(offer.exorbitantPrice(requestBytes: requestBytes, outputTokens: outputLimit))
        default: return .credits(price)
        }
    }

    /// What the answer says of its own cost.
    var invoice: Invoice {
        Invoice(
            promptTokens: used.promptTokens, completionTokens: answer.pieces.count * used.answers,
            cacheWriteTokens: offer.writesCaches(used) ? used.promptTokens : 0, audioTokens: used.audioTokens,
            charge: charge(completionTokens: answer.pieces.count), fault: fault)
    }

    /// Groq is one that cannot be stopped. https://openrouter.ai/docs/api-reference/streaming, read 2026-08.
    var provider: String { fault == .unstoppable ? "Groq" : "Sandbox" }

    /// The usage so far, in an event of a stream that tells it as it goes; nil where only the end does.
    func runningUsage(after tokens: Int) -> JSON? {
        guard fault == .runaway else { return nil }
        return [
            "prompt_tokens": .integer(used.promptTokens), "completion_tokens": .integer(tokens),
            "total_tokens": .integer(used.promptTokens + tokens),
        ]
    }

    private var cacheDiscount: Picodollars? { fault == .negativeDiscount ? Invoice.negativeDiscount : nil }

    var reply: any Reply { endpoint.reply(self) }

    var complete: Record.Outcome {
        Record.Outcome(
            status: .complete, completionTokens: answer.pieces.count * used.answers,
            charge: charge(completionTokens: answer.pieces.count), finishReason: answer.finishReason,
            cacheDiscount: cacheDiscount)
    }

    /// Broken off after so many output tokens, by the client or by the sandbox.
    func brokenOff(_ status: Record.Status, after tokens: Int) -> Record.Outcome {
        let tokens = fault == .unstoppable ? answer.pieces.count : tokens
        return Record.Outcome(
            status: status, completionTokens: tokens * used.answers, charge: charge(completionTokens: tokens),
            finishReason: nil, cacheDiscount: cacheDiscount)
    }

    /// Broken off before a byte of the answer: a provider cannot stop a whole answer, so that is billed in full.
    var leftEarly: Record.Outcome {
        streamed ? brokenOff(.cancelled, after: 0) : brokenOff(.cancelled, after: answer.pieces.count)
    }

    /// Nobody heard a word of it: billed whole or not at all, as the seed had it.
    var unheard: Record.Outcome {
        guard ticket.billedUnheard else {
            return Record.Outcome(status: .cancelled, completionTokens: 0, charge: .free, finishReason: nil)
        }
        return brokenOff(.cancelled, after: answer.pieces.count)
    }

    /// Ended by an error in the answer.
    func failed(after tokens: Int) -> Record.Outcome {
        Record.Outcome(status: .failed, completionTokens: tokens, charge: .free, finishReason: "error")
    }
}
