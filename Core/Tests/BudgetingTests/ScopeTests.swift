import Budgeting
import ExactMoney
import Testing

@Suite struct ScopeTests {
    @Test func aCallFitsEveryBudgetOverItOrNone() {
        BookStory.tell(
            """
            cap acme:user1/day 100       => cap
            cap tag1=2/week 150          => cap
            cap group1/hour 180          => cap
            cap key1/minute 190          => cap
            cap acme:run1/total 195      => cap
            reserve acme 101 user1       => exceeds acme:user1/day
            reserve acme 100 user1 tag1=2 group1 key1 run1 => reserved 1
            reserve beta 51 tag1=2       => exceeds tag1=2/week
            reserve beta 50 tag1=2       => reserved 2
            reserve beta 81 group1       => exceeds group1/hour
            reserve beta 91 key1         => exceeds key1/minute
            reserve acme 96 run1         => exceeds acme:run1/total
            look acme/day                => 0 + 0 + 100, 1 in flight
            look tag1=2/week             => 0 + 0 + 150, 2 in flight
            look acme:run1/total         => 0 + 0 + 100, 1 in flight
            """)
    }

    @Test func usersAndRunsOfOneNameButOfTwoTenantsHaveNothingToDoWithEachOther() {
        BookStory.tell(
            """
            cap users/day 100            => cap
            cap runs/total 100           => cap
            reserve acme 100 user1 run1  => reserved 1
            reserve beta 100 user1 run1  => reserved 2
            reserve acme 1 user1         => exceeds acme:user1/day
            reserve acme 1 user2 run1    => exceeds acme:run1/total
            """)
    }

    @Test func everyValueHasABudgetOfItsOwn() {
        BookStory.tell(
            """
            cap tags1/day 100            => cap
            cap keys/hour 100            => cap
            cap groups/month 100         => cap
            reserve acme 100 tag1=2 key1 group1 => reserved 1
            reserve acme 100 tag1=3 key2 group2 => reserved 2
            reserve acme 1 tag1=3        => exceeds tag1=3/day
            reserve acme 1 key2          => exceeds key2/hour
            reserve acme 1 group1        => exceeds group1/month
            reserve acme 100 tag4=5 key3 group3 => reserved 3
            look tag4=5/day              => 0 + 0 + 0, 0 in flight
            """)
    }

    @Test func anOwnBudgetComesBeforeTheTenantsAndThatBeforeTheOneOfAll() {
        BookStory.tell(
            """
            cap users/day 10             => cap
            cap acme:users/day 20        => cap
            cap acme:user1/day 30        => cap
            reserve acme 31 user1        => exceeds acme:user1/day
            reserve acme 30 user1        => reserved 1
            reserve acme 21 user2        => exceeds acme:user2/day
            reserve acme 20 user2        => reserved 2
            reserve beta 11 user1        => exceeds beta:user1/day
            cap acme:user1/day none      => cap
            reserve acme 1000 user1      => reserved 3
            cap acme:user1/day inherited => cap
            reserve acme 1 user1         => exceeds acme:user1/day
            """)
    }

    @Test func aCallThatSaysNothingOfItselfStandsUnderItsTenantOnly() {
        let story = BookStory.tell(
            """
            cap users/day 1              => cap
            cap runs/total 1             => cap
            cap tags1/day 1              => cap
            reserve acme 100             => reserved 1
            """)
        #expect(story.books.open.values.first?.reservation.windows.count == 4)
    }

    @Test func aBudgetCountsFromWhenItIsSet() {
        BookStory.tell(
            """
            reserve acme 100 user1       => reserved 1
            cap users/day 50             => cap
            reserve acme 50 user1        => reserved 2
            settle 1 100                 => settled
            look acme:user1/day          => 0 + 0 + 50, 1 in flight
            """)
    }

    @Test func aBudgetThatEndedIsInNobodysWay() {
        BookStory.tell(
            """
            cap acme/hour 10             => cap
            reserve acme 11              => exceeds acme/hour
            cap acme/hour inherited      => cap
            reserve acme 11              => reserved 1
            """)
    }

    @Test func theReachIsWhatThereAreBudgetsFor() {
        let story = BookStory.tell(
            """
            cap all/day 5                => cap
            cap global/month 5           => cap
            """)
        #expect(!story.books.reach.isBeyondTenants)
        for kind in Reach.Kind.allCases { #expect(story.books.reach.periods(kind) == []) }
        let more = BookStory.tell(
            """
            cap all/hour 5               => cap
            cap acme:user1/day 5         => cap
            cap users/week 5             => cap
            cap acme:user1/day inherited => cap
            """)
        #expect(more.books.reach.isBeyondTenants)
        #expect(more.books.reach.periods(.user) == [.week])
        #expect(more.books.reach.periods(.tenant) == [.hour])
    }
}

@Suite struct NarrowWindowTests {
    @Test func minutesHoursAndWeeksStartAnew() {
        BookStory.tell(
            """
            at 2026-06-14 23:58
            cap acme/minute 10           => cap
            cap acme/hour 15             => cap
            cap acme/week 20             => cap
            reserve acme 10              => reserved 1
            reserve acme 1               => exceeds acme/minute
            at 2026-06-14 23:59
            reserve acme 6               => exceeds acme/hour
            reserve acme 5               => reserved 2
            at 2026-06-15 00:00
            look acme/week               => 0 + 0 + 0, 0 in flight
            reserve acme 10              => reserved 3
            at 2026-06-21 23:00
            reserve acme 10              => reserved 4
            at 2026-06-21 23:30
            reserve acme 1               => exceeds acme/week
            at 2026-06-22 00:00
            reserve acme 1               => reserved 5
            """)
    }

    @Test func totalNeverStartsAnew() {
        BookStory.tell(
            """
            cap acme:run1/total 10       => cap
            reserve acme 10 run1         => reserved 1
            settle 1 10                  => settled
            at 2036-06-15 00:00
            reserve acme 1 run1          => exceeds acme:run1/total
            credit acme:run1/total 4     => credited 4
            reserve acme 4 run1          => reserved 2
            """)
    }

    /// What nobody reports on goes at once, what has no end never, and neither a window that is open nor one of now.
    @Test func windowsThatAreOverAreForgotten() {
        let story = BookStory.tell(
            """
            cap acme/minute 100          => cap
            cap acme/hour 100            => cap
            cap users/day 100            => cap
            cap runs/total 100           => cap
            reserve acme 10 user1 run1   => reserved 1
            settle 1 10                  => settled
            reserve acme 5 user2         => reserved 2
            at 2026-06-18 12:00
            reserve acme 10 user1        => reserved 3
            """)
        var books = story.books
        let before = Set(books.balances.keys.map(\.budget))
        books.forgetWindows(endedBefore: Instant(milliseconds: 0))
        let kept = Set(books.balances.keys.map(\.budget))
        #expect(before.count == kept.count)
        #expect(books.balances.count == story.books.balances.count - 1)  // the first user's day
    }
}
