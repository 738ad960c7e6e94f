import Budgeting
import ExactMoney
import Ledger
import Metering
import NIOCore
import Pricing
import Routing

extension Call {
    /// Which reservation of the call this is: only the first may wait for held money.
    enum Turn {
        case first
        case next
    }

    /// A grant, and in observe mode what enforcing would have done.
    struct Admitted {
        let grant: Grant
        let would: Observation.Would?
        /// Where the tenant stood.
        let state: BudgetState
    }

    func reserve(hops: [Int], _ turn: Turn) {
        let mayWait = turn == .first && gateway.settings.waitForHeldMoney > .zero
        reserve(hops, mayWait ? .willWait : turn == .first ? .waited : .none, mayWait ? .inOrder : .now)
    }

    private func reserve(_ hops: [Int], _ patience: Admission.Patience, _ queueing: Ledger.Queueing) {
        let bid = plan.bid(hops: hops, scopes: scopes, caller: caller, settings: gateway.settings)
        let observes = caller.rules.policy.observes ?? gateway.settings.observes
        let submitted = gateway.ledger.reserve(
            scopes, queueing, on: loop,
            plan: { books, policy, now in
                let admission = Admission(bid, in: books, at: now, zones: policy.zones, thresholds: policy.thresholds)
                if observes, let observed = admission.observation() {
                    let offer = bid.offers[observed.grant.offer]
                    return .observe(
                        offer.model, observed.grant.amount,
                        Admitted(grant: observed.grant, would: observed.would, state: admission.state))
                }
                switch admission.verdict(patience) {
                case .admit(let grant):
                    return .reserve(
                        bid.offers[grant.offer].model, grant.amount,
                        Admitted(grant: grant, would: nil, state: admission.state))
                case .wait(let budget): return .wait(on: budget)
                case .refuse(let denial): return .refuse(denial)
                }
            },
            complete: { (result: Reserved<Admitted, Denial>) in self.reserved(result, hops) })
        switch submitted {
        case .submitted: break
        case .waiting(let waiter): waitForMoney(waiter, hops)
        case .denied(let denial): obey(machine.denied(denial))
        case .unavailable: obey(machine.ledgerFailed())
        }
    }

    /// Waits its turn; when its time is up it takes what there is.
    private func waitForMoney(_ waiter: WaiterID, _ hops: [Int]) {
        self.waiter = waiter
        waitingSince = .now()
        timer = loop.eventLoop.assumeIsolated().scheduleTask(in: gateway.settings.waitForHeldMoney) { [weak self] in
            guard let self, !isOver, gateway.ledger.withdraw(waiter) else { return }
            self.waiter = nil
            stopWaiting()
            reserve(hops, .waited, .now)
        }
    }

    private func reserved(_ result: Reserved<Admitted, Denial>, _ hops: [Int]) {
        waiter = nil
        timer?.cancel()
        stopWaiting()
        // The client has gone meanwhile: the claim is dropped, and with it what it set aside, as nothing was sent.
        guard !isOver else { return }
        switch result {
        case .granted(let claim, let admitted):
            grant = admitted.grant
            would = admitted.would
            requestID = "req-\(claim.id.number)"
            let granted = hops[admitted.grant.offer]
            receipt.reserved(claim.id, for: plan.hops[granted].offer.model, state: admitted.state)
            reservation = claim.take()
            if granted != 0, !machine.hasFailed(before: granted) {
                gateway.metrics.downgraded(from: plan.hops[0].model.name.text)
            }
            obey(machine.granted(hop: granted))
        case .denied(let denial): obey(machine.denied(denial))
        case .unavailable: obey(machine.ledgerFailed())
        }
    }
}
