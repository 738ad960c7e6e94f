public import ExactMoney

/// Which states and which shares of a cap were announced in which window, so that each is announced once.
///
/// One that was left and reached again in the same window, by a raised cap or a credit, is not announced again; of several that
/// are reached at once the highest is.
public struct Announcements: Sendable {
    /// A budget that reached a state, or a share of its cap, for the first time in its window.
    public struct Crossing: Hashable, Sendable {
        public let window: WindowID
        public let state: BudgetState
        /// Whether the state is new, or only the share.
        public let isNewState: Bool
        /// The share that was newly reached, in ten-thousandths of the cap; 0 where none was that anybody asks for.
        public let level: Int64
        /// Settled and unresolved.
        public let booked: MoneySum
        public let cap: Money
    }

    private struct Reached: Hashable {
        var state = BudgetState.active
        var level: Int64 = 0
    }

    private var announced: [WindowID: Reached] = [:]

    /// All that the books say now counts as announced.
    public init(_ books: Books, _ thresholds: Thresholds, _ plan: AlertPlan = AlertPlan()) {
        _ = crossings(in: books.balances.keys, of: books, thresholds, plan)
    }

    private init() {}

    /// What these windows have reached, whether it was announced or not, in the order of the windows.
    public static func standing(
        in windows: some Sequence<WindowID>, of books: Books, _ thresholds: Thresholds, _ plan: AlertPlan
    ) -> [Crossing] {
        var nothing = Announcements()
        return nothing.crossings(in: windows, of: books, thresholds, plan)
    }

    /// What budgets have newly reached in these windows, in the order of the windows.
    public mutating func crossings(
        in windows: some Sequence<WindowID>, of books: Books, _ thresholds: Thresholds, _ plan: AlertPlan = AlertPlan()
    ) -> [Crossing] {
        var found: [Crossing] = []
        // A budget of a minute has no state; see ``Thresholds/state(of:)``.
        for window in windows where window.budget.period != .minute {
            guard let balance = books.balances[window],
                let cap = books.cap(of: window.budget, at: books.lastInstant).limit
            else { continue }
            let state = thresholds.state(booked: balance.booked, cap: .limit(cap))
            let level = plan.levels(of: window.budget.scope).reached(
                booked: balance.booked, cap: cap, state: state, thresholds)
            let before = announced[window] ?? Reached()
            guard state > before.state || level > before.level else { continue }
            announced[window] = Reached(state: max(state, before.state), level: max(level, before.level))
            found.append(
                Crossing(
                    window: window, state: state, isNewState: state > before.state,
                    level: level > before.level ? level : 0, booked: balance.booked, cap: cap))
        }
        return found.sorted { $0.window < $1.window }
    }

    /// Lets go of windows that the books have forgotten.
    public mutating func forget(_ windows: some Sequence<WindowID>) {
        for window in windows { announced[window] = nil }
    }
}
