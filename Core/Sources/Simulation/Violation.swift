/// A promise that did not hold. The seed and the step repeat the run up to it.
public struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
    public let seed: UInt64
    public let step: Int
    public let promise: Promise
    public let detail: String

    public var description: String { "seed \(seed), step \(step): \(promise) does not hold: \(detail)" }

    /// What is asserted after every event.
    public enum Promise: String, Hashable, Sendable, CaseIterable {
        /// No admission makes what is settled, unresolved and reserved exceed a cap.
        case admissionsFitEveryCap
        /// The provider's bill never passes what the durable log accounts for.
        case theBillIsCovered
        /// The provider's bill never passes the cap, but for overruns, credits and caps lowered later.
        case theBillStaysWithinTheCap
        /// Every reservation is closed once.
        case closedOnce
        /// A settlement above its reservation is announced.
        case overrunsAreAnnounced
        /// Folding the durable log, and what waits to become durable, gives the books.
        case theFoldIsTheBooks
        /// The books agree with naive books kept from acknowledged commands.
        case theBookkeeperAgrees
        /// What was acknowledged is in the durable log.
        case acknowledgedIsDurable
        /// One batch number stands for one content, and numbers have no gap.
        case batchesAreInOrder
        /// Entries follow one another.
        case noEntryIsBroken
        /// A fact, such as a settlement, is never refused.
        case factsAreTaken
        /// After quiet time nothing is in flight and the books are the provider's bill.
        case quietTimeEndsEverything
    }
}

/// Why a part of the world gives up. The world adds seed and step.
struct Broken: Error {
    let promise: Violation.Promise
    let detail: String

    init(_ promise: Violation.Promise, _ detail: String) {
        self.promise = promise
        self.detail = detail
    }
}
