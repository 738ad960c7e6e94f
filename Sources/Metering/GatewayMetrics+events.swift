public import ExactMoney

// MARK: - Decisions

extension GatewayMetrics {
    public enum BreakerState: Int64, Sendable {
        case closed = 0
        case halfOpen = 1
        case open = 2
    }

    /// - Parameter reason: `metadata.reason` of the refusal.
    public func refused(reason: String) {
        refusals.series([("reason", words.bounded(reason))]).increment(by: 1)
    }

    /// - Parameter model: the one asked for.
    public func downgraded(from model: String) {
        downgrades.series([("model", models.bounded(model))]).increment(by: 1)
    }

    /// - Parameters:
    ///   - model: the one that failed.
    ///   - why: one word, as in `attempts[]`.
    public func fellBack(from model: String, why: String) {
        fallbacks.series([("model", models.bounded(model)), ("why", words.bounded(why))]).increment(by: 1)
    }

    /// To be told when it changes.
    public func breaker(model: String, state: BreakerState) {
        breakers.series([("model", models.bounded(model))]).set(state.rawValue)
    }
}

// MARK: - Money that is held, and time

extension GatewayMetrics {
    public func leftUnresolved(model: String) {
        unresolved.series([("model", models.bounded(model))]).increment(by: 1)
    }

    /// What the books hold unresolved now; to be told before a scrape.
    public func unresolved(calls: Int, holding money: MoneySum) {
        unresolvedCalls.set(Int64(calls))
        unresolvedMoney.set(money)
    }

    /// - Parameter evidence: one word for what told the cost of an unresolved call.
    public func reconciled(by evidence: String) {
        reconciled.series([("evidence", words.bounded(evidence))]).increment(by: 1)
    }

    public func spentOutside(_ amount: Money) { outsideSpend.add(amount) }

    public func waited(nanoseconds: Int64) { wait.observe(nanoseconds) }

    public func committed(nanoseconds: Int64, entries: Int) {
        commit.observe(nanoseconds)
        committedEntries.increment(by: Int64(entries))
    }

    public func overhead(nanoseconds: Int64) { overhead.observe(nanoseconds) }

    /// The time rather than the age: it stays true between two scrapes, and when fetching has stopped.
    /// https://prometheus.io/docs/practices/instrumentation/#timestamps-not-time-since
    public func catalogueFetched(atMilliseconds unixTime: Int64) {
        catalogueFetched.set(Double(unixTime) / 1_000)
    }
}
