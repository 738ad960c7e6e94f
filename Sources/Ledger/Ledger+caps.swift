public import Budgeting
import Synchronization

extension Ledger {
    /// Brings the caps in line with new settings. In force at once; durable soon after. What is spent stays spent.
    public func apply(_ caps: Caps) -> Result<[Entry.Event], Refusal> {
        state.withLock { state in
            var wanted: [(CapTarget, Cap)] = [
                (.everyTenant(.day), caps.everyTenantDaily), (.everyTenant(.month), caps.everyTenantMonthly),
                (.budget(BudgetID(.global, .day)), caps.globalDaily),
                (.budget(BudgetID(.global, .month)), caps.globalMonthly),
            ]
            var listed: Set<TenantID> = []
            for (name, own) in caps.tenants.sorted(by: { $0.key < $1.key }) {
                let tenant = TenantID(state.intern(.tenant, name))
                listed.insert(tenant)
                for period in Period.allCases {
                    wanted.append((.budget(BudgetID(.tenant(tenant), period)), own[period] ?? .inherited))
                }
            }
            for case .budget(let budget) in state.books.caps.keys.sorted() {
                if case .tenant(let tenant) = budget.scope, !listed.contains(tenant) {
                    wanted.append((.budget(budget), .inherited))
                }
            }
            var events: [Entry.Event] = []
            for (target, cap) in wanted {
                switch state.carryOut(.setCap(target, cap), at: now(state.books)) {
                case .success(let more): events += more
                case .failure(let refusal): return .failure(refusal)
                }
            }
            guard !events.isEmpty else { return .success([]) }
            retryWaiters(&state)
            wakeWriter(&state, after: nil)
            return .success(events)
        }
    }
}
