import NIOCore
import Pricing
import Synchronization
import Upstream

/// What the dearest endpoint of a model costs, asked of upstream when it matters and kept for a while.
final class EndpointPrices: Sendable {
    private struct Known: Sendable {
        let sheet: PriceSheet
        let until: NIODeadline
    }

    private let known = Mutex<[ModelName: Known]>([:])

    private static let keeping = TimeAmount.minutes(10)
    private static let patience = TimeAmount.seconds(5)

    /// A sheet on which nothing is cheaper than at any endpoint.
    ///
    /// - Precondition: called on the pool's event loop.
    func dearest(of model: ModelName, from pool: UpstreamPool) -> EventLoopFuture<PriceSheet> {
        if let known = known.withLock({ $0[model] }), known.until > .now() {
            return pool.eventLoop.makeSucceededFuture(known.sheet)
        }
        return UpstreamFetch.get("/models/\(model.text)/endpoints", from: pool, within: EndpointPrices.patience)
            .flatMapThrowing { [self] bytes in
                let sheet = try CatalogueReader.dearestEndpoint(bytes)
                known.withLock { $0[model] = Known(sheet: sheet, until: .now() + EndpointPrices.keeping) }
                return sheet
            }
    }
}
