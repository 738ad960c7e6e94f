import Budgeting

/// Times as a person in a zone reads them.
extension Instant {
    /// `26 Nov`.
    func day(in zone: ZoneRules) -> String { zone.date(at: self).short }

    /// `26 Nov, 17:40`.
    func moment(in zone: ZoneRules) -> String { "\(day(in: zone)), \(wallClock(in: zone))" }

    /// `17:40` on the same day, `tomorrow, 09:00`, else `28 Nov, 09:00`, and with its year where that is another.
    func nearby(_ now: Instant, in zone: ZoneRules) -> String {
        let days = zone.date(at: self).daysSince1970 - zone.date(at: now).daysSince1970
        return switch days {
        case 0: wallClock(in: zone)
        case 1: "tomorrow, \(wallClock(in: zone))"
        case -1: "yesterday, \(wallClock(in: zone))"
        default:
            zone.date(at: self).year == zone.date(at: now).year
                ? moment(in: zone) : "\(day(in: zone))\u{A0}\(zone.date(at: self).year), \(wallClock(in: zone))"
        }
    }

    /// How long from here until then, in one unit: `4 s`, `12 min`, `5 h`, `3 days`.
    func distance(to other: Instant) -> String {
        let seconds = abs(other.milliseconds - milliseconds) / 1000
        return switch seconds {
        case ..<60: "\(seconds)\u{A0}s"
        case ..<5_400: "\(seconds / 60)\u{A0}min"
        case ..<172_800: "\(seconds / 3_600)\u{A0}h"
        default: "\(seconds / 86_400)\u{A0}days"
        }
    }
}

extension CivilDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let longMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// `26 Nov`.
    var short: String { "\(day)\u{A0}\(CivilDate.months[Int(month) - 1])" }
    /// `November`.
    var monthName: String { CivilDate.longMonths[Int(month) - 1] }
}

/// As fields of forms hold a time: `2027-01-31T18:00`.
extension Instant {
    func field(in zone: ZoneRules) -> String { "\(zone.date(at: self))T\(wallClock(in: zone))" }

    /// What a clock on the wall of a zone shows then; a day alone is its beginning. Nil for what is no time of the years 2000 to 2099. One
    /// that the clock shows twice is the first, and one that it never shows is the hour before.
    init?(field text: String, in zone: ZoneRules) {
        let halves = text.split { $0 == "T" || $0 == " " }
        let date = (halves.first ?? "").split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) ?? -1 }
        guard (1...2).contains(halves.count), date.count == 3, (2000...2099).contains(date[0]),
            (1...12).contains(date[1]), (1...31).contains(date[2])
        else { return nil }
        let day = CivilDate(year: date[0], month: date[1], day: date[2])
        guard "\(CivilDate(daysSince1970: day.daysSince1970))" == "\(day)" else { return nil }
        let clock = halves.count < 2 ? [0, 0] : halves[1].split(separator: ":").map { Int64($0) ?? -1 }
        guard (2...3).contains(clock.count), (0...23).contains(clock[0]), (0...59).contains(clock[1]),
            clock.count < 3 || (0...59).contains(clock[2])
        else { return nil }
        let local = day.daysSince1970 * 86_400 + clock[0] * 3_600 + clock[1] * 60 + (clock.count < 3 ? 0 : clock[2])
        // The offset a day before is the one that still holds where the clock goes back later on this day.
        let early = Instant(seconds: local - zone.offsetSeconds(at: Instant(seconds: local - 86_400)))
        self =
            zone.offsetSeconds(at: early) + early.seconds == local
            ? early : Instant(seconds: local - zone.offsetSeconds(at: early))
    }
}
