import Budgeting
import Ledger
import Metering
public import Pricing

extension Gateway {
    /// Puts a catalogue in force, and writes what it changes into the ledger. Calls that are running keep theirs.
    @discardableResult
    public func refreshed(_ catalogue: Catalogue, by origin: PriceBoard.Origin = .upstream) -> [PriceBoard.Change] {
        let now = clock()
        let changes = prices.replace(catalogue, at: now, by: origin)
        for change in changes { ledger.record(.price(ledger.model(named: change.model.text), change.entry)) }
        if origin == .upstream { metrics.catalogueFetched(atMilliseconds: now.milliseconds) }
        return changes
    }

    /// How long ago upstream told the prices in force, in seconds; nil for bundled ones.
    public var catalogueAgeSeconds: Int64? {
        prices.fetchedAt.map { max(0, clock().milliseconds - $0.milliseconds) / 1_000 }
    }
}
