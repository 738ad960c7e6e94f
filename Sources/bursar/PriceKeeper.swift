import Budgeting
import Gateway
import Ledger
import Logging
import NIOCore
import Pricing
import ServiceLifecycle
import Synchronization

/// The prices in force: what upstream lists, and the operator's own over it.
///
/// The list is fetched again and again. One that cannot be had or read changes nothing; one that can takes the place of the last one
/// whole. The operator's own may be replaced at any time; the list beneath is kept, so that what they covered is there again. What
/// either changes is written into the ledger.
final class PriceKeeper: Service {
    private let gateway: Gateway
    private let source: PriceSource
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        /// As upstream tells it, without the operator's own.
        var listed: Catalogue
        var own: OwnPrices
        /// Zero: never.
        var refreshMilliseconds: Int64
    }

    private static let patience = TimeAmount.seconds(30)
    private static let look = Duration.milliseconds(500)

    /// - Parameter listed: what the prices in force were made of.
    init(
        _ gateway: Gateway, _ source: PriceSource, listed: Catalogue, own: OwnPrices, refreshMilliseconds: Int64,
        logger: Logger
    ) {
        self.gateway = gateway
        self.source = source
        self.logger = logger
        state = Mutex(State(listed: listed, own: own, refreshMilliseconds: refreshMilliseconds))
        keep(own)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last = ContinuousClock.now
            while !Task.isCancelled {
                let every = Duration.milliseconds(self.state.withLock(\.refreshMilliseconds))
                try? await Task.sleep(for: every > .zero ? min(every, Self.look) : Self.look)
                guard every > .zero, .now - last >= every, !Task.isCancelled else { continue }
                last = .now
                await self.refresh()
            }
        }
    }

    /// What would be in force with these own prices, and what is wrong with them.
    func proposal(_ own: OwnPrices) -> (Catalogue, [SettingsProblem]) {
        own.laid(over: state.withLock(\.listed))
    }

    /// Puts the operator's own prices in force over the list that is known.
    func adopt(_ own: OwnPrices, refreshMilliseconds: Int64) {
        state.withLock { state in
            state.own = own
            state.refreshMilliseconds = refreshMilliseconds
            told(gateway.refreshed(own.laid(over: state.listed).0, by: .settings))
        }
        keep(own)
    }

    /// For the next start to compare with.
    private func keep(_ own: OwnPrices) {
        do { try source.shelf?.keep(own: own) } catch {
            logger.warning("own prices could not be kept for the next start", metadata: ["why": "\(error)"])
        }
    }

    private func refresh() async {
        do {
            let listed = try await source.fetched(over: state.withLock(\.listed), within: PriceKeeper.patience)
            // Under one lock, so that own prices that come meanwhile are not put back.
            state.withLock { state in
                state.listed = listed
                told(gateway.refreshed(state.own.laid(over: listed).0))
            }
            var thresholds = gateway.ledger.read { _, _, policy, _ in policy.thresholds }
            thresholds.smallestCall = SmallestCall.cost(in: gateway.prices.current, gateway.settings)
            gateway.ledger.setThresholds(thresholds)
        } catch {
            logger.warning("the price list could not be fetched; the last one stays", metadata: ["why": "\(error)"])
        }
    }

    private func told(_ changes: [PriceBoard.Change]) {
        if !changes.isEmpty { logger.notice("prices changed", metadata: ["models": "\(changes.count)"]) }
    }
}
