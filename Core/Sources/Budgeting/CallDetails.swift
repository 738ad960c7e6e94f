public import ExactMoney

/// What a receipt tells of a call beyond its money: who asked for what, who served it, how and how fast.
///
/// No prompt and no completion, ever. It stands in the log just before the entry that closes the call's reservation. Books
/// read nothing of it.
public struct CallDetails: Hashable, Sendable {
    /// The call's first reservation: what its attempts have in common. Each attempt has a reservation of its own.
    public var call: ReservationID
    /// False for an attempt after which another model was tried.
    public var isLast = true
    public var isStream = false
    public var endpoint = Endpoint.chat
    public var trace: TraceContext?
    public var key: KeyID?
    public var user: UserID?
    /// Empty where none was named.
    public var run = ""
    /// `name=value`, at most eight.
    public var tags: [String] = []
    public var asked: ModelID
    /// Where the budget let the call begin.
    public var planned: ModelID
    public var served: ModelID
    public var moved = Moved.no
    public var provider: ProviderID?
    /// In order; the last is the one whose reservation closes.
    public var attempts: [Attempt] = []
    public var usage = MoreUsage()
    /// The provider's own words on what made up the cost; nil where it has none.
    public var promptCost: Money?
    public var completionCost: Money?
    public var finishReason = ""
    public var outcome = Outcome.failed
    /// 200 where the client has an answer, else upstream's last status; nil where there was none.
    public var status: Int64?
    /// For money that other calls held.
    public var waitedMicroseconds: Int64 = 0
    /// From the request read to the first byte of the answer.
    public var firstByteMicroseconds: Int64?
    /// From the request read to its settlement.
    public var totalMicroseconds: Int64 = 0
    /// The tenant's state when the call was admitted, and with its cost booked.
    public var stateBefore = BudgetState.active
    public var stateAfter = BudgetState.active
    /// Server tools and plugins that were taken out of the request under a degraded budget.
    public var dropped: [String] = []

    public init(call: ReservationID, asked: ModelID, planned: ModelID, served: ModelID) {
        self.call = call
        self.asked = asked
        self.planned = planned
        self.served = served
    }

    public enum Endpoint: UInt8, Hashable, Sendable, CaseIterable {
        case chat = 0
        case completions = 1
        case responses = 2
        case messages = 3
        case embeddings = 4
    }

    public enum Moved: UInt8, Hashable, Sendable, CaseIterable {
        case no = 0
        case budget = 1
        case failure = 2
    }

    /// How the call ended, for the client.
    public enum Outcome: UInt8, Hashable, Sendable, CaseIterable {
        case answered = 0
        case broken = 1
        case refused = 2
        case failed = 3
        case abandoned = 4
        case cut = 5
    }

    /// One try at one model.
    public struct Attempt: Hashable, Sendable {
        public var model: ModelID
        /// Nil where it was passed over without a reservation.
        public var reservation: ReservationID?
        /// One word; empty for the one that served.
        public var why = ""
        public var status: Int64?
        /// After the request was read.
        public var beganMicroseconds: Int64 = 0
        public var tookMicroseconds: Int64 = 0

        public init(model: ModelID, reservation: ReservationID?) {
            self.model = model
            self.reservation = reservation
        }
    }

    /// Usage beside the input and output tokens, which stand in the settlement.
    public struct MoreUsage: Hashable, Sendable {
        /// Input tokens read from a cache, and written to one.
        public var cached: Int64 = 0
        public var cacheWrite: Int64 = 0
        /// Output tokens spent on reasoning.
        public var reasoning: Int64 = 0
        public var audioInput: Int64 = 0
        public var audioOutput: Int64 = 0
        public var images: Int64 = 0
        public var searches: Int64 = 0

        public init() {}
    }
}
