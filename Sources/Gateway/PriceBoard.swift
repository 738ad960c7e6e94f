public import Pricing
import Synchronization

/// The catalogue in force. Calls keep the sheets they were admitted with.
public final class PriceBoard: Sendable {
    private let catalogue: Mutex<Catalogue>

    public init(_ catalogue: Catalogue) {
        self.catalogue = Mutex(catalogue)
    }

    public var current: Catalogue { catalogue.withLock { $0 } }

    public func replace(_ new: Catalogue) { catalogue.withLock { $0 = new } }
}
