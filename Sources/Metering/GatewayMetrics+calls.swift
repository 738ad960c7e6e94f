public import ExactMoney

extension GatewayMetrics {
    /// How a call ended, for the client.
    public enum Outcome: String, Sendable, CaseIterable {
        /// It has the whole answer.
        case answered
        /// Its answer had begun and broke off upstream.
        case broken
        /// The gateway refused it, and nothing was sent upstream.
        case refused
        /// Upstream failed or refused it.
        case failed
        /// The client left, or took nothing.
        case abandoned
        /// The gateway's time to drain was over.
        case cut
    }

    /// A call began; it ends with ``callEnded(tenant:model:outcome:cost:tokens:)`` here or at a loop.
    public func callBegan() { callsInFlight.rise() }

    /// - Parameter cost: what was booked; nil where nothing was, or it is not known.
    public func callEnded(
        tenant: String, model: String, outcome: Outcome, cost: Money?, tokens: Tokens = Tokens()
    ) {
        ended(series(tenant: tenant, model: model, outcome: outcome), cost, tokens)
    }

    /// A cost that became known after its call had ended.
    public func reconciled(tenant: String, model: String, cost: Money) {
        self.cost.series(labels(tenant: tenant, model: model)).add(cost)
    }

    /// What a call was charged for.
    public struct Tokens: Hashable, Sendable {
        public var input: Int64
        public var output: Int64

        public init(input: Int64 = 0, output: Int64 = 0) {
            self.input = input
            self.output = output
        }
    }

    /// What the end of a call counts on.
    struct CallSeries {
        let calls: CounterSeries
        let cost: MoneySeries
        let input: CounterSeries
        let output: CounterSeries
    }

    func ended(_ series: CallSeries, _ cost: Money?, _ tokens: Tokens) {
        callsInFlight.fall()
        series.calls.increment(by: 1)
        if let cost { series.cost.add(cost) }
        series.input.increment(by: tokens.input)
        series.output.increment(by: tokens.output)
    }

    func series(tenant: String, model: String, outcome: Outcome) -> CallSeries {
        let labels = labels(tenant: tenant, model: model)
        return CallSeries(
            calls: calls.series(labels + [("outcome", outcome.rawValue)]), cost: cost.series(labels),
            input: tokens.series(labels + [("type", "input")]),
            output: tokens.series(labels + [("type", "output")]))
    }

    private func labels(tenant: String, model: String) -> [(name: String, value: String)] {
        [("tenant", tenants.bounded(tenant)), ("model", models.bounded(model))]
    }
}
