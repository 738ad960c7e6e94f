import Testing

/// "One tenant's reservations hold at most half of what a global budget has left."
@Suite struct GlobalShareTests {
    @Test func oneTenantHoldsAtMostHalfOfWhatIsLeft() {
        AdmissionStory.tell(
            """
            cap global/day 1000
            offer big 0 + 10
            ask 50                => big 50 for 500
            ask 51                => big 50 for 500, limited
            held acme 300
            ask 20                => big 20 for 200
            ask 21                => wait global/day
            """)
    }

    @Test func halfIsOfWhatIsNotBooked() {
        AdmissionStory.tell(
            """
            cap global/day 1000
            spent beta 400
            doubt beta 200
            offer big 0 + 10
            ask 20                => big 20 for 200
            ask 21                => big 20 for 200, limited
            """)
    }

    @Test func whatOthersHoldIsNotTheTenantsOwn() {
        AdmissionStory.tell(
            """
            cap global/day 1000
            held beta 500
            offer big 0 + 10
            ask 50                => big 50 for 500
            """)
    }

    @Test func whatOthersHoldIsInTheWayAllTheSame() {
        AdmissionStory.tell(
            """
            cap global/day 1000
            held beta 900
            offer big 0 + 10
            ask 50                => wait global/day
            ask 50, waited        => held global/day, 500 of 100
            """)
    }

    @Test func moreThanHalfIsNeverWaitedFor() {
        AdmissionStory.tell(
            """
            cap global/day 1000
            held acme 100
            offer big 0 + 10
            floor 60
            ask 60                => exceeded global/day, 600 of 900, offers big 40
            """)
    }

    @Test func itsOwnBudgetIsNotHalved() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer big 0 + 10
            ask 100               => big 100 for 1000
            """)
    }
}
