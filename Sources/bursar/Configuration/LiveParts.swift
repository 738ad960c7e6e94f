import Budgeting
import Gateway
import Ledger
import Logging
import Pricing

/// All of a running gateway that takes up new settings.
struct LiveParts: Sendable {
    let gateway: Gateway
    let prices: PriceKeeper
    let reconciler: Reconciler
    let exports: Exports
    let log: LogStyle
    let isSandbox: Bool

    /// What of new settings cannot be taken up, though each of them by itself is well said. Changes nothing.
    func problems(_ settings: Settings) -> [SettingsProblem] {
        let (catalogue, wrong) = prices.proposal(settings.ownPrices)
        var problems = wrong + settings.unpriced(in: catalogue)
        if settings.upstreamKey == nil { problems.append(SettingsProblem("OPENROUTER_API_KEY", "is not set any more")) }
        return problems
    }

    /// Puts them in force.
    ///
    /// - Throws: where the place of a new exporter cannot be kept; then nothing has changed.
    /// - Returns: why a cap was refused, where one was.
    func adopt(_ settings: Settings) throws -> String? {
        try exports.adopt(settings.exports)
        // Prices first: what the chains name has one then.
        prices.adopt(settings.ownPrices, refreshMilliseconds: settings.catalogueRefreshMilliseconds)
        if let key = settings.upstreamKey { gateway.adopt(upstreamKey: key) }
        gateway.adopt(settings.gateway)
        reconciler.adopt(settings.reconciling(isSandbox: isSandbox))
        gateway.ledger.setThresholds(Thresholds(settings, gateway.prices.current))
        log.adopt(settings.logLevel, settings.logFormat)
        if case .failure(let refusal) = gateway.ledger.apply(settings.caps) { return "\(refusal)" }
        return nil
    }
}
