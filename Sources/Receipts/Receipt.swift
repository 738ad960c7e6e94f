public import Budgeting
public import ExactMoney

/// The record of one call, or of one attempt of it that was billed or may have been: who asked, which model was asked and
/// which served, what it used and cost, how it went and how fast. Never a prompt or a completion.
///
/// It is read from the log, never written by hand: a receipt that is lost is projected again.
public struct Receipt: Hashable, Sendable, Identifiable {
    /// The reservation that it closes.
    public var id: ReservationID
    /// The first reservation of the call that it belongs to: the same on all of a call's attempts.
    public var call: ReservationID
    /// Receipts are closed in this order, without gaps, from 1; nil while the true cost is not known.
    public var sequence: Int64?
    /// False for an attempt after which another model was tried.
    public var isLast: Bool
    /// When the call was admitted; it counts in the windows of this moment.
    public var admittedAt: Instant
    /// When its cost became known, or is now known to be unknown.
    public var closedAt: Instant
    /// The provider's id.
    public var generation: String?
    public var trace: TraceContext?

    public var tenant: String
    /// The number of the virtual key.
    public var key: String?
    public var user: String?
    /// Empty where none was named.
    public var run: String
    /// `name=value`.
    public var tags: [String]

    public var endpoint: CallDetails.Endpoint
    public var isStream: Bool
    public var asked: String
    public var planned: String
    public var served: String
    public var provider: String?
    public var moved: CallDetails.Moved
    public var attempts: [Attempt]

    public var inputTokens: Int64
    public var outputTokens: Int64
    public var usage: CallDetails.MoreUsage
    /// Nil while it is not known.
    public var cost: Money?
    public var promptCost: Money?
    public var completionCost: Money?
    /// Where the cost comes from; nil where there is none, or nothing was billed.
    public var evidence: Entry.Evidence?
    /// Why the cost was not known when the call ended.
    public var doubt: Entry.Doubt?
    public var reserved: Money
    /// What the model asked for would have cost more, where a budget moved the call.
    public var saved: Money

    public var status: Status
    public var httpStatus: Int64?
    public var finishReason: String
    /// Server tools and plugins that were taken out of the request.
    public var dropped: [String]
    public var stateBefore: BudgetState
    public var stateAfter: BudgetState
    public var waitedMicroseconds: Int64
    public var firstByteMicroseconds: Int64?
    public var totalMicroseconds: Int64

    public struct Attempt: Hashable, Sendable {
        public var model: String
        public var reservation: ReservationID?
        /// One word; empty for the one that served.
        public var why: String
        public var status: Int64?
        public var beganMicroseconds: Int64
        public var tookMicroseconds: Int64
    }

    /// How the call went.
    public enum Status: String, Hashable, Sendable, CaseIterable {
        case answered, broken, refused, failed, abandoned, cut
        /// Its true cost is not known; what it reserved counts as spent.
        case unresolved
        /// From a log that did not say.
        case unknown
    }

    /// The id that the client was told.
    public var requestID: String { "req-\(id.number)" }

    /// Which attempt it is: the one whose reservation it closes.
    public var attempt: Attempt? { attempts.last }
}

extension Receipt.Status {
    init(_ outcome: CallDetails.Outcome) {
        self =
            switch outcome {
            case .answered: .answered
            case .broken: .broken
            case .refused: .refused
            case .failed: .failed
            case .abandoned: .abandoned
            case .cut: .cut
            }
    }

    /// As the file has it. Never changed, only added to.
    var code: Int64 {
        switch self {
        case .answered: 0
        case .broken: 1
        case .refused: 2
        case .failed: 3
        case .abandoned: 4
        case .cut: 5
        case .unresolved: 6
        case .unknown: 7
        }
    }

    init(code: Int64) { self = Self.allCases.first { $0.code == code } ?? .unknown }
}
