public import Budgeting
public import ExactMoney

/// Something an operator may want to hear of at once. The ledger's entries are the record; this is the bell.
///
/// Names of tenants and models are in it, never a key, a prompt or a completion.
public enum GatewayEvent: Hashable, Sendable {
    /// A budget reached a state for the first time in its window.
    case stateReached(BudgetState, Crossing)
    /// A budget reached a share of its cap that somebody wants to hear of, and no new state with it.
    case shareReached(Crossing)
    /// The provider billed more than a call's ceiling. It was booked in full.
    case overran(request: String, tenant: String, model: String, ceiling: Money, by: Money)
    /// The upstream key's usage rose by this much more than the books explain.
    case spentOutside(Money)
    /// Nothing told what a call cost for an hour; what it held was booked.
    case assumed(request: String, tenant: String, model: String, amount: Money)
    /// A model's prices changed upstream. Texts as listed, USD per token.
    case priceChanged(model: String, old: String, new: String)
    case breakerMoved(model: String, to: Breaker)
    case account(AccountTrouble)
    /// The same of an account of a tenant's own.
    case tenantAccount(AccountTrouble, tenant: String)
    /// Where the hash chain stands, told once a day, so that it can be kept elsewhere.
    case chainStands(LedgerHead)

    public struct Crossing: Hashable, Sendable {
        /// `global`, `tenant acme`, …
        public var scope: String
        /// Nil where the scope is no tenant's.
        public var tenant: String?
        /// `day`, `month`, …
        public var period: String
        public var windowStart: Instant
        /// ``Instant/never`` for a budget of all time.
        public var windowEnd: Instant
        /// The share that was newly reached, in ten-thousandths of the cap; 0 where none was that anybody asks for.
        public var level: Int64
        /// Settled and unresolved.
        public var booked: MoneySum
        public var cap: Money

        public init(
            scope: String, tenant: String?, period: String, windowStart: Instant, windowEnd: Instant, level: Int64,
            booked: MoneySum, cap: Money
        ) {
            self.scope = scope
            self.tenant = tenant
            self.period = period
            self.windowStart = windowStart
            self.windowEnd = windowEnd
            self.level = level
            self.booked = booked
            self.cap = cap
        }
    }

    public enum Breaker: String, Hashable, Sendable {
        case closed
        case open
        case halfOpen = "half_open"
    }

    /// What is wrong with an account upstream.
    public enum AccountTrouble: String, Hashable, Sendable {
        case exhausted = "upstream_account_exhausted"
        case keyRejected = "upstream_key_rejected"
        case keyWithoutLimit = "upstream_key_without_limit"
    }

    /// One word, the same in webhooks and logs.
    public var kind: String {
        switch self {
        case .stateReached(let state, _): "budget.\(state.name)"
        case .shareReached: "budget.reached"
        case .overran: "call.overran"
        case .spentOutside: "spend.outside"
        case .assumed: "call.assumed"
        case .priceChanged: "price.changed"
        case .breakerMoved: "breaker.\(breakerWord)"
        case .account(let trouble): "account.\(trouble.rawValue)"
        case .tenantAccount(let trouble, _): "tenant.\(trouble.rawValue)"
        case .chainStands: "ledger.head"
        }
    }

    private var breakerWord: String {
        if case .breakerMoved(_, let breaker) = self { breaker.rawValue } else { "" }
    }
}
