import Budgeting
import ExactMoney
import Testing

private let berlin = ZoneRules(
    name: "Europe/Berlin", firstOffsetSeconds: 3_600,
    transitions: [
        .init(at: Instant(seconds: 1_774_746_000), offsetSeconds: 7_200),  // 2026-03-29T01:00Z
        .init(at: Instant(seconds: 1_792_890_000), offsetSeconds: 3_600),  // 2026-10-25T01:00Z
    ])
private let newYork = ZoneRules(name: "America/New_York", firstOffsetSeconds: -14_400)
private let zones = Zones(.utc, [berlin, newYork])

@Suite struct RaiseTests {
    @Test func aRaiseHoldsUntilItsEnd() {
        BookStory.tell(
            """
            terms acme/month 100 raise 150 until 2026-06-15 13:00 => set
            reserve acme 150             => reserved 1
            settle 1 150                 => settled
            reserve acme 1               => exceeds acme/month
            at 2026-06-15 12:59
            terms acme/month 100 raise 160 until 2026-06-15 13:00 => set
            reserve acme 5               => reserved 2
            at 2026-06-15 13:00
            reserve acme 1               => exceeds acme/month
            settle 2 5                   => settled
            """)
    }

    @Test func aRaiseNeverLowersAndNeverBounds() {
        BookStory.tell(
            """
            terms acme/day 100 raise 50 until 2026-06-16 00:00 => set
            reserve acme 100             => reserved 1
            terms beta/day none raise 50 until 2026-06-16 00:00 => set
            reserve beta 1000            => reserved 2
            """)
    }

    @Test func aTenantsRaiseStandsOnTheCapThatItInherits() {
        BookStory.tell(
            """
            cap all/day 100              => cap
            terms acme/day inherited raise 150 until 2026-06-16 00:00 => set
            reserve acme 150             => reserved 1
            reserve beta 101             => exceeds beta/day
            cap all/day 200              => cap
            reserve acme 50              => reserved 2
            terms all/day 10 raise 300 until 2026-06-16 00:00 => set
            reserve beta 300             => reserved 3
            cap beta/day 20              => cap
            reserve beta 1               => exceeds beta/day
            """)
    }

    @Test func theSameTermsAgainAreNothingNewAndTermsThatSayNothingEndTheBudget() {
        let story = BookStory.tell(
            """
            terms acme/day inherited     => nothing
            terms acme/day 100 zone UTC  => set
            terms acme/day 100 zone UTC  => nothing
            cap acme/day 100             => nothing
            cap acme/day 50              => cap
            terms acme/day 50 zone UTC   => nothing
            terms acme/day -1            => bad amount
            terms acme/day 50 raise -1 until 2026-06-16 00:00 => bad amount
            terms acme/day inherited     => set
            """)
        #expect(story.books.terms.isEmpty)
    }
}

@Suite struct ZoneOfABudgetTests {
    @Test func eachBudgetHasItsOwnMidnight() {
        BookStory.tell(
            in: zones,
            """
            terms acme/day 100 zone Europe/Berlin => set
            terms acme/month inherited zone Europe/Berlin => set
            cap beta/day 100             => cap
            at 2026-06-30 21:59
            reserve acme 100             => reserved 1
            reserve beta 100             => reserved 2
            at 2026-06-30 22:00
            look acme/day                => 0 + 0 + 0, 0 in flight
            look acme/month              => 0 + 0 + 0, 0 in flight
            look global/day              => 0 + 0 + 200, 2 in flight
            reserve acme 100             => reserved 3
            reserve beta 1               => exceeds beta/day
            settle 1 90                  => settled
            look acme/day                => 0 + 0 + 100, 1 in flight
            """)
    }

    @Test func theDayOfTheChangeOfClocksHasItsLength() {
        BookStory.tell(
            in: zones,
            """
            at 2026-03-28 22:00
            terms acme/day 100 zone Europe/Berlin => set
            at 2026-03-28 23:00
            reserve acme 100             => reserved 1
            at 2026-03-29 21:59
            reserve acme 1               => exceeds acme/day
            at 2026-03-29 22:00
            reserve acme 100             => reserved 2
            at 2026-10-24 22:00
            reserve acme 100             => reserved 3
            at 2026-10-25 22:59
            reserve acme 1               => exceeds acme/day
            at 2026-10-25 23:00
            reserve acme 100             => reserved 4
            """)
    }

    @Test func aNewZoneGivesNobodyABudgetAnew() {
        // Berlin's day begins at 22:00 UTC. The UTC day goes on to its end, and from there to the next start of a day in Berlin.
        BookStory.tell(
            in: zones,
            """
            cap acme/day 100             => cap
            reserve acme 100             => reserved 1
            at 2026-06-15 23:00
            terms acme/day 100 zone Europe/Berlin => set
            reserve acme 1               => exceeds acme/day
            at 2026-06-16 21:59
            reserve acme 1               => exceeds acme/day
            at 2026-06-16 22:00
            reserve acme 100             => reserved 2
            at 2026-06-17 22:00
            reserve acme 100             => reserved 3
            """)
    }

    @Test func aNewZoneOfAllTenantsGivesNobodyABudgetAnew() {
        BookStory.tell(
            in: zones,
            """
            terms all/month 100 zone UTC => set
            reserve acme 100             => reserved 1
            at 2026-06-30 12:00
            terms all/month 100 zone America/New_York => set
            reserve acme 1               => exceeds acme/month
            at 2026-07-01 03:59
            reserve acme 1               => exceeds acme/month
            at 2026-07-01 04:00
            reserve acme 100             => reserved 2
            at 2026-08-01 03:59
            reserve acme 1               => exceeds acme/month
            at 2026-08-01 04:00
            reserve acme 100             => reserved 3
            """)
    }

    @Test func aZoneIsTakenAtOnceWhereNothingWasSpent() {
        BookStory.tell(
            in: zones,
            """
            cap acme/day 100             => cap
            reserve beta 100             => reserved 1
            terms acme/day 100 zone Europe/Berlin => set
            at 2026-06-15 21:59
            reserve acme 100             => reserved 2
            at 2026-06-15 22:00
            reserve acme 100             => reserved 3
            """)
    }

    @Test func aWindowThatRunsOnIsNotForgotten() {
        var books = BookStory.tell(
            in: zones,
            """
            terms acme/day 100 zone UTC  => set
            reserve acme 60              => reserved 1
            settle 1 60                  => settled
            at 2026-06-15 23:00
            terms acme/day 100 zone America/New_York => set
            at 2026-06-16 03:00
            terms acme/day 100 zone UTC  => set
            at 2026-06-16 23:00
            terms acme/day 100 zone America/New_York => set
            at 2026-06-17 02:00
            cap global/day 500           => cap
            """
        ).books
        books.forgetWindows(endedBefore: .never)
        let budget = BudgetID(.tenant(TenantID(1)), .day)
        #expect(books.balance(of: budget, at: books.lastInstant, zones: zones).settled.nanodollars == 60)
    }
}
