import Testing

@Suite struct OpenLimitTests {
    @Test func isAtMostAQuarterOfTheTightestRemainder() {
        AdmissionStory.tell(
            """
            cap acme/day 400000
            cap acme/month 900000
            offer big 0 + 10
            ask open              => big 10000 for 100000, limited
            """)
    }

    @Test func theQuarterIsOfWhatIsLeftNow() {
        AdmissionStory.tell(
            """
            cap acme/day 400000
            spent acme 100000
            held acme 100000
            offer big 0 + 10
            ask open              => big 5000 for 50000, limited
            """)
    }

    @Test func theQuarterPaysForTheInputToo() {
        AdmissionStory.tell(
            """
            cap acme/day 400000
            offer big 40000 + 10
            ask open              => big 6000 for 100000, limited
            """)
    }

    @Test func isNotLessThan1024TokensIfThoseFit() {
        AdmissionStory.tell(
            """
            cap acme/day 10240
            offer big 0 + 10
            ask open              => big 1024 for 10240, limited
            """)
    }

    @Test func isWhatFitsWhere1024TokensDoNot() {
        AdmissionStory.tell(
            """
            cap acme/day 10239
            offer big 0 + 10
            ask open              => big 1023 for 10230, limited
            """)
    }

    @Test func isAtMostWhatTheModelGivesAndTheDefault() {
        AdmissionStory.tell(
            """
            offer big 0 + 10 up to 5000
            ask open 4096         => big 4096 for 40960, limited
            ask open              => big 5000 for 50000, limited
            """)
    }

    @Test func aSmallModelGivesLessThanTheFloor() {
        AdmissionStory.tell(
            """
            cap acme/day 1000
            offer tiny 0 + 10 up to 10
            ask open              => tiny 10 for 100, limited
            """)
    }

    @Test func isNotLoweredBelowTheFloor() {
        AdmissionStory.tell(
            """
            cap acme/day 2559
            offer big 0 + 10
            floor 256
            ask open              => exceeded acme/day, 10240 of 2559, offers big 255
            """)
    }

    @Test func waitsForHeldMoneyBeforeItIsCutBelow1024() {
        AdmissionStory.tell(
            """
            cap acme/day 10240
            held acme 5000
            offer big 0 + 10
            ask open              => wait acme/day
            ask open, waited      => big 524 for 5240, limited
            """)
    }

    @Test func movesDownTheChainWhereEvenTheFloorDoesNotFit() {
        AdmissionStory.tell(
            """
            cap acme/day 2559
            offer big 0 + 10
            offer small 0 + 1
            floor 256
            ask open              => small 1024 for 1024, limited
            """)
    }
}

@Suite struct NamedLimitTests {
    @Test func isPricedAndSentAsTheModelsMaximumWhereItIsAboveIt() {
        AdmissionStory.tell(
            """
            offer big 0 + 10 up to 5000
            ask 2147483647        => big 5000 for 50000, limited
            ask 5000              => big 5000 for 50000
            """)
    }

    @Test(arguments: [
        (asked: 300, floor: 256, room: 2560, outcome: "big 256 for 2560, limited"),
        (asked: 300, floor: 256, room: 2559, outcome: "exceeded acme/day, 3000 of 2559, offers big 255"),
        (asked: 100, floor: 256, room: 1000, outcome: "big 100 for 1000"),
        (asked: 100, floor: 256, room: 999, outcome: "exceeded acme/day, 1000 of 999, offers big 99"),
        (asked: 1, floor: 256, room: 10, outcome: "big 1 for 10"),
        (asked: 1, floor: 256, room: 9, outcome: "exceeded acme/day, 10 of 9"),
    ])
    func isNotLoweredBelowTheLesserOfItselfAndTheFloor(asked: Int, floor: Int, room: Int, outcome: String) {
        AdmissionStory.tell(
            """
            cap acme/day \(room)
            offer big 0 + 10
            floor \(floor)
            ask \(asked)          => \(outcome)
            """)
    }

    @Test func isNotCutToAShareOfWhatIsLeft() {
        AdmissionStory.tell(
            """
            cap acme/day 400000
            offer big 0 + 10
            ask 40000             => big 40000 for 400000
            """)
    }
}

@Suite struct MaxCallTests {
    @Test func refusesANamedLimitThatIsDearer() {
        AdmissionStory.tell(
            """
            cap acme/day 100000
            offer big 100 + 10
            most 1100
            ask 100               => big 100 for 1100
            ask 101               => too expensive, 1110 of 1100
            """)
    }

    @Test func lowersAnOpenLimit() {
        AdmissionStory.tell(
            """
            offer big 100 + 10
            most 1100
            ask open              => big 100 for 1100, limited
            """)
    }

    @Test func refusesAnOpenLimitOfWhichNotEvenTheFloorFits() {
        AdmissionStory.tell(
            """
            offer big 100 + 10
            floor 256
            most 2660
            ask open              => big 256 for 2660, limited
            most 2659
            ask open              => too expensive, 2660 of 2659
            """)
    }

    @Test func refusesAnAmountBeyondAllMoney() {
        AdmissionStory.tell(
            """
            offer big 9000000000000000000 + 9000000000000
            most 5
            ask 100000            => too expensive, 9223372036854775807 of 5
            """)
    }

    @Test func aFreeCallIsNeverTooExpensive() {
        AdmissionStory.tell(
            """
            offer gift
            most 0
            ask 100000            => gift 100000 for 0
            ask open              => gift 16384 for 0, limited
            """)
    }

    @Test func boundsWhatARefusalOffers() {
        AdmissionStory.tell(
            """
            cap acme/day 10000
            held acme 9000
            offer big 0 + 100
            offer small 0 + 10
            floor 200
            most 20000
            ask 200, impatient    => exceeded acme/day, 20000 of 1000, offers small 100
            most 500
            ask 5, impatient      => big 5 for 500
            """)
    }
}
