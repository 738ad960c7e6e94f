import Budgeting

/// Times as a person in a zone reads them.
extension Instant {
    /// `26 Nov`.
    func day(in zone: ZoneRules) -> String { zone.date(at: self).short }

    /// `26 Nov, 17:40`.
    func moment(in zone: ZoneRules) -> String { "\(day(in: zone)), \(wallClock(in: zone))" }

    /// `17:40` on the same day, `tomorrow, 09:00`, else `28 Nov, 09:00`.
    func nearby(_ now: Instant, in zone: ZoneRules) -> String {
        let days = zone.date(at: self).daysSince1970 - zone.date(at: now).daysSince1970
        return switch days {
        case 0: wallClock(in: zone)
        case 1: "tomorrow, \(wallClock(in: zone))"
        case -1: "yesterday, \(wallClock(in: zone))"
        default: moment(in: zone)
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
