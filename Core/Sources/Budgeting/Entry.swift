public import ExactMoney

/// One immutable line of the ledger. Balances are nothing but the fold of these.
public struct Entry: Hashable, Sendable {
    public let at: Instant
    public let event: Event

    public init(at: Instant, event: Event) {
        self.at = at
        self.event = event
    }

    public enum Event: Hashable, Sendable {
        /// Money set aside for one call in every window over it.
        case reserved(Reservation)
        /// The call reached the provider, which knows it by this id. Evidence for reconciling.
        case dispatched(ReservationID, generation: String)
        /// The true cost took the place of what was set aside.
        case settled(ReservationID, Settlement)
        /// Nothing was sent, or the provider refused in so many words: all of it was given back.
        case released(ReservationID)
        /// The true cost is not known; the money stays set aside and counts as spent.
        case unresolved(ReservationID, Doubt)
        /// A settlement above what was reserved: the provider broke its limits. It was booked in full.
        case overrun(ReservationID, by: Money)
        /// Settled money forgiven, with a reason.
        case credited(WindowID, Money, Reason)
        case capChanged(CapTarget, Cap)
        /// What upstream said of the key's usage, and what of its growth no call of ours explains.
        case outsideSpent(OutsideSpend)
        /// More is booked of all calls together than upstream billed; it is given back to the global budgets.
        case overbooked(Overbooking)
        /// A part or all of what an unresolved call holds was given back: it was not billed.
        case returned(ReservationID, Return)
        /// An operator set right what a window holds as settled. Below zero it is a credit.
        case corrected(WindowID, Money, reason: String)
        /// A model's prices changed. Calls keep those that they were admitted with.
        case priced(ModelID, PriceChange)
        /// Somebody changed something. A remark; what was changed has entries of its own.
        case audited(Audit)
        case keyIssued(KeyIssue)
        /// All secrets that the key has so far end then, or before.
        case keyRevoked(KeyID, from: Instant)
        /// What a key may do, and when it expires, from then on. Its secrets stay.
        case keyChanged(KeyChange)
        /// What the call's receipt tells beyond its money. A remark, just before its reservation closes.
        case called(ReservationID, CallDetails)
        /// An operator's word on a budget, or the settings'.
        case budgetSet(CapTarget, Terms)
    }

    public struct Reservation: Hashable, Sendable {
        public let id: ReservationID
        public let tenant: TenantID
        public let model: ModelID
        /// The most the call can cost.
        public let amount: Money
        public let windows: [WindowID]
        /// Caps were only watched: observe mode.
        public var isObserved = false
        /// It goes out on an upstream key of the tenant's own.
        public var usesOwnKey = false

        public init(
            id: ReservationID, tenant: TenantID, model: ModelID, amount: Money, windows: [WindowID],
            isObserved: Bool = false, usesOwnKey: Bool = false
        ) {
            self.isObserved = isObserved
            self.usesOwnKey = usesOwnKey
            self.id = id
            self.tenant = tenant
            self.model = model
            self.amount = amount
            self.windows = windows
        }
    }

    public struct Settlement: Hashable, Sendable {
        public var cost: Money
        public var inputTokens: Int64
        public var outputTokens: Int64
        /// What the model asked for would have cost more, where a budget moved the call.
        public var saved: Money
        public var evidence: Evidence

        public init(cost: Money, inputTokens: Int64, outputTokens: Int64, saved: Money = .zero, evidence: Evidence) {
            self.cost = cost
            self.inputTokens = inputTokens
            self.outputTokens = outputTokens
            self.saved = saved
            self.evidence = evidence
        }
    }

    /// Who changed what. Never a secret.
    public struct Audit: Hashable, Sendable {
        public let who: String
        /// One word or two: `budget set`.
        public let action: String
        public let target: String
        public let before: String
        public let after: String

        public init(who: String, action: String, target: String, before: String, after: String) {
            self.who = who
            self.action = action
            self.target = target
            self.before = before
            self.after = after
        }
    }

    /// A model's prices before and after, by their listed names. Before is empty for a model that had none.
    public struct PriceChange: Hashable, Sendable {
        public struct Price: Hashable, Sendable {
            public let name: String
            public let rate: Rate

            public init(name: String, rate: Rate) {
                self.name = name
                self.rate = rate
            }
        }

        public let old: [Price]
        public let new: [Price]

        public init(old: [Price], new: [Price]) {
            self.old = old
            self.new = new
        }
    }

    /// Where a cost comes from.
    public enum Evidence: UInt8, Hashable, Sendable, CaseIterable {
        /// The provider's own amount.
        case provider = 0
        /// The provider's token counts, at the rates of admission.
        case rates = 1
        /// The provider's record of the call, asked for afterwards.
        case generation = 2
        /// None: nothing told it for an hour, and what the call held was booked.
        case assumed = 3
        /// An operator's word.
        case operatorsWord = 4

        /// Whether the amount is the provider's own.
        public var isStated: Bool {
            switch self {
            case .provider, .generation: true
            case .rates, .assumed, .operatorsWord: false
            }
        }
    }

    /// Why a cost is not known.
    public enum Doubt: UInt8, Hashable, Sendable, CaseIterable {
        /// The owner ended while the call was in flight.
        case ownerEnded = 0
        /// The client hung up and upstream was cancelled.
        case clientGone = 1
        /// No answer in time, a reset, or an answer that broke off.
        case upstreamBroke = 2
        /// An answer that says nothing usable of its cost.
        case noUsage = 3
        /// We cut it, because it went beyond what was reserved for it.
        case cutAtCeiling = 4
    }

    /// Why money was forgiven.
    public enum Reason: UInt8, Hashable, Sendable, CaseIterable {
        case reset = 0
        case credit = 1
    }
}
