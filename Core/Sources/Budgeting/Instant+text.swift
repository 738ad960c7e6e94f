extension Instant {
    /// RFC 3339 in UTC, to the second: `2026-11-24T00:00:00Z`.
    public var rfc3339: String {
        let days = seconds.flooredQuotient(by: 86_400)
        let date = CivilDate(daysSince1970: days)
        return "\(date)T\(clock(seconds - days * 86_400, withSeconds: .yes))Z"
    }

    /// What a clock on the wall shows: `00:00`.
    public func wallClock(in zone: ZoneRules) -> String {
        let local = seconds + zone.offsetSeconds(at: self)
        return clock(local - local.flooredQuotient(by: 86_400) * 86_400, withSeconds: .no)
    }

    private enum WithSeconds { case yes, no }

    private func clock(_ second: Int64, withSeconds: WithSeconds) -> String {
        let text = "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2))"
        return withSeconds == .yes ? "\(text):\(padded(second % 60, 2))" : text
    }
}

extension CivilDate: CustomStringConvertible {
    /// `2026-11-24`.
    public var description: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
