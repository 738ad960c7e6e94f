import Budgeting
import ExactMoney
import Testing

@Suite struct ClosingTests {
    @Test func settlingPutsTheTrueCostInThePlaceOfWhatWasHeld() {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            settle 1 45           => settled
            look acme/day         => 45 + 0 + 0, 0 in flight
            look acme/month       => 45 + 0 + 0, 0 in flight
            look global/day       => 45 + 0 + 0, 0 in flight
            look global/month     => 45 + 0 + 0, 0 in flight
            """)
    }

    @Test func releasingGivesAllOfItBack() {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            release 1             => released
            look acme/day         => 0 + 0 + 0, 0 in flight
            look global/month     => 0 + 0 + 0, 0 in flight
            """)
    }

    @Test func leavingUnresolvedKeepsTheMoneyButNotTheCall() {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            doubt 1               => unresolved
            look acme/day         => 0 + 60 + 0, 0 in flight
            look global/month     => 0 + 60 + 0, 0 in flight
            """)
    }

    @Test func anUnresolvedCallIsSettledByEvidence() {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            doubt 1               => unresolved
            settle 1 20           => settled
            look acme/day         => 20 + 0 + 0, 0 in flight
            settle 1 20           => not open
            """)
    }

    @Test func anUnresolvedCallIsNotReleased() {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            doubt 1               => unresolved
            release 1             => not open
            doubt 1               => not open
            look acme/day         => 0 + 60 + 0, 0 in flight
            """)
    }

    @Test(arguments: ["settle 1 50 => settled", "release 1 => released"])
    func aCallIsClosedOnce(closing: String) {
        let story = BookStory.tell(
            """
            reserve acme 60       => reserved 1
            \(closing)
            settle 1 50           => not open
            release 1             => not open
            doubt 1               => not open
            dispatched 1 gen-1    => not open
            """)
        #expect(story.books.open.isEmpty)
    }

    @Test(arguments: ["settle 7 50", "release 7", "doubt 7", "dispatched 7 gen-7"])
    func aCallThatNeverWasIsNotOpen(closing: String) {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            \(closing)            => not open
            look acme/day         => 0 + 0 + 60, 1 in flight
            """)
    }

    @Test func aCostAboveTheReservationIsBookedInFullAndAnnounced() {
        BookStory.tell(
            """
            cap acme/day 100      => cap
            reserve acme 60       => reserved 1
            settle 1 130          => settled, overrun 70
            look acme/day         => 130 + 0 + 0, 0 in flight
            reserve acme 1        => exceeds acme/day
            """)
    }

    @Test func aCostAtTheReservationIsNoOverrun() {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            settle 1 60           => settled
            """)
    }

    @Test func aNegativeCostIsRefusedAndTheCallStaysOpen() {
        BookStory.tell(
            """
            reserve acme 60       => reserved 1
            settle 1 -1           => bad amount
            look acme/day         => 0 + 0 + 60, 1 in flight
            settle 1 10           => settled
            """)
    }

    @Test func aDispatchedCallKeepsItsGenerationUntilItIsClosed() throws {
        let story = BookStory.tell(
            """
            reserve acme 60       => reserved 1
            dispatched 1 gen-abc  => dispatched
            doubt 1               => unresolved
            look acme/day         => 0 + 60 + 0, 0 in flight
            """)
        let call = try #require(story.books.open[ReservationID(1)])
        #expect(call.generation == "gen-abc")
        #expect(call.doubt == .upstreamBroke)
        #expect(call.reservation.amount == Money(nanodollars: 60))
    }

    @Test func settledCallsAreTalliedByModelInTheTenantsMonth() throws {
        let story = BookStory.tell(
            """
            reserve acme 60       => reserved 1
            reserve acme 60       => reserved 2
            reserve beta 60       => reserved 3
            reserve acme 60       => reserved 4
            settle 1 10           => settled
            settle 2 15           => settled
            settle 3 5            => settled
            release 4             => released
            """)
        let costs = story.books.tallies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        #expect(costs.map { $0.0.window.budget.period } == [.month, .month])
        #expect(costs.map { $0.1.requests } == [2, 1])
        #expect(costs.map { $0.1.inputTokens } == [20, 10])
        #expect(costs.map { $0.1.outputTokens } == [40, 20])
        #expect(costs.map { $0.1.cost } == [MoneySum(nanodollars: 25), MoneySum(nanodollars: 5)])
    }
}
