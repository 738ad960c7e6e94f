import Budgeting
import Foundation
import Pricing
import Upstream

/// The lists that upstream told last, as it told them, in a file beside the ledger: what the next start compares with, and prices
/// by where upstream gives none then. Losing it loses that comparison and nothing else.
struct PriceShelf: Sendable {
    /// Upstream's answers: `/models`, and `/embeddings/models` where it has one.
    struct Lists: Hashable, Sendable {
        var models: [UInt8]
        var embeddings: [UInt8]?

        /// - Throws: ``CatalogueReader/NotACatalogue`` where the list of models is none. One of embeddings that cannot be read adds
        ///   nothing.
        func read() throws -> [Model] {
            try CatalogueReader.models(models) + ((try? embeddings.map { try CatalogueReader.models($0) }) ?? [])
        }
    }

    private let url: URL
    private let ownURL: URL

    /// `bursar.db` has them in `bursar-prices.json`, and the operator's own in `bursar-own-prices.json`.
    init(ledgerPath: String) {
        let stem = ledgerPath.hasSuffix(".db") ? String(ledgerPath.dropLast(3)) : ledgerPath
        url = URL(fileURLWithPath: stem + "-prices.json")
        ownURL = URL(fileURLWithPath: stem + "-own-prices.json")
    }

    /// The operator's own prices that were in force last, as `PRICE_OVERRIDES` said them; nil where that is not known.
    var keptOwn: String? { try? String(contentsOf: ownURL, encoding: .utf8) }

    func keep(own: OwnPrices) throws { try Data(own.text.utf8).write(to: ownURL, options: .atomic) }

    /// What is kept, and since when; nil where there is nothing, or nothing that can be read.
    func kept() -> (lists: Lists, at: Instant)? {
        guard let bytes = try? Data(contentsOf: url), let root = (try? JSONDocument(Array(bytes)))?.root,
            let models = root["models"], let at = root["fetchedAtMilliseconds"]?.integer
        else { return nil }
        return (
            Lists(models: Array(models.text), embeddings: root["embeddings"].map { Array($0.text) }),
            Instant(milliseconds: at)
        )
    }

    /// Takes the place of what was kept, whole or not at all.
    ///
    /// - Precondition: both are JSON texts.
    func keep(_ lists: Lists, at now: Instant) throws {
        var text = Array("{\"fetchedAtMilliseconds\":\(now.milliseconds),\"models\":".utf8) + lists.models
        if let embeddings = lists.embeddings { text += Array(",\"embeddings\":".utf8) + embeddings }
        try Data(text + [UInt8(ascii: "}")]).write(to: url, options: .atomic)
    }
}
