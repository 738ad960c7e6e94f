import Budgeting
import Foundation
import Simulation
import Testing

@Suite struct InstantTextTests {
    @Test func agreesWithFoundationInUTC() {
        var chance = SplitMix64(seed: 1)
        for _ in 0..<500 {
            let seconds = chance.number(below: 8_000_000_000) - 2_000_000_000
            let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
            #expect(Instant(seconds: seconds).rfc3339 == expected)
        }
    }

    @Test func cutsMillisecondsOff() {
        #expect(Instant(milliseconds: 1_999).rfc3339 == "1970-01-01T00:00:01Z")
        #expect(Instant(milliseconds: -1).rfc3339 == "1969-12-31T23:59:59Z")
    }

    @Test func showsTheClockOfTheZone() {
        let kolkata = ZoneRules(name: "Asia/Kolkata", firstOffsetSeconds: 19_800)
        #expect(Instant(seconds: 0).wallClock(in: kolkata) == "05:30")
        #expect(Instant(seconds: 0).wallClock(in: .utc) == "00:00")
        #expect(Instant(seconds: -60).wallClock(in: .utc) == "23:59")
        #expect(Instant(seconds: 68_399).wallClock(in: kolkata) == "00:29")
    }
}
