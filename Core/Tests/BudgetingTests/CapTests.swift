import Budgeting
import ExactMoney
import Testing

@Suite struct CapTests {
    @Test func aTenantsOwnCapComesBeforeTheOneOfEveryTenant() {
        BookStory.tell(
            """
            cap all/day 50        => cap
            cap acme/day 100      => cap
            reserve acme 100      => reserved 1
            reserve beta 51       => exceeds beta/day
            reserve beta 50       => reserved 2
            """)
    }

    @Test func noneIsACapOfItsOwn() {
        BookStory.tell(
            """
            cap all/day 50        => cap
            cap acme/day none     => cap
            reserve acme 1000     => reserved 1
            """)
    }

    @Test func inheritedGivesTheOwnCapUp() {
        BookStory.tell(
            """
            cap all/day 50        => cap
            cap acme/day none     => cap
            cap acme/day inherited => cap
            reserve acme 51       => exceeds acme/day
            cap all/day inherited => cap
            reserve acme 51       => reserved 1
            """)
    }

    @Test func theCapOfEveryTenantIsNotTheGlobalOne() {
        BookStory.tell(
            """
            cap all/day 50        => cap
            reserve acme 50       => reserved 1
            reserve beta 50       => reserved 2
            look global/day       => 0 + 0 + 100, 2 in flight
            """)
    }

    @Test func theSameCapAgainIsNothingNew() {
        BookStory.tell(
            """
            cap acme/day 100      => cap
            cap acme/day 100      => nothing
            cap beta/day inherited => nothing
            cap acme/day none     => cap
            cap acme/day none     => nothing
            """)
    }

    @Test func aNegativeCapIsRefused() {
        BookStory.tell(
            """
            cap acme/day -1       => bad amount
            reserve acme 1        => reserved 1
            """)
    }

    @Test func aCapLoweredBelowWhatIsSpentStopsNewCallsOnly() {
        BookStory.tell(
            """
            cap acme/day 100      => cap
            reserve acme 60       => reserved 1
            reserve acme 40       => reserved 2
            settle 1 60           => settled
            cap acme/day 50       => cap
            reserve acme 1        => exceeds acme/day
            settle 2 40           => settled
            look acme/day         => 100 + 0 + 0, 0 in flight
            cap acme/day 101      => cap
            reserve acme 1        => reserved 3
            """)
    }
}

@Suite struct CreditTests {
    @Test func aCreditMakesRoom() {
        BookStory.tell(
            """
            cap acme/day 100      => cap
            reserve acme 100      => reserved 1
            settle 1 100          => settled
            credit acme/day 30    => credited 30
            look acme/day         => 70 + 0 + 0, 0 in flight
            look acme/month       => 100 + 0 + 0, 0 in flight
            reserve acme 31       => exceeds acme/day
            reserve acme 30       => reserved 2
            """)
    }

    @Test(arguments: [0, -1, 101])
    func aCreditIsAboveZeroAndAtMostWhatIsSettled(amount: Int64) {
        BookStory.tell(
            """
            reserve acme 100        => reserved 1
            settle 1 100            => settled
            credit acme/day \(amount) => bad amount
            look acme/day           => 100 + 0 + 0, 0 in flight
            """)
    }

    @Test func aCreditCannotForgiveWhatIsHeldOrUnresolved() {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            reserve acme 40       => reserved 2
            doubt 1               => unresolved
            credit acme/day 1     => bad amount
            reset acme/day        => nothing
            look acme/day         => 0 + 60 + 40, 1 in flight
            """)
    }

    @Test func aResetForgivesAllThatIsSettledAndNothingElse() {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            reserve acme 40       => reserved 2
            reserve acme 20       => reserved 3
            settle 1 50           => settled
            doubt 2               => unresolved
            reset acme/day        => credited 50
            look acme/day         => 0 + 40 + 20, 1 in flight
            look global/day       => 50 + 40 + 20, 1 in flight
            reset acme/day        => nothing
            """)
    }
}
