public import Budgeting
import Synchronization

/// What a call tells of itself when its reservation closes, with names that the ledger makes into numbers.
public struct CallRemark: Sendable {
    public var details: CallDetails
    public var user: String?
    public var provider: String?

    public init(_ details: CallDetails, user: String? = nil, provider: String? = nil) {
        self.details = details
        self.user = user
        self.provider = provider
    }
}

extension Ledger {
    /// Closes a reservation, with what its receipt tells just before it.
    func close(
        _ id: ReservationID, by command: Command, _ remark: CallRemark?, from loop: (any CompletionLoop)?
    ) {
        state.withLock { state in
            let now = now(state.books)
            let place = state.pending.entries.count
            let tenant = state.books.open[id]?.reservation.tenant
            guard case .success = state.carryOut(command, at: now), let tenant else { return }
            if let remark {
                let details = state.details(remark, of: tenant, at: now)
                state.pending.entries.insert(Entry(at: now, event: .called(id, details)), at: place)
            }
            retryWaiters(&state)
            wakeWriter(&state, after: loop)
        }
    }
}

extension Ledger.State {
    /// With the names numbered, and the state that the closing led to. Nothing but the log holds a remark.
    fileprivate mutating func details(_ remark: CallRemark, of tenant: TenantID, at now: Instant) -> CallDetails {
        var details = remark.details
        if let user = remark.user { details.user = UserID(intern(.user, user)) }
        if let provider = remark.provider { details.provider = ProviderID(intern(.provider, provider)) }
        details.stateAfter = books.state(
            over: policy.scopes(of: tenant), at: now, zones: policy.zones, thresholds: policy.thresholds)
        return details
    }
}
