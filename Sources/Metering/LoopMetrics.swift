public import ExactMoney

/// ``GatewayMetrics`` for one event loop: it remembers what it has looked up, so that the end of a call takes no lock and, once
/// its tenant and model are known, allocates nothing.
public final class LoopMetrics {
    public let shared: GatewayMetrics
    private var known: [Key: GatewayMetrics.CallSeries] = [:]

    /// As much as is remembered. Beyond it, calls are counted all the same, under the lock.
    private static let most = 10_000

    private struct Key: Hashable {
        let tenant: String
        let model: String
        let outcome: GatewayMetrics.Outcome
    }

    public init(_ shared: GatewayMetrics) {
        self.shared = shared
    }

    /// As ``GatewayMetrics/callEnded(tenant:model:outcome:cost:tokens:)``.
    public func callEnded(
        tenant: String, model: String, outcome: GatewayMetrics.Outcome, cost: Money?,
        tokens: GatewayMetrics.Tokens = .init()
    ) {
        let key = Key(tenant: tenant, model: model, outcome: outcome)
        if let series = known[key] { return shared.ended(series, cost, tokens) }
        let series = shared.series(tenant: tenant, model: model, outcome: outcome)
        if known.count < LoopMetrics.most { known[key] = series }
        shared.ended(series, cost, tokens)
    }
}
