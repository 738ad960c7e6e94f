public import ExactMoney

/// What a budget allows in one window.
public enum Cap: Hashable, Sendable {
    /// No bound.
    case none
    /// No cap of its own: it takes the one of its family, and without one has none.
    case inherited
    /// A bound; zero admits only calls that are free of charge.
    case limit(Money)

    public var limit: Money? {
        if case .limit(let money) = self { money } else { nil }
    }
}

/// What an operator says of a budget: its cap, the zone of its windows, and a raise for a while.
public struct Terms: Hashable, Sendable {
    /// A higher cap until an instant.
    public struct Raise: Hashable, Sendable {
        public let limit: Money
        public let until: Instant

        public init(to limit: Money, until: Instant) {
            self.limit = limit
            self.until = until
        }
    }

    /// Who said so.
    public enum Source: UInt8, Hashable, Sendable, CaseIterable {
        /// The settings; what they no longer say ends with the next start.
        case settings = 0
        /// An operator, to the running gateway; it stays until an operator says otherwise.
        case operations = 1
    }

    public var cap: Cap
    /// The IANA name of a zone; nil takes the zone of the family, else the gateway's.
    public var zone: String?
    public var raise: Raise?
    public var source: Source
    /// After a change of zone: the window that runs on. The books decide it with the change, whatever stands here, so that
    /// spending never starts anew by it.
    public var running: Window?

    public init(_ cap: Cap = .inherited, zone: String? = nil, raise: Raise? = nil, source: Source = .settings) {
        self.cap = cap
        self.zone = zone
        self.raise = raise
        self.source = source
    }

    /// The cap at an instant, of one that has this cap when nothing is raised.
    func raised(_ cap: Cap, at now: Instant) -> Cap {
        guard let raise, now < raise.until, let limit = cap.limit else { return cap }
        return .limit(max(limit, raise.limit))
    }
}
