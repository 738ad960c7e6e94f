import Dispatch
import Gateway
import Receipts

/// Settled calls by the provider's id, from their receipts: found after a restart, and long after.
///
/// One thread reads, a millisecond a call. No more wait for it than there are connections.
struct ReceiptGenerations: GenerationBook {
    private let store: ReceiptStore
    private let queue = DispatchQueue(label: "generations")

    init(_ store: ReceiptStore) {
        self.store = store
    }

    func find(
        _ generation: String, _ tell: @escaping @Sendable (Result<SettledGeneration?, any Error>) -> Void
    ) {
        queue.async { [store] in
            tell(Result { try store.receipt(generation: generation).flatMap(SettledGeneration.init) })
        }
    }
}

extension SettledGeneration {
    /// Nil while the receipt's cost is not known.
    fileprivate init?(_ receipt: Receipt) {
        guard let id = receipt.generation, let cost = receipt.cost, receipt.sequence != nil else { return nil }
        self.init(
            id: id, tenant: receipt.tenant, model: receipt.served, cost: cost, inputTokens: receipt.inputTokens,
            outputTokens: receipt.outputTokens, usage: receipt.usage, isStream: receipt.isStream,
            provider: receipt.provider, finishReason: receipt.finishReason, at: receipt.closedAt)
    }
}
