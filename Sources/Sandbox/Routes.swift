import ExactMoney
import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// All that the sandbox answers.
struct Routes: Sendable {
    let prices: PriceList
    let register: Register

    var responder: some HTTPResponder<SandboxContext> {
        let router = Router(context: SandboxContext.self)
        for base in ["/api/v1", "/v1"] {
            let group = router.group(RouterPath(base))
            group.get("models") { _, _ in Response(json: prices.json) }
            group.get("models/user") { _, _ in Response(json: prices.json) }
            group.get("embeddings/models") { _, _ in Response(json: prices.embeddingsJSON) }
            for endpoint in Endpoint.all {
                let inference = Inference(endpoint: endpoint, prices: prices, register: register)
                group.post(RouterPath(endpoint.path)) { try await inference.respond(to: $0, $1) }
            }
            group.get("generation") { request, _ in generation(request) }
            group.get("key") { request, _ in key(request) }
            group.get("activity") { request, _ in activity(request) }
            addOwnRoutes(to: group)
        }
        addOwnRoutes(to: router.group())
        return router.buildResponder()
    }

    /// What no OpenRouter has.
    private func addOwnRoutes(to group: RouterGroup<SandboxContext>) {
        group.get("sandbox/bill") { request, _ in
            let wantsRecords = request.uri.queryParameters["records"] == "true"
            return Response(json: register.read { wantsRecords ? $0.jsonWithRecords : $0.json }.text)
        }
        group.delete("sandbox/bill") { _, _ in
            register.resetBill()
            return Response(json: register.read(\.json).text)
        }
        group.post("sandbox/spend") { request, _ in try await spendOutside(request) }
        group.get("sandbox/faults") { _, _ in Response(json: register.plan.json.text) }
        group.put("sandbox/faults") { request, _ in try await setFaults(request) }
        group.delete("sandbox/faults") { _, _ in
            register.plan = FaultPlan()
            return Response(json: register.plan.json.text)
        }
    }

    /// Somebody else uses the key: `{"usd":"1.5"}`.
    private func spendOutside(_ request: Request) async throws -> Response {
        struct Spend: Decodable { let usd: String }
        let body = try await request.body.collect(upTo: 1024)
        guard let spend = try? JSONDecoder().decode(Spend.self, from: Data(body.readableBytesView)),
            let amount = try? ExactDecimal.scaled(Array(spend.usd.utf8), decimals: 12, rounding: .halfUp)
        else { return Refusal.invalid("usd is an amount of USD as text").response }
        register.spendOutside(Picodollars(amount))
        return Response(json: register.read { $0.key(at: .now) }.text)
    }

    private func setFaults(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 1024 * 1024)
        do {
            register.plan = try JSONDecoder().decode(FaultPlan.self, from: Data(body.readableBytesView))
        } catch {
            return Refusal.invalid("these are no faults: \(error)").response
        }
        return Response(json: register.plan.json.text)
    }

    private func generation(_ request: Request) -> Response {
        do throws(Refusal) {
            try request.requireKey()
            let id = request.uri.queryParameters["id"].map(String.init) ?? ""
            guard let record = register.read({ $0[id] }), let endedAt = record.endedAt,
                endedAt.adding(milliseconds: register.plan.generationDelayMilliseconds) <= .now
            else { throw .unknownGeneration(id) }
            return Response(json: record.generation.text)
        } catch {
            return error.response
        }
    }

    private func activity(_ request: Request) -> Response {
        do throws(Refusal) {
            try request.requireKey()
            return Response(json: register.read { $0.activity }.text)
        } catch {
            return error.response
        }
    }

    private func key(_ request: Request) -> Response {
        do throws(Refusal) {
            try request.requireKey()
            return Response(json: register.read { $0.key(at: .now) }.text)
        } catch {
            return error.response
        }
    }
}

extension Response {
    fileprivate init(json text: String) {
        self.init(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
