public import Budgeting
public import ExactMoney
public import Pricing

/// What a call asks of the budgets over it: which models may serve it, and how much output it wants.
public struct Bid: Hashable, Sendable {
    /// One model that may serve the call.
    public struct Offer: Hashable, Sendable {
        public var model: ModelID
        public var ceiling: Ceiling
        /// The most output tokens the model gives.
        public var outputTokensLimit: Int64
        public var isFree: Bool

        public init(model: ModelID, ceiling: Ceiling, outputTokensLimit: Int64, isFree: Bool) {
            self.model = model
            self.ceiling = ceiling
            self.outputTokensLimit = outputTokensLimit
            self.isFree = isFree
        }
    }

    public enum OutputLimit: Hashable, Sendable {
        /// The client named it.
        case named(Int64)
        /// The client named none; at most this is set for it.
        case open(most: Int64)
    }

    /// What the call stands under.
    public var scopes: CallScopes
    /// The model asked for, then those of the chain that may follow it and can do what the request needs. Never empty.
    public var offers: [Offer]
    public var output: OutputLimit
    /// Limits are not lowered below this.
    public var floor: Int64
    /// Whether a budget may move the call to a cheaper offer.
    public var moves: Moves
    /// The most that this one call may cost.
    public var maxCall: Money?

    public enum Moves: Hashable, Sendable {
        case allowed
        case never
    }

    /// - Precondition: at least one offer.
    public init(
        scopes: CallScopes, offers: [Offer], output: OutputLimit, floor: Int64, moves: Moves = .allowed,
        maxCall: Money? = nil
    ) {
        precondition(!offers.isEmpty, "a bid without an offer asks for nothing")
        self.scopes = scopes
        self.offers = offers
        self.output = output
        self.floor = floor
        self.moves = moves
        self.maxCall = maxCall
    }
}

/// A bid that was admitted: reserve `amount`, then send the call to the offer with this output limit.
public struct Grant: Hashable, Sendable {
    public var offer: Int
    public var outputTokens: Int64
    public var amount: Money
    /// The output limit was set or lowered; the client is told.
    public var isLimited: Bool
}

/// Why a bid was not admitted. Nothing was reserved.
public enum Denial: Hashable, Sendable {
    /// A budget is used up for this call, and nothing cheaper fits.
    case budgetExceeded(Shortfall)
    /// There is room, but calls in flight hold it.
    case budgetHeld(Shortfall)
    /// The call is dearer than one call may be.
    case callTooExpensive(required: Money, most: Money)
}

/// The budget that is in the way, with its numbers at that moment.
public struct Shortfall: Hashable, Sendable {
    public var budget: BudgetID
    public var cap: Money
    public var balance: Balance
    /// What the call as planned would have set aside.
    public var required: Money
    /// ``Instant/never`` for a budget of all time.
    public var resetsAt: Instant
    /// By whose clocks it does.
    public var zone: ZoneRules
    /// What would be admitted now, if anything.
    public var affordable: Affordable?

    public struct Affordable: Hashable, Sendable {
        public var model: ModelID
        public var outputTokens: Int64
    }

    public var remaining: MoneySum { MoneySum(cap) - balance.exposure }
}
