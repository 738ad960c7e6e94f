import Budgeting

/// One request from the plan to its end: told what happened, it answers what to do next. It owns nothing and waits for nothing.
///
/// ```
///            start          granted          answer began        answer ended
/// planning ────────► reserving ────► awaiting ─────────► relaying ─────────► ended
///                       ▲  │ denied     │ failed             │ broke, client gone
///                       │  ▼            ▼                    ▼
///                       │ ended      pausing / reserving    ended
///                       └───────────────┘
/// ```
/// Every attempt has a reservation of its own, and every reservation is closed by exactly one ``Closing``.
public struct RequestMachine: Sendable {
    public enum State: Hashable, Sendable {
        case planning
        /// A reservation is being made.
        case reserving
        /// Sent, or being sent; nothing has gone to the client yet, so another model may still serve it.
        case awaiting(hop: Int)
        /// Asking what the dearest endpoint of the same model costs.
        case repricing(hop: Int)
        /// A pause before the same model is tried once more.
        case pausing(hop: Int)
        /// Bytes of the answer have gone to the client: there is no way back.
        case relaying(hop: Int)
        case ended
    }

    public enum Action: Hashable, Sendable {
        /// Reserve for the first hop, with all of these to choose from.
        case reserve(hops: [Int])
        /// Reserve for this hop and no other.
        case reserveNext(hop: Int)
        /// Look for the price of this hop's dearest endpoint, and tell ``repriced(_:)``.
        case reprice(hop: Int)
        /// Tell ``resumed()`` after this long.
        case pause(milliseconds: Int64)
        case send(hop: Int)
        case answer(Answer)
        case nothing
    }

    /// How a request ends that has no answer of a model.
    public enum Answer: Hashable, Sendable {
        case denied(Denial)
        case ledgerUnavailable
        /// The upstream's refusal, as it came.
        case passOn
        case accountExhausted
        case keyRejected
        case chainExhausted(timedOut: Bool, retryAfterMilliseconds: Int64?)
    }

    /// One attempt, for `attempts[]`.
    public struct Attempt: Hashable, Sendable {
        public let hop: Int
        public let why: String
        public let status: Int?
    }

    public private(set) var state = State.planning
    public private(set) var attempts: [Attempt] = []
    /// The hops that may serve, by index: 0 is the model asked for.
    private let hops: [Int]
    private let clientNamedModel: Bool
    private var left: [Int] = []
    private var hasRetried = false
    /// Hops whose dearest endpoint was asked for: once each.
    private var repriced: Set<Int> = []
    private var lastFailure: HopFailure?

    /// A longer wish of upstream's is told to the client instead of waited out.
    public static let longestPauseMilliseconds: Int64 = 5_000

    /// - Parameters:
    ///   - hops: the models that may serve, by index; those whose breaker is open are left out, with `skipped`.
    ///   - clientNamedModel: whether hop 0 was named by the client rather than by `PRIMARY_MODEL`.
    public init(hops: [Int], skipped: [(hop: Int, retryAfterMilliseconds: Int64)], clientNamedModel: Bool) {
        self.hops = hops
        self.clientNamedModel = clientNamedModel
        for (hop, milliseconds) in skipped {
            let failure = HopFailure.breakerOpen(retryAfterMilliseconds: milliseconds)
            attempts.append(Attempt(hop: hop, why: failure.why, status: nil))
            lastFailure = failure
        }
    }

    /// A model before this one failed, or was left out for its breaker.
    public func hasFailed(before hop: Int) -> Bool { attempts.contains { $0.hop < hop } }

    /// No model is left to begin with.
    public var isExhausted: Bool { hops.isEmpty }

    public mutating func start() -> Action {
        precondition(state == .planning, "a request starts once, but was \(state)")
        guard !hops.isEmpty else { return end(exhausted()) }
        state = .reserving
        left = hops
        return .reserve(hops: hops)
    }

    /// A reservation stands for this hop.
    public mutating func granted(hop: Int) -> Action {
        guard state == .reserving else { return .nothing }
        // Budget never moves back to a dearer model that was passed over; failure may move on to what comes after.
        if let index = left.firstIndex(of: hop) { left.removeSubrange(...index) }
        state = .awaiting(hop: hop)
        return .send(hop: hop)
    }

    public mutating func denied(_ denial: Denial) -> Action {
        guard state == .reserving else { return .nothing }
        guard let hop = nextHop else { return end(.denied(denial)) }
        attempts.append(Attempt(hop: hop, why: "budget_exceeded", status: nil))
        // A dearer price of the same model that does not fit: the next model may.
        if repriced.contains(hop), let next = left.first {
            left.removeFirst()
            return reserveNext(next)
        }
        return end(exhausted())
    }

    public mutating func ledgerFailed() -> Action {
        guard state == .reserving else { return .nothing }
        return end(.ledgerUnavailable)
    }

    /// The attempt failed before a byte of it went to the client. Its reservation is closed by `failure.fate`.
    ///
    /// - Parameter jitterMilliseconds: what to wait at least before the same model is tried again.
    public mutating func failed(_ failure: HopFailure, jitterMilliseconds: Int64) -> Action {
        guard case .awaiting(let hop) = state else { return .nothing }
        attempts.append(Attempt(hop: hop, why: failure.why, status: failure.status))
        lastFailure = failure
        if case .status(404, .jsonPriceTooLow, _) = failure, repriced.insert(hop).inserted {
            state = .repricing(hop: hop)
            return .reprice(hop: hop)
        }
        return moveOn(from: hop, failure, jitterMilliseconds)
    }

    /// Whether the model has an endpoint that is dearer than what was pinned, and can be tried at its price.
    public enum Repriced: Hashable, Sendable {
        case dearer
        case nothingDearer
    }

    public mutating func repriced(_ result: Repriced) -> Action {
        guard case .repricing(let hop) = state, let failure = lastFailure else { return .nothing }
        switch result {
        case .dearer: return reserveNext(hop)
        case .nothingDearer: return moveOn(from: hop, failure, 0)
        }
    }

    private mutating func moveOn(from hop: Int, _ failure: HopFailure, _ jitterMilliseconds: Int64) -> Action {
        switch failure.blame(clientNamedModel: clientNamedModel && hop == 0) {
        case .caller: return end(.passOn)
        case .accountExhausted: return end(.accountExhausted)
        case .keyRejected: return end(.keyRejected)
        case .upstream: break
        }
        if let next = left.first {
            left.removeFirst()
            return reserveNext(next)
        }
        let pause = max(jitterMilliseconds, failure.retryAfterMilliseconds ?? 0)
        let isOnlyModel = attempts.allSatisfy { $0.hop == hop || $0.status == nil && $0.why == "breaker_open" }
        guard !hasRetried, isOnlyModel, !repriced.contains(hop), pause <= RequestMachine.longestPauseMilliseconds else {
            return end(exhausted())
        }
        hasRetried = true
        state = .pausing(hop: hop)
        return .pause(milliseconds: pause)
    }

    public mutating func resumed() -> Action {
        guard case .pausing(let hop) = state else { return .nothing }
        return reserveNext(hop)
    }

    /// The first byte of the answer goes to the client.
    public mutating func answerBegan() {
        guard case .awaiting(let hop) = state else { preconditionFailure("an answer began while \(state)") }
        state = .relaying(hop: hop)
    }

    /// The answer is complete, has broken off for good, or the client has gone. What follows is settlement only.
    public mutating func ended() {
        state = .ended
    }

    private var nextHop: Int? = nil

    private mutating func reserveNext(_ hop: Int) -> Action {
        nextHop = hop
        state = .reserving
        return .reserveNext(hop: hop)
    }

    private mutating func end(_ answer: Answer) -> Action {
        state = .ended
        return .answer(answer)
    }

    private func exhausted() -> Answer {
        .chainExhausted(
            timedOut: lastFailure?.isTimeout ?? false, retryAfterMilliseconds: lastFailure?.retryAfterMilliseconds)
    }
}
