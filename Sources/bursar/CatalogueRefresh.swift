import Budgeting
import Gateway
import Ledger
import Logging
import NIOCore
import Pricing
import ServiceLifecycle

/// Fetches the price list again and again. A list that cannot be had or read changes nothing; one that can takes the place of the
/// last one whole, and what it changes is written into the ledger.
struct CatalogueRefresh: Service {
    let gateway: Gateway
    let source: PriceSource
    /// Zero: never.
    let interval: Duration
    let logger: Logger

    private static let patience = TimeAmount.seconds(30)

    func run() async throws {
        guard interval > .zero else { return try await gracefulShutdown() }
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: interval)) != nil { await refresh() }
        }
    }

    private func refresh() async {
        do {
            let catalogue = try await source.fetched(
                over: gateway.prices.current, within: CatalogueRefresh.patience)
            let changes = gateway.refreshed(catalogue)
            var thresholds = gateway.ledger.read { _, _, policy, _ in policy.thresholds }
            thresholds.smallestCall = SmallestCall.cost(in: catalogue, gateway.settings)
            gateway.ledger.setThresholds(thresholds)
            if !changes.isEmpty { logger.notice("prices changed", metadata: ["models": "\(changes.count)"]) }
        } catch {
            logger.warning("the price list could not be fetched; the last one stays", metadata: ["why": "\(error)"])
        }
    }
}
