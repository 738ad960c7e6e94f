import Budgeting
import Testing

@Suite struct TimeTests {
    private let noon = Instant(seconds: CivilDate(year: 2026, month: 6, day: 15).daysSince1970 * 86_400 + 43_200)

    private func books(at instant: Instant) throws -> Books {
        var books = Books()
        try books.apply(Entry(at: instant, event: .capChanged(.everyTenant(.day), .none)))
        return books
    }

    @Test func timeNeverRunsBack() throws {
        let books = try books(at: noon)
        #expect(books.time(wall: Instant(milliseconds: noon.milliseconds - 1)) == noon)
        #expect(books.time(wall: Instant(milliseconds: noon.milliseconds + 1)).milliseconds == noon.milliseconds + 1)
        #expect(Books().time(wall: noon) == noon)
    }

    @Test(
        arguments: [
            (0, false), (1, false), (86_399_999, false), (86_400_000, true), (400 * 86_400_000, true), (-1, false),
        ]
            as [(Int64, Bool)])
    func aLedgerIsAheadFromADayOn(lead: Int64, isAhead: Bool) throws {
        #expect(try books(at: noon).isAhead(of: Instant(milliseconds: noon.milliseconds - lead)) == isAhead)
    }

    @Test func noTimesOverflow() throws {
        #expect(!Books().isAhead(of: Instant(milliseconds: .max)))
        #expect(!Books().isAhead(of: Instant(milliseconds: .min)))
        #expect(try books(at: Instant(milliseconds: .max)).isAhead(of: Instant(milliseconds: .min)))
    }
}
