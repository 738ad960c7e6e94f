import Foundation
import Testing

@testable import Budgeting

/// A zone and the years in which it is compared with Foundation.
struct ZoneCase: Sendable, CustomTestStringConvertible {
    let name: String
    let years: ClosedRange<Int64>
    let testDescription: String

    init(_ name: String, _ years: ClosedRange<Int64>, _ why: String) {
        self.name = name
        self.years = years
        testDescription = "\(name): \(why)"
    }

    static let all = [
        ZoneCase("Europe/Berlin", 2024...2027, "summer time at 2:00"),
        ZoneCase("America/New_York", 2024...2026, "west of Greenwich"),
        ZoneCase("Asia/Kolkata", 2025...2026, "half hours, no summer time"),
        ZoneCase("America/Sao_Paulo", 2010...2019, "midnight skipped, and midnight twice"),
        ZoneCase("Australia/Lord_Howe", 2024...2026, "summer time of half an hour"),
        ZoneCase("Pacific/Apia", 2010...2013, "2011-12-30 skipped"),
        ZoneCase("America/Havana", 2024...2025, "midnight skipped, and 0:00 to 1:00 twice"),
        ZoneCase("Pacific/Chatham", 2024...2025, "quarter hours"),
    ]
}

/// A clock on the wall as Foundation knows it, looked at every quarter of an hour: no rule of these zones changes it in between.
private struct Wall {
    static let step: Int64 = 900
    let zone: TimeZone
    let calendar: Calendar
    let first: Int64
    let last: Int64

    init(_ row: ZoneCase) throws {
        let zone = try #require(TimeZone(identifier: row.name))
        self.zone = zone
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        self.calendar = calendar
        first = CivilDate(year: row.years.lowerBound, month: 1, day: 1).daysSince1970 * 86_400
        last = CivilDate(year: row.years.upperBound + 1, month: 1, day: 1).daysSince1970 * 86_400
    }

    func offset(at seconds: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
    }

    /// The rules, found by looking at the offset.
    func rules(margin: Int64 = 40 * 86_400) -> ZoneRules {
        var transitions: [ZoneRules.Transition] = []
        var before = offset(at: first - margin)
        for seconds in stride(from: first - margin, through: last + margin, by: Int(Self.step)) {
            let now = offset(at: seconds)
            guard now != before else { continue }
            transitions.append(.init(at: Instant(seconds: seconds), offsetSeconds: now))
            before = now
        }
        return ZoneRules(
            name: zone.identifier, firstOffsetSeconds: offset(at: first - margin), transitions: transitions)
    }

    func date(at seconds: Int64) -> CivilDate {
        let parts = calendar.dateComponents([.year, .month, .day], from: Date(timeIntervalSince1970: Double(seconds)))
        return CivilDate(year: Int64(parts.year ?? 0), month: Int64(parts.month ?? 0), day: Int64(parts.day ?? 0))
    }

    /// The instants at which the wall first shows a new date, found by looking.
    func dayStarts() -> [(at: Int64, date: CivilDate)] {
        var starts: [(at: Int64, date: CivilDate)] = []
        for seconds in stride(from: first - 3 * 86_400, through: last + 40 * 86_400, by: Int(Self.step)) {
            let date = date(at: seconds)
            if starts.last?.date != date { starts.append((seconds, date)) }
        }
        // The first one may have begun before the look began.
        return Array(starts.dropFirst())
    }
}

@Suite struct ZoneRulesTests {
    @Test(arguments: ZoneCase.all)
    func windowsAreThoseThatFoundationsClockShows(_ row: ZoneCase) throws {
        let wall = try Wall(row)
        let rules = wall.rules()
        let starts = wall.dayStarts()
        let days = zip(starts, starts.dropFirst())
        var monthStart: Int64?
        for (index, (day, next)) in days.enumerated() where day.at < wall.last {
            if day.date.day == 1 { monthStart = day.at }
            let monthEnd = starts[(index + 1)...].first { $0.date.day == 1 }?.at
            for seconds in [day.at, day.at + 1, (day.at + next.at) / 2, next.at - 1] {
                let instant = Instant(seconds: seconds)
                #expect(rules.date(at: instant) == day.date, "\(seconds)")
                #expect(Period.day.start(containing: instant, in: rules).seconds == day.at, "\(day.date)")
                #expect(Period.day.end(containing: instant, in: rules).seconds == next.at, "\(day.date)")
                guard let monthStart, let monthEnd else { continue }
                #expect(Period.month.start(containing: instant, in: rules).seconds == monthStart, "\(day.date)")
                #expect(Period.month.end(containing: instant, in: rules).seconds == monthEnd, "\(day.date)")
            }
        }
    }

    @Test(arguments: ZoneCase.all)
    func theLastMillisecondOfADayBelongsToIt(_ row: ZoneCase) throws {
        let wall = try Wall(row)
        let rules = wall.rules()
        for day in wall.dayStarts() where day.date.day == 1 {
            let start = Instant(seconds: day.at)
            let before = Instant(milliseconds: start.milliseconds - 1)
            #expect(Period.month.start(containing: start, in: rules) == start)
            #expect(Period.month.end(containing: before, in: rules) == start)
            #expect(Period.month.start(containing: before, in: rules) < start)
        }
    }

    /// Whatever day is remembered, and whatever moment is asked for.
    @Test(arguments: ZoneCase.all)
    func rememberingTheDayChangesNoWindow(_ row: ZoneCase) throws {
        let wall = try Wall(row)
        let rules = wall.rules()
        let plain = Zones(rules)
        var zones = plain
        for day in wall.dayStarts() {
            for seconds in [-90_000, -1, 0, 1, 43_200, 90_000] {
                let instant = Instant(seconds: day.at + Int64(seconds))
                if seconds == 0 { zones.remember(instant) }
                for name in [nil, rules.name, ZoneRules.utc.name] as [String?] {
                    for period in Period.allCases {
                        #expect(
                            zones.window(period, containing: instant, in: name)
                                == period.window(containing: instant, in: plain[name]), "\(instant.rfc3339) \(period)")
                    }
                }
            }
        }
    }

    @Test func theDayThatApiaSkippedHasNoLength() throws {
        let wall = try Wall(ZoneCase("Pacific/Apia", 2011...2012, ""))
        let rules = wall.rules()
        let friday = rules.start(of: CivilDate(year: 2011, month: 12, day: 30))
        #expect(friday == rules.start(of: CivilDate(year: 2011, month: 12, day: 31)))
        #expect(friday == Instant(seconds: CivilDate(year: 2011, month: 12, day: 30).daysSince1970 * 86_400 + 36_000))
    }

    @Test func beforeTheFirstTransitionTheFirstOffsetHolds() {
        let rules = ZoneRules(
            name: "test", firstOffsetSeconds: 3_600, transitions: [.init(at: Instant(seconds: 0), offsetSeconds: 7_200)]
        )
        #expect(rules.offsetSeconds(at: Instant(milliseconds: -1)) == 3_600)
        #expect(rules.offsetSeconds(at: Instant(milliseconds: 0)) == 7_200)
        #expect(rules.start(of: CivilDate(year: 1969, month: 12, day: 31)) == Instant(seconds: -86_400 - 3_600))
        #expect(rules.start(of: CivilDate(year: 1970, month: 1, day: 2)) == Instant(seconds: 86_400 - 7_200))
    }
}
