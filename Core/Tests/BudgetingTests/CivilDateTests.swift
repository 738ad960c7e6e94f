import Budgeting
import Foundation
import Testing

@Suite struct CivilDateTests {
    @Test func agreesWithFoundationOnEveryDayOf1900To2200() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        let first = CivilDate(year: 1900, month: 1, day: 1).daysSince1970
        let last = CivilDate(year: 2200, month: 12, day: 31).daysSince1970
        #expect(last - first + 1 == 109_938)
        for days in first...last {
            let noon = Date(timeIntervalSince1970: Double(days) * 86_400 + 43_200)
            let parts = calendar.dateComponents([.year, .month, .day], from: noon)
            let date = CivilDate(daysSince1970: days)
            guard date.year == parts.year.map(Int64.init), date.month == parts.month.map(Int64.init),
                date.day == parts.day.map(Int64.init), date.daysSince1970 == days
            else {
                Issue.record("day \(days) is \(date) here and \(parts) in Foundation")
                return
            }
        }
    }

    @Test(
        arguments: [
            (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017), (2026, 8, 21, 20_686),
            (1, 1, 1, -719_162), (0, 3, 1, -719_468), (-1, 12, 31, -719_529),
        ] as [(Int64, Int64, Int64, Int64)])
    func countsDaysFrom1970(year: Int64, month: Int64, day: Int64, days: Int64) {
        let date = CivilDate(year: year, month: month, day: day)
        #expect(date.daysSince1970 == days)
        #expect(CivilDate(daysSince1970: days) == date)
    }

    @Test func theNextMonthBeginsOnItsFirst() {
        let next = CivilDate(year: 2026, month: 1, day: 31).firstOfNextMonth
        #expect(next == CivilDate(year: 2026, month: 2, day: 1))
        let newYear = CivilDate(year: 2026, month: 12, day: 5).firstOfNextMonth
        #expect(newYear == CivilDate(year: 2027, month: 1, day: 1))
    }

    @Test func secondsAreRoundedDownBefore1970Too() {
        #expect(Instant(milliseconds: 1_999).seconds == 1)
        #expect(Instant(milliseconds: -1).seconds == -1)
        #expect(Instant(milliseconds: -1_000).seconds == -1)
        #expect(Instant(milliseconds: -1_001).seconds == -2)
    }
}
