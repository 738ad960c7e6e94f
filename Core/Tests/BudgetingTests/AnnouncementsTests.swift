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
        #expect(states(spent(49), now: &announcements) == [])
        #expect(states(spent(80), now: &announcements) == [.warned])
        #expect(states(spent(85), now: &announcements) == [])
        #expect(states(spent(95), now: &announcements) == [.degraded])
        #expect(states(spent(49), now: &announcements) == [], "a credit took it back")
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

    /// What acme's day of 100 has newly reached, amount by amount: the state where it is new, and the share.
    @Test(
        arguments: [
            (
                [5_000, 8_000, 9_000, 10_000], [49, 50, 79, 80, 95, 100],
                ["", "5000", "", "warned 8000", "degraded 9000", "stopped 10000"]
            ),
            ([], [50, 85, 100], ["", "warned 0", "stopped 10000"]),
            ([8_500], [80, 85, 90], ["warned 0", "8500", "degraded 0"]),
            ([1_000, 2_000, 3_000], [35, 15, 35, 81], ["3000", "", "", "warned 0"]),
            ([5_000], [100, 100], ["stopped 10000", ""]),
        ] as [([Int64], [Int], [String])])
    func announcesTheHighestShareThatIsNew(_ shares: [Int64], _ amounts: [Int], _ expected: [String]) {
        let plan = AlertPlan(AlertLevels(shares))
        var announcements = Announcements(Books(), thresholds, plan)
        let told = amounts.map { amount -> String in
            let story = "cap acme/day 100 => cap\nreserve acme \(amount) => reserved 1\nsettle 1 \(amount) => settled"
            let books = BookStory.tell(story).books
            return announcements.crossings(in: books.balances.keys, of: books, thresholds, plan).map { crossing in
                crossing.isNewState ? "\(crossing.state.name) \(crossing.level)" : "\(crossing.level)"
            }.joined(separator: " and ")
        }
        #expect(told == expected)
    }

    /// Where nobody asks for other shares, each state is told wherever it begins.
    @Test func statesAreToldWhereTheyBegin() {
        let thresholds = Thresholds(warnAt: 7_000, degradeAt: 9_500)
        var announcements = Announcements(Books(), thresholds)
        let told = [50, 70, 80, 90, 95].map { amount -> String in
            let story = "cap acme/day 100 => cap\nreserve acme \(amount) => reserved 1\nsettle 1 \(amount) => settled"
            let books = BookStory.tell(story).books
            return announcements.crossings(in: books.balances.keys, of: books, thresholds).map { crossing in
                crossing.isNewState ? "\(crossing.state.name) \(crossing.level)" : "\(crossing.level)"
            }.joined(separator: " and ")
        }
        #expect(told == ["5000", "warned 7000", "8000", "9000", "degraded 9500"])
    }

    @Test func aTenantHasLevelsOfItsOwn() {
        let story = """
            cap acme/day 100             => cap
            cap acme:user1/day 100       => cap
            reserve acme 60 user1        => reserved 1
            settle 1 60                  => settled
            """
        let books = BookStory.tell(story).books
        let plan = AlertPlan(.standard, tenants: [TenantID(1): AlertLevels([6_000])])
        var announcements = Announcements(Books(), thresholds, plan)
        let levels = announcements.crossings(in: books.balances.keys, of: books, thresholds, plan).map(\.level)
        #expect(levels == [6_000, 6_000])
    }

    @Test func aCapOfZeroIsStoppedAndNobodyIsTold() {
        let story = """
            cap acme/day 0               => cap
            reserve acme 0               => reserved 1
            settle 1 0                   => settled
            """
        let books = BookStory.tell(story).books
        var announcements = Announcements(Books(), thresholds)
        let found = announcements.crossings(in: books.balances.keys, of: books, thresholds)
        #expect(found.map(\.state) == [.stopped] && found.map(\.level) == [0])
    }

    @Test func whatStandsIsFoundAgainThoughItWasAnnounced() {
        let story = "cap acme/day 100 => cap\nreserve acme 85 => reserved 1\nsettle 1 85 => settled"
        let books = BookStory.tell(story).books
        let standing = Announcements.standing(in: books.balances.keys, of: books, thresholds, AlertPlan())
        #expect(standing.map(\.level) == [8_000] && standing.map(\.isNewState) == [true])
    }
}
