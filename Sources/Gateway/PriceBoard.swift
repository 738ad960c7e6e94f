public import Budgeting
public import Pricing
import Synchronization

/// The catalogue in force, and what has changed about it. Calls keep the sheets they were admitted with.
public final class PriceBoard: Sendable {
    /// A model whose prices changed.
    public struct Change: Hashable, Sendable {
        public let at: Instant
        public let model: ModelName
        /// Empty for a model that had no price before.
        public let old: [Rates.Listed]
        /// Empty for one that only the settings priced, and no longer do.
        public let new: [Rates.Listed]
    }

    private struct State {
        var catalogue: Catalogue
        var fetchedAt: Instant?
        var changes: [Change] = []
    }

    private let state: Mutex<State>

    /// The newest of these are shown; the ledger has all.
    private static let mostChanges = 1_000

    /// - Parameter fetchedAt: when upstream told the prices; nil for bundled ones.
    public init(_ catalogue: Catalogue, fetchedAt: Instant? = nil) {
        state = Mutex(State(catalogue: catalogue, fetchedAt: fetchedAt))
    }

    public var current: Catalogue { state.withLock { $0.catalogue } }

    /// When upstream told the prices in force; nil for bundled ones.
    public var fetchedAt: Instant? { state.withLock { $0.fetchedAt } }

    /// Newest last.
    public var changes: [Change] { state.withLock { $0.changes } }

    /// Whose word a new catalogue is.
    public enum Origin: Sendable {
        case upstream
        /// The operator's own prices over the same list.
        case settings
    }

    /// Puts a new catalogue in force, whole.
    ///
    /// - Returns: what it changes.
    public func replace(_ new: Catalogue, at now: Instant, by origin: Origin = .upstream) -> [Change] {
        state.withLock { state in
            var changes = new.models.compactMap { model -> Change? in
                let old = state.catalogue[model.name]?.prices
                guard old != model.prices else { return nil }
                return Change(at: now, model: model.name, old: old?.listed ?? [], new: model.prices.listed)
            }
            changes += state.catalogue.models.filter { new[$0.name] == nil }.map {
                Change(at: now, model: $0.name, old: $0.prices.listed, new: [])
            }
            state.catalogue = new
            if origin == .upstream { state.fetchedAt = now }
            state.changes = Array((state.changes + changes).suffix(PriceBoard.mostChanges))
            return changes
        }
    }
}

extension PriceBoard.Change {
    /// As the ledger keeps it.
    public var entry: Entry.PriceChange {
        Entry.PriceChange(
            old: old.map { .init(name: $0.name, rate: $0.rate) }, new: new.map { .init(name: $0.name, rate: $0.rate) })
    }
}
