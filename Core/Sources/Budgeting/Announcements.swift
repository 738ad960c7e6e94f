public import ExactMoney

/// Which states were announced in which window, so that each is announced once.
///
/// A state that was left and reached again in the same window, by a raised cap or a credit, is not announced again.
public struct Announcements: Sendable {
    /// A budget that reached a state for the first time in its window.
    public struct Crossing: Hashable, Sendable {
        public let window: WindowID
        public let state: BudgetState
        /// Settled and unresolved.
        public let booked: MoneySum
        public let cap: Money
    }

    private var announced: [WindowID: BudgetState] = [:]

    /// All that the books say now counts as announced.
    public init(_ books: Books, _ thresholds: Thresholds) {
        _ = crossings(in: books.balances.keys, of: books, thresholds)
    }

    /// The states that budgets have newly reached in these windows, in the order of the windows.
    public mutating func crossings(
        in windows: some Sequence<WindowID>, of books: Books, _ thresholds: Thresholds
    ) -> [Crossing] {
        var found: [Crossing] = []
        // A budget of a minute has no state; see ``Thresholds/state(of:)``.
        for window in windows where window.budget.period != .minute {
            guard let balance = books.balances[window],
                let cap = books.cap(of: window.budget, at: books.lastInstant).limit
            else { continue }
            let state = thresholds.state(booked: balance.booked, cap: .limit(cap))
            guard state > announced[window] ?? .active else { continue }
            announced[window] = state
            found.append(Crossing(window: window, state: state, booked: balance.booked, cap: cap))
        }
        return found.sorted { $0.window < $1.window }
    }

    /// Lets go of windows that the books have forgotten.
    public mutating func forget(_ windows: some Sequence<WindowID>) {
        for window in windows { announced[window] = nil }
    }
}
