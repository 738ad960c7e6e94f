/// The time zones that budgets name, as values. They come from outside with every question; entries hold windows, so that
/// replaying a ledger asks for none.
public struct Zones: Sendable {
    /// The zone of budgets that name none.
    public let standard: ZoneRules
    private var named: [String: ZoneRules]
    private var today: Today?

    /// The windows of the standard zone that hold through one day of it.
    private struct Today: Sendable {
        let day: Window
        let week: Window
        let month: Window
    }

    public init(_ standard: ZoneRules, _ others: [ZoneRules] = []) {
        self.standard = standard
        named = [ZoneRules.utc.name: .utc]
        for zone in others + [standard] { named[zone.name] = zone }
    }

    public static let utc = Zones(.utc)

    public mutating func add(_ zone: ZoneRules) { named[zone.name] = zone }

    public func knows(_ name: String) -> Bool { named[name] != nil }

    /// - Precondition: a name that was given. Whoever opens a ledger finds the rules of all zones in it first.
    public subscript(_ name: String?) -> ZoneRules {
        guard let name else { return standard }
        guard let zone = named[name] else {
            preconditionFailure("a budget names zone \(name), whose rules nobody gave")
        }
        return zone
    }

    /// Keeps the windows of the day that holds `now`: every call asks for them, and a calendar takes longer to work out than all else
    /// that a decision does. Changes no answer.
    public mutating func remember(_ now: Instant) {
        if let today, today.day.contains(now) { return }
        today = Today(
            day: Period.day.window(containing: now, in: standard),
            week: Period.week.window(containing: now, in: standard),
            month: Period.month.window(containing: now, in: standard))
    }

    /// The window of a period that holds `now`, in the zone of this name; nil is the standard one.
    func window(_ period: Period, containing now: Instant, in name: String?) -> Window {
        guard let today, today.day.contains(now), name == nil || name == standard.name else {
            return period.window(containing: now, in: self[name])
        }
        switch period {
        case .day: return today.day
        case .week: return today.week
        case .month: return today.month
        case .minute, .hour, .total: return period.window(containing: now, in: standard)
        }
    }
}
