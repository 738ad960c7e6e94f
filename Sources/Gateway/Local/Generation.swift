public import Budgeting
public import ExactMoney
import Ledger
import NIOHTTP1
import Synchronization
import Upstream

extension LocalRoute {
    /// `GET /generation?id=`: one of the caller's own calls by the provider's id, from our own books: the last calls from memory, all
    /// others from their receipts. A call whose cost is not known yet is answered like one that OpenRouter does not know yet: 404,
    /// ask again.
    static let generation = LocalRoute(
        path: "/generation", method: .GET,
        slowly: { request throws(Refusal) in
            guard let id = request.parameter("id"), !id.isEmpty else {
                throw .invalid("invalid_field", param: "id", "'id' is missing: GET /v1/generation?id=gen-…")
            }
            let tenant = request.caller.tenant
            if let call = request.gateway.generations.find(id) {
                guard call.tenant == tenant else { throw .unknownGeneration(id, of: tenant) }
                return .now(call.json)
            }
            guard let settled = request.gateway.settled else { throw .unknownGeneration(id, of: tenant) }
            return .later { tell in
                settled.find(id) { found in
                    tell(
                        found.mapError { _ in .receiptsUnreadable }.flatMap { call in
                            guard let call, call.tenant == tenant else {
                                return .failure(.unknownGeneration(id, of: tenant))
                            }
                            return .success(call.json)
                        })
                }
            }
        })
}

extension Refusal {
    fileprivate static func unknownGeneration(_ id: String, of tenant: String) -> Refusal {
        .invalid(
            404, "generation_not_found",
            "No settled call of tenant '\(tenant)' has the id '\(id.prefix(128))'; one that runs may have it soon.")
    }

    fileprivate static var receiptsUnreadable: Refusal {
        Refusal(503, "server_error", "ledger_unavailable", "Receipts cannot be read just now. Ask again.")
    }
}

/// Where settled calls are found by the provider's id of them.
public protocol GenerationBook: Sendable {
    /// Looks a call up without holding up the caller, and tells what it found once, on any thread: nil where no settled call has
    /// this id.
    func find(
        _ generation: String, _ tell: @escaping @Sendable (Result<SettledGeneration?, any Error>) -> Void)
}

/// One settled call, as `GET /generation` tells it.
public struct SettledGeneration: Hashable, Sendable {
    public var id: String
    public var tenant: String
    public var model: String
    public var cost: Money
    public var inputTokens: Int64
    public var outputTokens: Int64
    public var usage: CallDetails.MoreUsage
    public var isStream: Bool
    public var provider: String?
    /// Empty where it was not told.
    public var finishReason: String
    public var at: Instant

    public init(
        id: String, tenant: String, model: String, cost: Money, inputTokens: Int64, outputTokens: Int64,
        usage: CallDetails.MoreUsage = .init(), isStream: Bool, provider: String? = nil, finishReason: String = "",
        at: Instant
    ) {
        self.id = id
        self.tenant = tenant
        self.model = model
        self.cost = cost
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.usage = usage
        self.isStream = isStream
        self.provider = provider
        self.finishReason = finishReason
        self.at = at
    }

    /// In OpenRouter's shape; what we do not know is null.
    var json: String {
        """
        {"data":{"id":\(JSONText.quoted(id)),"model":\(JSONText.quoted(model)),"total_cost":\(cost),"usage":\(cost),\
        "created_at":"\(at.rfc3339)","streamed":\(isStream),"cancelled":false,"is_byok":false,\
        "provider_name":\(provider.map(JSONText.quoted) ?? "null"),\
        "upstream_id":null,"cache_discount":null,"upstream_inference_cost":null,"app_id":null,"origin":"","latency":null,\
        "moderation_latency":null,"generation_time":null,\
        "finish_reason":\(finishReason.isEmpty ? "null" : JSONText.quoted(finishReason)),"native_finish_reason":null,\
        "tokens_prompt":\(inputTokens),"tokens_completion":\(outputTokens),"native_tokens_prompt":\(inputTokens),\
        "native_tokens_completion":\(outputTokens),"native_tokens_reasoning":\(usage.reasoning),\
        "native_tokens_cached":\(usage.cached),\
        "num_media_prompt":null,"num_media_completion":null,"num_search_results":null}}
        """
    }
}

/// The last settled calls, in memory: found at once after their answer, before their receipts are made.
final class RecentGenerations: Sendable {
    private struct State {
        var calls: [String: SettledGeneration] = [:]
        /// A ring of their ids; the oldest makes room.
        var ids: [String] = []
        var next = 0
    }

    private let state = Mutex(State())

    static let most = 10_000

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

    func find(_ generation: String) -> SettledGeneration? { state.withLock { $0.calls[generation] } }
}
