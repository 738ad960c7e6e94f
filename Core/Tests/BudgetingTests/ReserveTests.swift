import Budgeting
import ExactMoney
import Testing

@Suite struct ReserveTests {
    @Test func admitsUpToTheCapAndNotANanodollarMore() {
        BookStory.tell(
            """
            cap acme/day 100      => cap
            reserve acme 101      => exceeds acme/day
            reserve acme 100      => reserved 1
            reserve acme 1        => exceeds acme/day
            look acme/day         => 0 + 0 + 100, 1 in flight
            """)
    }

    @Test func refusesWhenReservedMoneyFillsTheBudget() {
        BookStory.tell(
            """
            cap acme/day 100      => cap
            reserve acme 60       => reserved 1
            reserve acme 41       => exceeds acme/day
            reserve acme 40       => reserved 2
            look acme/day         => 0 + 0 + 100, 2 in flight
            """)
    }

    @Test func refusesWhenSettledMoneyFillsTheBudget() {
        BookStory.tell(
            """
            cap acme/day 100      => cap
            reserve acme 60       => reserved 1
            settle 1 60           => settled
            reserve acme 41       => exceeds acme/day
            reserve acme 40       => reserved 2
            """)
    }

    @Test func refusesWhenUnresolvedMoneyFillsTheBudget() {
        BookStory.tell(
            """
            cap acme/day 100      => cap
            reserve acme 60       => reserved 1
            doubt 1               => unresolved
            reserve acme 41       => exceeds acme/day
            reserve acme 40       => reserved 2
            """)
    }

    @Test func settledUnresolvedAndReservedCountTogether() {
        BookStory.tell(
            """
            cap acme/day 100      => cap
            reserve acme 30       => reserved 1
            reserve acme 30       => reserved 2
            reserve acme 30       => reserved 3
            settle 1 30           => settled
            doubt 2               => unresolved
            look acme/day         => 30 + 30 + 30, 1 in flight
            reserve acme 11       => exceeds acme/day
            reserve acme 10       => reserved 4
            """)
    }

    @Test func aCapOfZeroAdmitsOnlyFreeCalls() {
        BookStory.tell(
            """
            cap acme/day 0        => cap
            reserve acme 1        => exceeds acme/day
            reserve acme 0        => reserved 1
            look acme/day         => 0 + 0 + 0, 1 in flight
            settle 1 0            => settled
            """)
    }

    @Test func aFreeCallIsAdmittedOverAnExhaustedBudget() {
        BookStory.tell(
            """
            cap global/day 10     => cap
            reserve acme 10       => reserved 1
            settle 1 25           => settled, overrun 15
            reserve acme 1        => exceeds global/day
            reserve acme 0        => reserved 2
            """)
    }

    @Test func withoutACapAnyAmountIsAdmitted() {
        BookStory.tell(
            """
            reserve acme 9223372036854775807 => reserved 1
            reserve acme 9223372036854775807 => reserved 2
            look acme/month                  => 0 + 0 + 18446744073709551614, 2 in flight
            """)
    }

    @Test func aLargeAmountDoesNotWrapAround() {
        BookStory.tell(
            """
            reserve acme 9223372036854775807 => reserved 1
            cap acme/day 9223372036854775807 => cap
            reserve acme 9223372036854775807 => exceeds acme/day
            """)
    }

    @Test func refusesANegativeAmount() {
        BookStory.tell(
            """
            reserve acme -1       => bad amount
            look acme/day         => 0 + 0 + 0, 0 in flight
            """)
    }

    @Test(arguments: ["acme/day", "acme/month", "global/day", "global/month"])
    func oneBudgetThatIsTooSmallLeavesAllFourUntouched(tight: String) {
        BookStory.tell(
            """
            cap all/day 100       => cap
            cap all/month 100     => cap
            cap global/day 100    => cap
            cap global/month 100  => cap
            cap \(tight) 59       => cap
            reserve acme 60       => exceeds \(tight)
            look acme/day         => 0 + 0 + 0, 0 in flight
            look acme/month       => 0 + 0 + 0, 0 in flight
            look global/day       => 0 + 0 + 0, 0 in flight
            look global/month     => 0 + 0 + 0, 0 in flight
            reserve acme 59       => reserved 1
            look acme/day         => 0 + 0 + 59, 1 in flight
            look acme/month       => 0 + 0 + 59, 1 in flight
            look global/day       => 0 + 0 + 59, 1 in flight
            look global/month     => 0 + 0 + 59, 1 in flight
            """)
    }

    @Test func tenantsShareTheGlobalBudgetButNotTheirOwn() {
        BookStory.tell(
            """
            cap all/day 60        => cap
            cap global/day 100    => cap
            reserve acme 60       => reserved 1
            reserve beta 60       => exceeds global/day
            reserve beta 40       => reserved 2
            look beta/day         => 0 + 0 + 40, 1 in flight
            look global/day       => 0 + 0 + 100, 2 in flight
            """)
    }

    @Test func aRefusalUsesNoNumber() {
        BookStory.tell(
            """
            cap acme/day 10       => cap
            reserve acme 11       => exceeds acme/day
            reserve acme 10       => reserved 1
            release 1             => released
            reserve acme 10       => reserved 2
            """)
    }
}
