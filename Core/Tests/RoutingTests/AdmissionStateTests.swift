import Testing

@Suite struct DegradedTests {
    @Test func isServedByTheFirstCheaperOffer() {
        AdmissionStory.tell(
            """
            cap acme/day 100000
            offer big 0 + 100
            offer dear 0 + 200
            offer small 0 + 10
            offer smaller 0 + 1
            spent acme 89999
            ask 50                => big 50 for 5000
            spent acme 1
            ask 50                => small 50 for 500
            """)
    }

    @Test func anOfferOfTheSamePriceIsNotCheaper() {
        AdmissionStory.tell(
            """
            cap acme/day 100000
            spent acme 90000
            offer big 0 + 100
            offer same 0 + 100
            ask 50                => big 50 for 5000
            """)
    }

    @Test func isServedAsAskedWhereThereIsNoneAndItFits() {
        AdmissionStory.tell(
            """
            cap acme/day 100000
            spent acme 90000
            offer big 0 + 100
            offer dear 0 + 200
            ask 50                => big 50 for 5000
            """)
    }

    @Test func isServedAsAskedWhereTheCallerWillNotMove() {
        AdmissionStory.tell(
            """
            cap acme/day 100000
            spent acme 90000
            offer big 0 + 100
            offer small 0 + 10
            never
            ask 50                => big 50 for 5000
            ask 200               => big 100 for 10000, limited
            """)
    }

    @Test func neverGoesBackUpToTheModelAskedFor() {
        AdmissionStory.tell(
            """
            cap acme/day 100000
            spent acme 99999
            offer big 0 + 100
            offer small 2 + 10
            offer tiny 3 + 1
            floor 1
            ask 1                 => exceeded acme/day, 12 of 1
            """)
    }

    @Test func theWorstBudgetOverTheTenantCounts() {
        AdmissionStory.tell(
            """
            cap acme/day 100000
            cap global/month 20000
            spent beta 18000
            offer big 0 + 100
            offer small 0 + 10
            ask 5                 => small 5 for 50
            """)
    }
}

@Suite struct NeverDowngradeTests {
    @Test func refusesInsteadOfMoving() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer big 0 + 100
            offer small 0 + 10
            never
            floor 50
            ask 50                => exceeded acme/day, 5000 of 1000, offers small 50
            """)
    }

    @Test func stillLowersTheLimit() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer big 0 + 10
            offer small 0 + 1
            never
            ask 200               => big 100 for 1000, limited
            """)
    }
}

@Suite struct StoppedTests {
    @Test func refusesEvenWhatWouldFit() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            smallest 300
            spent acme 701
            offer big 0 + 10
            ask 1                 => exceeded acme/day, 10 of 299
            """)
    }

    @Test func offersWhatIsFreeOnly() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            spent acme 1000
            offer big 0 + 10
            offer gift
            ask 100               => exceeded acme/day, 0 of 0, offers gift 100000
            """)
    }

    @Test func heldMoneyStopsNobody() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            smallest 300
            held acme 900
            offer big 0 + 10
            ask 16                => wait acme/day
            """)
    }

    @Test func unresolvedMoneyStops() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            doubt acme 1000
            offer big 0 + 10
            ask 1                 => exceeded acme/day, 10 of 0
            """)
    }

    @Test func aCapOfZeroAdmitsOnlyFreeCalls() {
        AdmissionStory.tell(
            """
            cap acme/day 0
            offer gift
            offer big 0 + 10
            ask 100               => gift 100 for 0
            """)
        AdmissionStory.tell(
            """
            cap acme/day 0
            offer big 0 + 10
            ask 100               => exceeded acme/day, 1000 of 0
            """)
    }

    @Test func aFreeCallIsAlwaysAdmitted() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            cap global/day 1000
            spent acme 1000
            offer gift
            ask 100               => gift 100 for 0
            ask open, impatient   => gift 16384 for 0, limited
            """)
    }
}
