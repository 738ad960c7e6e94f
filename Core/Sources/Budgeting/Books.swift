public import ExactMoney

/// The fold of all entries: balances per window, open reservations, terms of budgets, and what each model cost.
///
/// `decide` says what entries a command comes to, `apply` folds one in. Both are pure: the same entries give the same
/// books. Read ``Books/decide(_:at:zones:)`` for the rules.
public struct Books: Equatable, Sendable {
    /// A reservation that is not closed.
    public struct Open: Hashable, Sendable {
        public var reservation: Entry.Reservation
        public var at: Instant
        /// Nil while the call is in flight.
        public var doubt: Entry.Doubt?
        public var generation: String?
        /// When its cost came into doubt.
        public var doubtAt: Instant?
        /// What of the reservation was given back since.
        public var returned = Money.zero

        /// What it still holds.
        public var held: Money { Money(nanodollars: reservation.amount.nanodollars - returned.nanodollars) }
    }

    /// What one model came to in one window.
    public struct Tally: Hashable, Sendable {
        public var requests: Int64 = 0
        public var inputTokens: Int64 = 0
        public var outputTokens: Int64 = 0
        public var cost = MoneySum.zero
        public var saved = MoneySum.zero
    }

    public struct TallyID: Hashable, Comparable, Sendable {
        public let window: WindowID
        public let model: ModelID

        public init(window: WindowID, model: ModelID) {
            self.window = window
            self.model = model
        }

        public static func < (lhs: TallyID, rhs: TallyID) -> Bool {
            (lhs.window, lhs.model) < (rhs.window, rhs.model)
        }
    }

    public internal(set) var balances: [WindowID: Balance] = [:]
    public internal(set) var open: [ReservationID: Open] = [:]
    /// What is said of budgets.
    public internal(set) var terms: [CapTarget: Terms] = [:]
    /// Which kinds of budgets `terms` speak of.
    public internal(set) var reach = Reach()
    /// By the tenant's month.
    public internal(set) var tallies: [TallyID: Tally] = [:]
    /// What is known of the upstream key's usage.
    public internal(set) var key = KeyWatch()
    public internal(set) var keys = KeyRing()
    /// The number of the last reservation.
    public internal(set) var lastReservation = ReservationID(0)
    /// The time of the last entry. Time never runs back in the books.
    public internal(set) var lastInstant = Instant(milliseconds: .min)

    public init() {}
}
