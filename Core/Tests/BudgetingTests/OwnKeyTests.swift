import Budgeting
import ExactMoney
import Testing

/// Calls on a tenant's own upstream key: budgets hold for them, and what the gateway's key has used says nothing of them.
@Suite struct OwnKeyTests {
    private static let start = Instant(seconds: 1_795_000_000)

    private struct World {
        var books = Books()
        var now = OwnKeyTests.start

        @discardableResult
        mutating func ask(_ command: Command) throws -> [Entry.Event] {
            let events = try books.decide(command, at: now, zones: .utc).get()
            for event in events {
                let entry = Entry(at: now, event: event)
                #expect(try Entry.decode(Entry.encode([entry])) == [entry])
                try books.apply(entry)
            }
            #expect(try Books.decode(books.encode()) == books)
            return events
        }

        mutating func reserve(_ amount: Int64, ownKey: Bool) throws -> ReservationID {
            var scopes = CallScopes(TenantID(1))
            scopes.usesOwnKey = ownKey
            try ask(.reserve(scopes, model: ModelID(1), amount: Money(nanodollars: amount)))
            return books.lastReservation
        }

        mutating func read(_ usage: Int64) throws -> Entry.OutsideSpend? {
            let reading = KeyReading(key: 1, usage: Money(nanodollars: usage), askedAt: now, answeredAt: now)
            guard case .outsideSpent(let spend)? = try ask(.readKey(reading, nil)).first else { return nil }
            return spend
        }

        mutating func pass(seconds: Int64) { now = Instant(milliseconds: now.milliseconds + seconds * 1000) }
    }

    private func settlement(_ cost: Int64) -> Entry.Settlement {
        .init(cost: Money(nanodollars: cost), inputTokens: 1, outputTokens: 1, evidence: .provider)
    }

    @Test func itsCostExplainsNothingOfTheGatewaysKey() throws {
        var world = World()
        _ = try world.read(0)
        let id = try world.reserve(9_000, ownKey: true)
        world.pass(seconds: 60)
        #expect(try world.read(5_000)?.unexplained == Money(nanodollars: 4_998), "what it holds explains nothing")
        try world.ask(.settle(id, settlement(9_000)))
        world.pass(seconds: 60)
        #expect(try world.read(5_000)?.shares.isEmpty == false, "what it cost neither")
        #expect(
            world.books.balance(of: BudgetID(.tenant(TenantID(1)), .day), at: world.now, zones: .utc).settled
                == MoneySum(Money(nanodollars: 9_000)))
    }

    @Test(arguments: [false, true])
    func theGatewaysKeyGivesNothingBackOfIt(ownKey: Bool) throws {
        var world = World()
        _ = try world.read(0)
        world.pass(seconds: 60)
        let id = try world.reserve(9_000, ownKey: ownKey)
        try world.ask(.leaveUnresolved(id, .upstreamBroke))
        // Another call in doubt on the gateway's key, so that its readings are entries.
        let other = try world.reserve(1, ownKey: false)
        try world.ask(.leaveUnresolved(other, .upstreamBroke))
        world.pass(seconds: 1_000)
        _ = try world.read(0)
        let events = try world.ask(.giveBack(id, KeyRules()))
        #expect(events.isEmpty == ownKey, "a key that did not grow proves something of its own calls only")
    }

    @Test(arguments: [false, true])
    func isNotAmongTheCallsThatTheGatewaysKeyTellsOfTogether(ownKey: Bool) throws {
        var world = World()
        _ = try world.read(0)
        #expect(try world.ask(.giveBackOverbooked(KeyRules())).count == 1, "counting begins")
        world.pass(seconds: 60)
        let id = try world.reserve(90_000_000, ownKey: ownKey)
        let assumed = Entry.Settlement(
            cost: Money(nanodollars: 90_000_000), inputTokens: 0, outputTokens: 0, evidence: .assumed)
        try world.ask(.leaveUnresolved(id, .upstreamBroke))
        try world.ask(.settle(id, assumed))
        world.pass(seconds: 1_000)
        _ = try world.read(1)
        #expect(try world.ask(.giveBackOverbooked(KeyRules())).isEmpty == ownKey)
    }

    @Test func aReturnByTheGatewaysKeyIsNoEntryThatCanFollow() throws {
        func returned(ownKey: Bool) throws {
            var world = World()
            _ = try world.read(0)
            world.pass(seconds: 60)
            let id = try world.reserve(9_000, ownKey: false)
            try world.ask(.leaveUnresolved(id, .upstreamBroke))
            world.pass(seconds: 1_000)
            _ = try world.read(0)
            let event = try #require(
                try world.books.decide(.giveBack(id, KeyRules()), at: world.now, zones: .utc).get().first)
            // The same, of books in which the call went out on the other key.
            var other = World()
            _ = try other.read(0)
            other.pass(seconds: 60)
            let otherID = try other.reserve(9_000, ownKey: ownKey)
            try other.ask(.leaveUnresolved(otherID, .upstreamBroke))
            let waits = try other.reserve(0, ownKey: false)
            try other.ask(.leaveUnresolved(waits, .upstreamBroke))
            other.pass(seconds: 1_000)
            _ = try other.read(0)
            try other.books.apply(Entry(at: other.now, event: event))
        }
        try returned(ownKey: false)
        #expect(throws: BrokenEntry.self) { try returned(ownKey: true) }
    }

    @Test(arguments: [(false, UInt8(19)), (true, UInt8(20))])
    func standsInTheLogAsAKindOfItsOwn(isObserved: Bool, kind: UInt8) throws {
        let reservation = Entry.Reservation(
            id: ReservationID(3), tenant: TenantID(1), model: ModelID(2), amount: Money(nanodollars: 1), windows: [],
            isObserved: isObserved, usesOwnKey: true)
        let bytes = Entry.encode([Entry(at: Instant(milliseconds: 1), event: .reserved(reservation))])
        #expect(bytes == [0x02, kind, 3, 1, 2, 2, 0])
        #expect(try Entry.decode(bytes).map(\.event) == [.reserved(reservation)])
    }
}
