import Budgeting
import ExactMoney
import Testing

@Suite struct AnnouncementsTests {
    private let thresholds = Thresholds()

    /// The states announced of acme's day as these amounts are settled under a cap of 100.
    private func states(_ story: String, now announcements: inout Announcements) -> [BudgetState] {
        let books = BookStory.tell(story).books
        return announcements.crossings(in: books.balances.keys, of: books, thresholds).map(\.state)
    }

    @Test func announcesEachStateOnce() {
        var announcements = Announcements(Books(), thresholds)
        let cap = "cap acme/day 100 => cap\n"
        func spent(_ amount: Int) -> String {
            cap + "reserve acme \(amount) => reserved 1\nsettle 1 \(amount) => settled"
        }
        #expect(states(spent(50), now: &announcements) == [])
        #expect(states(spent(80), now: &announcements) == [.warned])
        #expect(states(spent(85), now: &announcements) == [])
        #expect(states(spent(95), now: &announcements) == [.degraded])
        #expect(states(spent(50), now: &announcements) == [], "a credit took it back")
        #expect(states(spent(95), now: &announcements) == [], "and it came again")
        #expect(states(spent(100), now: &announcements) == [.stopped])
    }

    @Test func skipsToTheStateThatIsReached() {
        var announcements = Announcements(Books(), thresholds)
        let story = """
            cap acme/day 100             => cap
            reserve acme 100             => reserved 1
            doubt 1                      => unresolved
            """
        #expect(states(story, now: &announcements) == [.stopped])
    }

    @Test func aBudgetOfAMinuteHasNoStateAndTheOthersHave() {
        var announcements = Announcements(Books(), thresholds)
        let story = """
            cap acme/minute 100          => cap
            cap acme:user1/hour 100      => cap
            reserve acme 100 user1       => reserved 1
            settle 1 100                 => settled
            """
        let books = BookStory.tell(story).books
        let crossings = announcements.crossings(in: books.balances.keys, of: books, thresholds)
        #expect(crossings.map(\.window.budget) == [BudgetID(.user(TenantID(1), UserID(1)), .hour)])
    }

    @Test func heldMoneyAnnouncesNothing() {
        var announcements = Announcements(Books(), thresholds)
        #expect(states("cap acme/day 100 => cap\nreserve acme 100 => reserved 1", now: &announcements) == [])
    }

    @Test func whatStoodAtTheStartIsNoNews() {
        let books = BookStory.tell(
            """
            cap acme/day 100             => cap
            reserve acme 90              => reserved 1
            settle 1 90                  => settled
            """
        ).books
        var announcements = Announcements(books, thresholds)
        #expect(announcements.crossings(in: books.balances.keys, of: books, thresholds).isEmpty)
    }
}
