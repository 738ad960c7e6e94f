/// What happened in one run.
public struct Report: Hashable, Sendable {
    public var seed: UInt64
    /// Of the durable log's bytes.
    public var digest: UInt64 = 0
    public var commands = 0
    public var steps = 0
    public var batches = 0
    public var counts = Counts()

    public init(seed: UInt64) {
        self.seed = seed
    }

    /// How often each thing happened.
    public struct Counts: Hashable, Sendable {
        public var admitted = 0
        public var freeAdmitted = 0
        /// Under more budgets than its tenant's and the global ones.
        public var narrowAdmitted = 0
        public var refused = 0
        public var settled = 0
        public var released = 0
        public var leftUnresolved = 0
        public var reconciled = 0
        public var overruns = 0
        public var credits = 0
        public var corrections = 0
        public var returned = 0
        public var capChanges = 0
        public var answersLost = 0
        public var batchesLost = 0
        public var commitsRefused = 0
        public var factsDecidedAgain = 0
        public var crashes = 0
        public var leftUnresolvedAtStart = 0
        public var keptButUnanswered = 0
        public var closedTwiceRefused = 0
        public var dayChanges = 0
        public var monthChanges = 0
        public var largestBatch = 0
    }
}
