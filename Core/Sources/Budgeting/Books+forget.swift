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
    ///
    /// No later entry can touch such a window. A reservation or credit touches the windows that hold its own time, which is
    /// never before the last entry; whatever else there is touches the windows of an open reservation. So the books decide
    /// and fold on as if nothing had been forgotten. Where a window ends depends on a zone that is not known here: each is
    /// given the longest that a calendar knows, and a day.
    public func finished(endedBefore instant: Instant) -> Finished {
        let cutoff = min(instant, lastInstant)
        var held: Set<WindowID> = []
        for call in open.values { held.formUnion(call.reservation.windows) }
        func isOver(_ window: WindowID) -> Bool { window.latestEnd <= cutoff && !held.contains(window) }
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
    fileprivate var latestEnd: Instant {
        let days: Int64 = budget.period == .day ? 2 : 32
        let (end, isBeyond) = start.milliseconds.addingReportingOverflow(days * 86_400_000)
        return Instant(milliseconds: isBeyond ? .max : end)
    }
}
