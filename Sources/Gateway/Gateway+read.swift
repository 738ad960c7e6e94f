import Budgeting
import Ledger
import Upstream

/// A body as it is priced, and what it left behind.
struct AskedRequest {
    let request: PricedRequest
    /// In observe mode, what enforcing would have taken out.
    var wouldDrop: [String] = []
}

extension Gateway {
    /// Reads a body to a priced path. Where a budget over the call is degraded or stopped, the server tools and plugins that the
    /// operator named are taken out of it first (decision 38), so that what is priced, reserved and sent is the same.
    ///
    /// - Parameter caller: is completed by what the body says of user and run.
    func read(_ bytes: [UInt8], at endpoint: Endpoint, for caller: inout Caller) throws(Refusal) -> AskedRequest {
        do throws(RequestProblem) {
            let body = try RequestBody(bytes)
            caller.complete(user: body.user, run: body.run)
            let settings = settings
            let rest = settings.degradedDrop.isEmpty ? body : body.without(settings.degradedDrop)
            let isDropping = !rest.dropped.isEmpty && isShort(caller)
            let observes = caller.rules.policy.observes ?? settings.observes
            return AskedRequest(
                request: try PricedRequest(isDropping && !observes ? rest : body, at: endpoint),
                wouldDrop: isDropping && observes ? rest.dropped : [])
        } catch {
            throw Refusal(error)
        }
    }

    /// Whether a budget over the call is degraded or worse.
    private func isShort(_ caller: Caller) -> Bool {
        let scopes = ledger.scopes(of: caller.attribution)
        return ledger.read { books, _, policy, now in
            policy.thresholds.state(of: books.accounts(over: scopes, at: now, zones: policy.zones)) >= .degraded
        }
    }
}
