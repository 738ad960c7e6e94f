import Testing

/// Contract §3, "When it does not": one suite per rung.
@Suite struct AdmissionLadderTests {
    @Test func admitsThePlannedOfferAsAskedWhereItFits() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer big 100 + 10
            offer small 50 + 1
            ask 90                => big 90 for 1000
            ask 89                => big 89 for 990
            """)
    }

    @Test func withoutACapEverythingFits() {
        AdmissionStory.tell(
            """
            offer big 100 + 10
            ask 100000            => big 100000 for 1000100
            ask open              => big 16384 for 163940, limited
            """)
    }

    @Test func everyBudgetOverTheTenantHasToHaveRoom() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            cap acme/month 500
            cap global/day 4000
            cap global/month 600
            offer big 0 + 10
            floor 1
            ask 30                => big 30 for 300
            ask 31                => big 30 for 300, limited
            """)
    }

    @Test func waitsWhereOnlyHeldMoneyIsInTheWay() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            spent acme 500
            held acme 400
            offer big 0 + 10
            offer small 0 + 1
            ask 50                => wait acme/day
            ask 50, waited        => small 50 for 50
            """)
    }

    @Test func doesNotWaitWhereEvenIdleBudgetsHaveTooLittle() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            spent acme 500
            held acme 400
            offer big 0 + 10
            ask 50                => wait acme/day
            ask 51                => exceeded acme/day, 510 of 100
            offer small 0 + 1
            ask 51                => small 51 for 51
            """)
    }

    @Test func doesNotWaitForMoneyThatIsSpentOrInDoubt() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            spent acme 300
            doubt acme 400
            offer big 0 + 100
            floor 4
            ask 4                 => exceeded acme/day, 400 of 300
            """)
    }

    @Test func waitsOnTheBudgetWithTheLeastLeft() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            cap acme/month 900
            held acme 800
            offer big 0 + 10
            ask 50                => wait acme/month
            """)
    }

    @Test func setsASmallerLimitWhereTheClientNamedNone() {
        AdmissionStory.tell(
            """
            cap acme/day 5000
            offer big 0 + 10
            offer small 0 + 1
            ask open              => big 500 for 5000, limited
            """)
    }

    @Test func movesDownTheChainWithTheLimitAsked() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer big 0 + 100
            offer medium 0 + 10
            offer small 0 + 1
            ask 50                => medium 50 for 500
            ask 500               => small 500 for 500
            """)
    }

    @Test func neverMovesToADearerOffer() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer big 0 + 100
            offer huge 0 + 1000
            offer same 0 + 100
            floor 50
            ask 50                => exceeded acme/day, 5000 of 1000
            """)
    }

    @Test func lowersANamedLimitOnlyAfterTheWholeChain() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer big 0 + 100
            offer small 0 + 10
            floor 8
            ask 100               => small 100 for 1000
            ask 101               => big 10 for 1000, limited
            """)
    }

    @Test func lowersTheChainsOffersWherePlannedCannotBeLowered() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer big 0 + 100
            offer small 0 + 10
            floor 11
            ask 200               => small 100 for 1000, limited
            """)
    }

    @Test func refusesWhenNoRungHolds() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer big 0 + 100
            offer small 0 + 10
            floor 101
            ask 200               => exceeded acme/day, 20000 of 1000, offers small 100
            """)
    }

    @Test func saysHeldOnlyToACallThatHasWaited() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            held acme 990
            offer big 0 + 10
            floor 16
            ask 16                => wait acme/day
            ask 16, waited        => held acme/day, 160 of 10
            ask 16, impatient     => exceeded acme/day, 160 of 10
            """)
    }

    @Test func aCallThatWaitedTakesWhatIsThere() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            held acme 500
            offer big 0 + 10
            offer small 0 + 6
            ask 60                => wait acme/day
            ask 60, waited        => small 60 for 360
            ask 90, waited        => big 50 for 500, limited
            """)
    }
}
