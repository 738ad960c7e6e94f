/// Windows that are over, and what models came to in them.
extension Books {
    public struct Finished: Hashable, Sendable {
        public internal(set) var windows: [WindowID] = []
        public internal(set) var tallies: [TallyID] = []

        public var isEmpty: Bool { windows.isEmpty && tallies.isEmpty }

        /// The same in pieces of at most so many windows, or so many tallies.
        public func steps(of count: Int) -> [Finished] {
            stride(from: 0, to: windows.count, by: count).map { Finished(windows: Array(windows[$0...].prefix(count))) }
                + stride(from: 0, to: tallies.count, by: count).map {
                    Finished(tallies: Array(tallies[$0...].prefix(count)))
                }
        }
    }

    /// What may be forgotten: windows that ended before `instant`, and before the last entry, on which no reservation is open.
    /// Windows of which no report is made go as soon as they are over.
    ///
    /// No later entry can touch such a window. A reservation or credit touches the windows that hold its own time, which is
    /// never before the last entry; whatever else there is touches the windows of an open reservation. So the books decide
    /// and fold on as if nothing had been forgotten. Where a window ends depends on a zone that is not known here: each is
    /// given the longest that a calendar knows, and a day; one that runs on after a change of zone is kept while it runs.
    public func finished(endedBefore instant: Instant) -> Finished {
        let cutoff = min(instant, lastInstant)
        var held: Set<WindowID> = []
        for call in open.values { held.formUnion(call.reservation.windows) }
        let running = Set(terms.values.compactMap(\.running).filter { $0.end > lastInstant }.map(\.start))
        func isOver(_ window: WindowID) -> Bool {
            guard let end = window.latestEnd, end <= (window.isReported ? cutoff : lastInstant) else { return false }
            return !held.contains(window) && !running.contains(window.start)
        }
        return Finished(
            windows: balances.keys.filter(isOver).sorted(), tallies: tallies.keys.filter { isOver($0.window) }.sorted())
    }

    /// Only for what ``finished(endedBefore:)`` said of these books, now or before.
    public mutating func forget(_ finished: Finished) {
        for window in finished.windows { balances[window] = nil }
        for tally in finished.tallies { tallies[tally] = nil }
    }

    /// Forgets windows that are over; see ``finished(endedBefore:)`` for the rule.
    public mutating func forgetWindows(endedBefore instant: Instant) {
        forget(finished(endedBefore: instant))
    }
}

extension WindowID {
    /// Nil where it never ends.
    fileprivate var latestEnd: Instant? {
        let seconds: Int64
        switch budget.period {
        case .minute: seconds = 60
        case .hour: seconds = 3600
        case .day: seconds = 2 * 86_400
        case .week: seconds = 9 * 86_400
        case .month: seconds = 32 * 86_400
        case .total: return nil
        }
        let (end, isBeyond) = start.milliseconds.addingReportingOverflow(seconds * 1000)
        return Instant(milliseconds: isBeyond ? .max : end)
    }

    /// Reports show days, weeks and months of what is long-lived. Users, runs and tags have receipts.
    fileprivate var isReported: Bool {
        switch (budget.scope, budget.period) {
        case (.global, .day), (.global, .week), (.global, .month): true
        case (.tenant, .day), (.tenant, .week), (.tenant, .month): true
        case (.group, .day), (.group, .week), (.group, .month): true
        case (.key, .day), (.key, .week), (.key, .month): true
        default: false
        }
    }
}
