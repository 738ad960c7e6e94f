public import Budgeting
import Pricing

/// What observe mode does with a bid: serves it as asked, and says what enforcing would have done.
public struct Observation: Hashable, Sendable {
    public enum Would: Hashable, Sendable {
        case wait(on: BudgetID)
        case refuse(Denial)
        /// Another model, by its place among the offers.
        case move(offer: Int)
        case lower(outputTokens: Int64)
    }

    public let grant: Grant
    /// Nil where enforcing would have served it as asked too.
    public let would: Would?
}

extension Admission {
    /// - Returns: nil where the ceiling passes what money can hold.
    public func observation() -> Observation? {
        let offer = bid.offers[0]
        let (tokens, isLimited): (Int64, Bool) =
            switch bid.output {
            case .named(let limit): (min(limit, offer.outputTokensLimit), limit > offer.outputTokensLimit)
            case .open(let most): (min(most, offer.outputTokensLimit), true)
            }
        guard let amount = offer.ceiling.amount(outputTokens: tokens) else { return nil }
        let grant = Grant(offer: 0, outputTokens: tokens, amount: amount, isLimited: isLimited)
        return Observation(grant: grant, would: would(insteadOf: grant))
    }

    private func would(insteadOf served: Grant) -> Observation.Would? {
        switch verdict(.willWait) {
        case .refuse(let denial): .refuse(denial)
        case .wait(let budget): .wait(on: budget)
        case .admit(let grant) where grant.offer != 0: .move(offer: grant.offer)
        case .admit(let grant) where grant.outputTokens < served.outputTokens: .lower(outputTokens: grant.outputTokens)
        case .admit: nil
        }
    }
}
