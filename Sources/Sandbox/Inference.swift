import ExactMoney
import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Every path that costs money.
///
/// The plan: read and check the request; let a fault refuse it; open a record; then answer whole or as a stream. A
/// call's record is closed before the bytes that tell its cost go out, so a client that has its answer finds the same
/// cost on the bill.
struct Inference: Sendable {
    let endpoint: Endpoint
    let prices: PriceList
    let register: Register

    /// The most bytes of a request body; above the gateway's own limit.
    static let bodyLimit = 64 * 1024 * 1024

    func respond(to request: Request, _ context: SandboxContext) async throws -> Response {
        let body = try await request.body.collect(upTo: Inference.bodyLimit)
        do throws(Refusal) {
            try request.requireKey()
            return await answer(try admit(body), context)
        } catch {
            register.countRefusal()
            return error.response(at: endpoint)
        }
    }

    /// Checks the request as OpenRouter would, and opens the call's record.
    private func admit(_ body: ByteBuffer) throws(Refusal) -> Call {
        let request = try Asked(body, at: endpoint)
        let markers = Markers(in: request.chat.texts)
        if let unknown = markers.unknown { throw .invalid("[sandbox:\(unknown)] is none of the sandbox's markers") }
        guard let name = request.chat.model else { throw .invalid("No models provided") }
        guard let offer = prices[name] else { throw .unknownModel(name) }
        let plan = register.plan
        let fault = markers.fault ?? register.drawFault(model: offer.name)
        if let refusal = fault?.refusal(model: offer.name) { throw refusal }
        try request.chat.checkMaxPrice(of: offer)
        let used = Consumption(
            of: request.body, on: offer,
            textTokens: markers.isDense ? request.chat.bytesAndTemplates : request.chat.promptTokens)
        let limit = endpoint.speaks ? try request.chat.outputLimit(of: offer, promptTokens: used.promptTokens) : 0
        let most = fault == .runaway ? 4 * limit : limit
        let answer =
            endpoint.speaks
            ? Answer(
                to: request.chat, limit: most, wanted: fault == .runaway ? most : markers.tokens,
                seed: seed(of: body.readableBytesView))
            : .nothing
        let ticket = register.open(
            model: offer.name, streamed: request.chat.stream ?? false, promptTokens: used.promptTokens, at: .now)
        return Call(
            endpoint: endpoint, ticket: ticket, offer: offer, streamed: request.chat.stream ?? false, used: used,
            requestBytes: body.readableBytes, outputLimit: limit, inputs: request.chat.messages.count, answer: answer,
            fault: fault,
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

/// A request of any shape, as chat would say it.
private struct Asked {
    let chat: ChatRequest
    /// The same, whole; what the client itself wrote stands in it as `original`, so that no cache mark is lost.
    let body: JSON

    init(_ bytes: ByteBuffer, at endpoint: Endpoint) throws(Refusal) {
        let decoder = JSONDecoder()
        let own: JSON
        do { own = try decoder.decode(JSON.self, from: Data(bytes.readableBytesView)) } catch {
            throw .invalid("Invalid request body: \(error)")
        }
        guard case .object(let members) = try endpoint.chat(own) else { throw .invalid("Invalid request body") }
        let isChat = endpoint.path == Endpoint.chatCompletions.path
        body = isChat ? own : .object(members + [JSON.Member(key: "original", value: own)])
        do { chat = try decoder.decode(ChatRequest.self, from: Data(body.text.utf8)) } catch {
            throw .invalid("Invalid request body: \(error)")
        }
        guard !chat.messages.isEmpty else { throw .invalid("Input required: specify \"messages\"") }
    }
}

extension ChatRequest {
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
