public import Budgeting
import Foundation

extension ZoneRules {
    /// The offsets of an IANA zone from 2000 to 2100, read from the machine's database; nil for a zone that is not in it.
    public static func host(named name: String) -> ZoneRules? {
        if name == ZoneRules.utc.name { return .utc }
        guard let zone = TimeZone(identifier: name) else { return nil }
        let first = Date(timeIntervalSince1970: 946_684_800)
        let end = Date(timeIntervalSince1970: 4_102_444_800)
        var transitions: [Transition] = []
        var at = first
        while let next = zone.nextDaylightSavingTimeTransition(after: at), next < end, next > at {
            transitions.append(
                .init(
                    at: Instant(seconds: Int64(next.timeIntervalSince1970.rounded())),
                    offsetSeconds: Int64(zone.secondsFromGMT(for: next))))
            at = next
        }
        return ZoneRules(
            name: name, firstOffsetSeconds: Int64(zone.secondsFromGMT(for: first)), transitions: transitions)
    }
}
