import ExactMoney
import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `POST /chat/completions`.
///
/// The plan: read and check the request; let a fault refuse it; open a record; then answer whole or as a stream. A
/// call's record is closed before the bytes that tell its cost go out, so a client that has its answer finds the same
/// cost on the bill.
struct ChatCompletions: Sendable {
    let prices: PriceList
    let register: Register

    /// The most bytes of a request body; above the gateway's own limit.
    static let bodyLimit = 64 * 1024 * 1024

    func respond(to request: Request, _ context: SandboxContext) async throws -> Response {
        let body = try await request.body.collect(upTo: ChatCompletions.bodyLimit)
        do throws(Refusal) {
            try request.requireKey()
            return await answer(try admit(body), context)
        } catch {
            register.countRefusal()
            return error.response
        }
    }

    /// Checks the request as OpenRouter would, and opens the call's record.
    private func admit(_ body: ByteBuffer) throws(Refusal) -> Call {
        let request = try ChatRequest(body)
        let markers = Markers(in: request.texts)
        if let unknown = markers.unknown { throw .invalid("[sandbox:\(unknown)] is none of the sandbox's markers") }
        guard let name = request.model else { throw .invalid("No models provided") }
        guard let offer = prices[name] else { throw .unknownModel(name) }
        let plan = register.plan
        let fault = markers.fault ?? register.drawFault(model: offer.name)
        if let refusal = fault?.refusal(model: offer.name) { throw refusal }
        try request.checkMaxPrice(of: offer)
        let used = Consumption(
            of: try JSON(body), on: offer,
            textTokens: markers.isDense ? request.bytesAndTemplates : request.promptTokens)
        let limit = try request.outputLimit(of: offer, promptTokens: used.promptTokens)
        let most = fault == .runaway ? 4 * limit : limit
        let answer = Answer(
            to: request, limit: most, wanted: fault == .runaway ? most : markers.tokens,
            seed: seed(of: body.readableBytesView))
        let ticket = register.open(
            model: offer.name, streamed: request.stream ?? false, promptTokens: used.promptTokens, at: .now)
        return Call(
            ticket: ticket, offer: offer, streamed: request.stream ?? false, used: used,
            requestBytes: body.readableBytes, outputLimit: limit, answer: answer, fault: fault,
            pace: FaultPlan.Pace(first: plan.pace.first, between: markers.delay ?? plan.pace.between))
    }
}

extension Request {
    /// Any bearer key will do.
    func requireKey() throws(Refusal) {
        let words = headers[.authorization]?.split(separator: " ") ?? []
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw .noKey }
    }
}

extension JSON {
    fileprivate init(_ body: ByteBuffer) throws(Refusal) {
        do { self = try JSONDecoder().decode(JSON.self, from: Data(body.readableBytesView)) } catch {
            throw .invalid("Invalid request body: \(error)")
        }
    }
}

extension ChatRequest {
    fileprivate init(_ body: ByteBuffer) throws(Refusal) {
        do {
            self = try JSONDecoder().decode(ChatRequest.self, from: Data(body.readableBytesView))
        } catch {
            throw .invalid("Invalid request body: \(error)")
        }
        guard !messages.isEmpty else { throw .invalid("Input required: specify \"messages\"") }
    }

    fileprivate func checkMaxPrice(of offer: Offer) throws(Refusal) {
        guard let limit = provider?.maxPrice else { return }
        let fits: Bool
        do {
            fits = try offer.fits(limit)
        } catch {
            throw .invalid("provider.max_price is no decimal amount of USD")
        }
        guard fits else {
            throw .unavailable(
                "constraint_filtered", message: "No endpoints of \(offer.name) are within your max_price.",
                excludedBy: ["max_price"])
        }
    }

    /// The most output tokens: the request's limit, the model's, and what the prompt leaves of the context.
    fileprivate func outputLimit(of offer: Offer, promptTokens: Int) throws(Refusal) -> Int {
        let left = offer.contextTokens - promptTokens
        guard left > 0 else { throw .tooLong(promptTokens: promptTokens, contextTokens: offer.contextTokens) }
        let asked = outputLimit ?? offer.maxOutputTokens
        guard asked > 0 else { throw .invalid("max_tokens must be at least 1") }
        return min(asked, offer.maxOutputTokens, left)
    }
}
