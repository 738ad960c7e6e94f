import Budgeting
import ExactMoney
import Ledger
import Logging
import Metering
import Pricing
import Routing
import Upstream

extension Call {
    /// Closes the attempt's reservation as its failure says.
    func close(_ fate: HopFailure.Fate) {
        guard let reservation = reservation.take() else { return }
        switch fate {
        case .release: reservation.release(remark)
        case .unresolved(let doubt):
            reservation.leaveUnresolved(doubt, remark)
            gateway.metrics.leftUnresolved(model: plan.hops[hop].model.name.text)
        }
    }

    /// Books the true cost, or leaves the reservation unresolved where the answer does not tell it.
    ///
    /// - Returns: what was booked; nil where it is not known.
    @discardableResult
    func settle(orLeave doubt: Entry.Doubt) -> Money? {
        guard let reservation = reservation.take() else { return nil }
        guard let reported = reportedUsage, let amount = reported.amount(prices: plan.hops[hop].prices) else {
            if reportedUsage?.cost == .unbelievable {
                warn("upstream states a cost that cannot be believed, and no tokens")
            }
            reservation.leaveUnresolved(doubt, remark)
            gateway.metrics.leftUnresolved(model: plan.hops[hop].model.name.text)
            return nil
        }
        if reported.cost == .unbelievable {
            warn("upstream states a cost that cannot be believed; tokens and rates are booked instead")
        }
        if let grant, amount.cost > grant.amount {
            warn("upstream billed more than the call's ceiling; it is booked in full")
        }
        let isMovedByBudget = hop != 0 && !machine.hasFailed(before: hop)
        reservation.settle(
            Entry.Settlement(
                cost: amount.cost, inputTokens: reported.usage?.inputTokens ?? 0,
                outputTokens: reported.usage?.outputTokens ?? 0,
                saved: isMovedByBudget ? plan.saved(by: hop, usage: reported.usage, cost: amount.cost) : .zero,
                evidence: amount.isStated ? .provider : .rates),
            remark)
        if amount.isStated, plan.hops[hop].fallbacks.isEmpty {
            gateway.prefixes.remember(
                plan.prefixes.last, plan.hops[hop].model, of: scopes.tenant, tokens: reported.usage?.inputTokens ?? 0)
        }
        self.cost = amount.cost
        tokens = .init(input: reported.usage?.inputTokens ?? 0, output: reported.usage?.outputTokens ?? 0)
        if let generation {
            gateway.generations.add(
                SettledGeneration(
                    id: generation, tenant: caller.tenant, model: plan.hops[hop].model.name.text, cost: amount.cost,
                    inputTokens: reported.usage?.inputTokens ?? 0, outputTokens: reported.usage?.outputTokens ?? 0,
                    usage: reported.usage.map { CallDetails.MoreUsage($0) } ?? .init(),
                    isStream: plan.request.isStream, provider: provider, finishReason: finishReason ?? "",
                    at: gateway.clock()))
        }
        return amount.cost
    }

    /// The last usage that the answer carried.
    var reportedUsage: ReportedUsage? {
        switch answer {
        case .none: nil
        case .stream(let events, _): events.usage
        case .whole(let whole): whole.usage
        }
    }

    private func warn(_ message: Logger.Message) {
        gateway.logger.error(message, metadata: ["request": "\(requestID)", "model": "\(plan.hops[hop].model.name)"])
    }
}
