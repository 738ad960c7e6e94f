import Budgeting
import ExactMoney
import Testing

@Suite struct WindowTests {
    @Test func aNewDayStartsAtZeroAndTheMonthGoesOn() {
        BookStory.tell(
            """
            at 2026-03-30 23:59
            cap acme/day 100      => cap
            cap acme/month 150    => cap
            reserve acme 100      => reserved 1
            settle 1 100          => settled
            reserve acme 1        => exceeds acme/day
            at 2026-03-31 00:00
            look acme/day         => 0 + 0 + 0, 0 in flight
            reserve acme 51       => exceeds acme/month
            reserve acme 50       => reserved 2
            at 2026-04-01 00:00
            reserve acme 100      => reserved 3
            look acme/month       => 0 + 0 + 100, 1 in flight
            """)
    }

    @Test func aCallCountsInTheWindowOfItsAdmission() {
        BookStory.tell(
            """
            at 2026-03-31 23:59
            reserve acme 60       => reserved 1
            reserve acme 30       => reserved 2
            reserve acme 10       => reserved 3
            at 2026-04-01 00:01
            settle 1 70           => settled, overrun 10
            doubt 2               => unresolved
            release 3             => released
            look acme/day         => 0 + 0 + 0, 0 in flight
            look acme/month       => 0 + 0 + 0, 0 in flight
            settle 2 20           => settled
            look global/month     => 0 + 0 + 0, 0 in flight
            at 2026-03-31 23:59
            look acme/day         => 90 + 0 + 0, 0 in flight
            look acme/month       => 90 + 0 + 0, 0 in flight
            """)
    }

    @Test func aCreditTouchesThePresentWindowOnly() {
        BookStory.tell(
            """
            at 2026-03-31 23:59
            reserve acme 60       => reserved 1
            settle 1 60           => settled
            at 2026-04-01 00:00
            credit acme/day 1     => bad amount
            reset acme/month      => nothing
            """)
    }

    @Test func theDayBeginsAtMidnightOfTheZone() {
        let kolkata = ZoneRules(name: "Asia/Kolkata", firstOffsetSeconds: 19_800)
        BookStory.tell(
            in: Zones(kolkata),
            """
            at 2026-03-31 18:29
            reserve acme 60       => reserved 1
            at 2026-03-31 18:30
            look acme/day         => 0 + 0 + 0, 0 in flight
            look acme/month       => 0 + 0 + 0, 0 in flight
            """)
    }
}
