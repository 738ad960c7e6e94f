public import Budgeting
public import ExactMoney
import Ledger
import NIOHTTP1
import Synchronization
import Upstream

extension LocalRoute {
    /// `GET /generation?id=`: one of the caller's own calls by the provider's id, from our own books. A call whose cost is not
    /// known yet is answered like one that OpenRouter does not know yet: 404, ask again.
    static let generation = LocalRoute(path: "/generation", method: .GET) { request throws(Refusal) in
        guard let id = request.parameter("id"), !id.isEmpty else {
            throw .invalid("invalid_field", param: "id", "'id' is missing: GET /v1/generation?id=gen-…")
        }
        if let call = request.gateway.generations.find(id, of: request.caller.tenant) { return call.json }
        throw .invalid(
            404, "generation_not_found",
            "No settled call of tenant '\(request.caller.tenant)' has the id '\(id.prefix(128))'; one that runs may have it soon."
        )
    }
}

/// Where settled calls are found by the provider's id of them.
public protocol GenerationBook: Sendable {
    /// - Returns: nil where the tenant has no settled call of this id.
    func find(_ generation: String, of tenant: String) -> SettledGeneration?
}

/// One settled call, as `GET /generation` tells it.
public struct SettledGeneration: Hashable, Sendable {
    public var id: String
    public var tenant: String
    public var model: String
    public var cost: Money
    public var inputTokens: Int64
    public var outputTokens: Int64
    public var isStream: Bool
    public var at: Instant

    public init(
        id: String, tenant: String, model: String, cost: Money, inputTokens: Int64, outputTokens: Int64,
        isStream: Bool, at: Instant
    ) {
        self.id = id
        self.tenant = tenant
        self.model = model
        self.cost = cost
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.isStream = isStream
        self.at = at
    }

    /// In OpenRouter's shape; what we do not know is null.
    var json: String {
        """
        {"data":{"id":\(JSONText.quoted(id)),"model":\(JSONText.quoted(model)),"total_cost":\(cost),"usage":\(cost),\
        "created_at":"\(at.rfc3339)","streamed":\(isStream),"cancelled":false,"is_byok":false,"provider_name":null,\
        "upstream_id":null,"cache_discount":null,"upstream_inference_cost":null,"app_id":null,"origin":"","latency":null,\
        "moderation_latency":null,"generation_time":null,"finish_reason":null,"native_finish_reason":null,\
        "tokens_prompt":\(inputTokens),"tokens_completion":\(outputTokens),"native_tokens_prompt":\(inputTokens),\
        "native_tokens_completion":\(outputTokens),"native_tokens_reasoning":null,"native_tokens_cached":null,\
        "num_media_prompt":null,"num_media_completion":null,"num_search_results":null}}
        """
    }
}

/// The last settled calls, in memory: found at once after their answer, before any projection has them.
final class RecentGenerations: GenerationBook {
    private struct State {
        var calls: [String: SettledGeneration] = [:]
        /// A ring of their ids; the oldest makes room.
        var ids: [String] = []
        var next = 0
    }

    private let state = Mutex(State())
    private let older: (any GenerationBook)?

    static let most = 10_000

    /// - Parameter older: asked for what is not in memory.
    init(older: (any GenerationBook)? = nil) {
        self.older = older
    }

    func add(_ call: SettledGeneration) {
        state.withLock { state in
            if state.calls.updateValue(call, forKey: call.id) != nil { return }
            if state.ids.count < RecentGenerations.most {
                state.ids.append(call.id)
            } else {
                state.calls[state.ids[state.next]] = nil
                state.ids[state.next] = call.id
                state.next = (state.next + 1) % RecentGenerations.most
            }
        }
    }

    func find(_ generation: String, of tenant: String) -> SettledGeneration? {
        let recent = state.withLock { $0.calls[generation] }
        if let recent { return recent.tenant == tenant ? recent : nil }
        return older?.find(generation, of: tenant)
    }
}
