#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Milliseconds since 1970.
struct Moment: Hashable, Comparable, Sendable {
    let milliseconds: Int64

    static var now: Moment { Moment(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    var seconds: Int64 { milliseconds / 1000 }

    /// RFC 3339 in UTC, whole seconds.
    var text: String { Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601) }

    /// `2026-08-21`.
    var day: String { String(text.prefix(10)) }

    /// Of the UTC day.
    var minuteOfDay: Int { Int(milliseconds / 60_000 % 1_440) }

    func adding(milliseconds more: Int64) -> Moment { Moment(milliseconds: milliseconds + more) }

    static func < (lhs: Moment, rhs: Moment) -> Bool { lhs.milliseconds < rhs.milliseconds }
}
