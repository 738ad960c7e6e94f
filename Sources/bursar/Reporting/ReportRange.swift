import Budgeting
import ControlPlane

/// A stretch of days of a zone, as reports are added up.
struct ReportRange {
    let from: Instant
    let until: Instant
    let zone: ZoneRules
    private let now: Instant
    private let isMonth: Bool

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameters:
    ///   - month: `2026-11`; left out with all else, the present one.
    ///   - from: `2026-11-01`, in place of a month.
    ///   - until: the first day that is left out.
    /// - Throws: ``Problem``
    init(month: String?, from: String?, until: String?, now: Instant, zone: ZoneRules) throws(Problem) {
        self.now = now
        self.zone = zone
        isMonth = from == nil && until == nil
        guard isMonth || month == nil else { throw Problem(description: "say --month, or --from and --until") }
        guard isMonth else {
            self.from =
                try from.map { text throws(Problem) in zone.start(of: try ReportRange.day(text, "--from")) }
                ?? Instant(seconds: 0)
            self.until =
                try until.map { text throws(Problem) in zone.start(of: try ReportRange.day(text, "--until")) } ?? now
            guard self.from < self.until else { throw Problem(description: "--from is before --until") }
            return
        }
        let first =
            try month.map { text throws(Problem) in zone.start(of: try ReportRange.day(text + "-01", "--month")) }
            ?? now
        let window = Period.month.window(containing: first, in: zone)
        (self.from, self.until) = (window.start, window.end)
    }

    private static func day(_ text: String, _ name: String) throws(Problem) -> CivilDate {
        guard let day = Instant(rfc3339: text + "T00:00:00Z") else {
            throw Problem(
                description: name == "--month"
                    ? "--month is such as 2026-11, not '\(text.dropLast(3))'"
                    : "\(name) is such as 2026-11-24, not '\(text)'")
        }
        return ZoneRules.utc.date(at: day)
    }

    /// The date that the zone's clocks show.
    func date(at instant: Instant) -> String { zone.date(at: instant).text }

    /// How much of the month is over, in seconds, and how long it is; nil but for the present month, an hour after it began.
    var pace: (over: Int64, whole: Int64)? {
        guard isMonth, from <= now, now < until, now.seconds - from.seconds >= 3_600 else { return nil }
        return (now.seconds - from.seconds, until.seconds - from.seconds)
    }
}

extension CivilDate {
    /// `2026-11-26`
    var text: String { String(Instant(seconds: daysSince1970 * 86_400).rfc3339.prefix(10)) }
}
