import Budgeting
import Ledger
import Metering
public import Pricing

extension Gateway {
    /// Puts a catalogue that upstream told in force, and writes what it changes into the ledger. Calls that are running keep
    /// theirs.
    @discardableResult
    public func refreshed(_ catalogue: Catalogue) -> [PriceBoard.Change] {
        let now = clock()
        let changes = prices.replace(catalogue, at: now)
        for change in changes { ledger.record(.price(ledger.model(named: change.model.text), change.entry)) }
        metrics.catalogueFetched(atMilliseconds: now.milliseconds)
        return changes
    }

    /// How long ago upstream told the prices in force, in seconds; nil for bundled ones.
    public var catalogueAgeSeconds: Int64? {
        prices.fetchedAt.map { max(0, clock().milliseconds - $0.milliseconds) / 1_000 }
    }
}
