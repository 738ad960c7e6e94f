extension Instant {
    /// RFC 3339 in UTC, to the second: `2026-11-24T00:00:00Z`.
    public var rfc3339: String {
        let days = seconds.flooredQuotient(by: 86_400)
        var text = ClockText()
        text.append(CivilDate(daysSince1970: days))
        text.append("T")
        text.append(secondOfDay: seconds - days * 86_400, withSeconds: true)
        text.append("Z")
        return text.string
    }

    /// What a clock on the wall shows: `00:00`.
    public func wallClock(in zone: ZoneRules) -> String {
        let local = seconds + zone.offsetSeconds(at: self)
        var text = ClockText()
        text.append(secondOfDay: local - local.flooredQuotient(by: 86_400) * 86_400, withSeconds: false)
        return text.string
    }
}

extension CivilDate: CustomStringConvertible {
    /// `2026-11-24`.
    public var description: String {
        var text = ClockText()
        text.append(self)
        return text.string
    }
}

/// Dates and times put together digit by digit: every line of a log and every receipt has some.
private struct ClockText {
    private var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(20)
    }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ sign: Unicode.Scalar) { bytes.append(UInt8(ascii: sign)) }

    mutating func append(_ date: CivilDate) {
        if 0...9999 ~= date.year {
            append(twoDigits: date.year / 100)
            append(twoDigits: date.year % 100)
        } else {
            bytes += String(date.year).utf8
        }
        append("-")
        append(twoDigits: date.month)
        append("-")
        append(twoDigits: date.day)
    }

    mutating func append(secondOfDay second: Int64, withSeconds: Bool) {
        append(twoDigits: second / 3600)
        append(":")
        append(twoDigits: second / 60 % 60)
        guard withSeconds else { return }
        append(":")
        append(twoDigits: second % 60)
    }

    private mutating func append(twoDigits number: Int64) {
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
