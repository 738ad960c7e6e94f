/// The calendar stretch that a budget covers.
public enum Period: UInt8, Hashable, Comparable, Sendable, CaseIterable {
    case day = 0
    case month = 1
    case minute = 2
    case hour = 3
    /// From Monday on.
    case week = 4
    /// All of time: it never starts anew.
    case total = 5

    /// Those of the budgets that stand over every call.
    public static let reported: [Period] = [.day, .month]

    public static func < (lhs: Period, rhs: Period) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// A stretch of time, from its start to before its end.
public struct Window: Hashable, Sendable {
    public let start: Instant
    /// ``Instant/never`` where there is no end.
    public let end: Instant

    public init(start: Instant, end: Instant) {
        self.start = start
        self.end = end
    }

    public func contains(_ instant: Instant) -> Bool { start <= instant && instant < end }
}

extension Instant {
    /// After all others.
    public static let never = Instant(milliseconds: .max)
}

extension Period {
    /// The window that holds `instant`, by a clock on the wall of the zone.
    public func window(containing instant: Instant, in zone: ZoneRules) -> Window {
        let date = zone.date(at: instant)
        switch self {
        case .day: return Window(from: date, to: date.adding(days: 1), in: zone)
        case .week:
            let monday = date.adding(days: -date.daysSinceMonday)
            return Window(from: monday, to: monday.adding(days: 7), in: zone)
        case .month:
            return Window(
                from: CivilDate(year: date.year, month: date.month, day: 1), to: date.firstOfNextMonth, in: zone)
        case .hour: return Window(ofSeconds: 3600, containing: instant, in: zone)
        case .minute: return Window(ofSeconds: 60, containing: instant, in: zone)
        case .total: return Window(start: Instant(milliseconds: 0), end: .never)
        }
    }

    /// The first instant of the window that holds `instant`.
    public func start(containing instant: Instant, in zone: ZoneRules) -> Instant {
        window(containing: instant, in: zone).start
    }

    /// The first instant after the window that holds `instant`.
    public func end(containing instant: Instant, in zone: ZoneRules) -> Instant {
        window(containing: instant, in: zone).end
    }
}

extension Window {
    fileprivate init(from first: CivilDate, to next: CivilDate, in zone: ZoneRules) {
        self.init(start: zone.start(of: first), end: zone.start(of: next))
    }

    /// From one full hour or minute of the clock on the wall to the next; where the clock jumps in between, it is cut there. So
    /// windows never overlap and none is longer than its name.
    fileprivate init(ofSeconds length: Int64, containing instant: Instant, in zone: ZoneRules) {
        let (offset, since, until) = zone.offset(at: instant)
        let local = (instant.seconds + offset).flooredQuotient(by: length) * length
        let start = Instant(seconds: local - offset)
        let end = Instant(seconds: local - offset + length)
        self.init(start: since.map { max($0, start) } ?? start, end: until.map { min($0, end) } ?? end)
    }
}

extension CivilDate {
    fileprivate func adding(days: Int64) -> CivilDate { CivilDate(daysSince1970: daysSince1970 + days) }

    /// 1970-01-01 was a Thursday.
    fileprivate var daysSinceMonday: Int64 { daysSince1970 + 3 - (daysSince1970 + 3).flooredQuotient(by: 7) * 7 }
}
