import Budgeting
import ExactMoney
import Testing

private let acmeDay = BudgetID(.tenant(TenantID(7)), .day)
private let globalMonth = BudgetID(.global, .month)

private func encode(_ events: Entry.Event...) -> [UInt8] {
    Entry.encode(events.map { Entry(at: Instant(milliseconds: 1), event: $0) })
}

/// What is on disk must stay readable for ever: these bytes never change. New kinds and fields get new lines.
@Suite struct EntryGoldenBytesTests {
    @Test func reserved() {
        let reservation = Entry.Reservation(
            id: ReservationID(300), tenant: TenantID(7), model: ModelID(9), amount: Money(nanodollars: 1_000),
            windows: [
                WindowID(budget: acmeDay, start: Instant(milliseconds: -1)),
                WindowID(budget: globalMonth, start: Instant(milliseconds: 64)),
            ])
        let head: [UInt8] = [0x02, 0x01, 0xAC, 0x02, 0x07, 0x09, 0xD0, 0x0F]
        #expect(encode(.reserved(reservation)) == head + [0x02, 0x08, 0x00, 0x01, 0x00, 0x01, 0x80, 0x01])
    }

    @Test func dispatched() {
        let bytes: [UInt8] = [0x02, 0x02, 0x01, 0x03, 0x67, 0xC3, 0xA9]
        #expect(encode(.dispatched(ReservationID(1), generation: "gé")) == bytes)
    }

    @Test func settled() {
        let settlement = Entry.Settlement(
            cost: Money(nanodollars: 5), inputTokens: 200, outputTokens: 3, saved: Money(nanodollars: 2),
            evidence: .rates)
        let bytes: [UInt8] = [0x02, 0x03, 0x01, 0x0A, 0x90, 0x03, 0x06, 0x04, 0x01]
        #expect(encode(.settled(ReservationID(1), settlement)) == bytes)
    }

    @Test func released() {
        #expect(encode(.released(ReservationID(1))) == [0x02, 0x04, 0x01])
    }

    @Test(arguments: zip(Entry.Doubt.allCases, [0, 1, 2, 3] as [UInt8]))
    func unresolved(doubt: Entry.Doubt, code: UInt8) {
        #expect(encode(.unresolved(ReservationID(1), doubt)) == [0x02, 0x05, 0x01, code])
    }

    @Test func overrun() {
        #expect(encode(.overrun(ReservationID(1), by: Money(nanodollars: 64))) == [0x02, 0x06, 0x01, 0x80, 0x01])
    }

    @Test(arguments: zip(Entry.Reason.allCases, [0, 1] as [UInt8]))
    func credited(reason: Entry.Reason, code: UInt8) {
        let window = WindowID(budget: BudgetID(.global, .day), start: Instant(milliseconds: 0))
        let bytes: [UInt8] = [0x02, 0x07, 0x00, 0x00, 0x00, 0x02, code]
        #expect(encode(.credited(window, Money(nanodollars: 1), reason)) == bytes)
    }

    @Test func capChanged() {
        let limit = Cap.limit(Money(nanodollars: 1))
        #expect(encode(.capChanged(.budget(acmeDay), Cap.none)) == [0x02, 0x08, 0x00, 0x08, 0x00, 0x00])
        #expect(encode(.capChanged(.budget(globalMonth), limit)) == [0x02, 0x08, 0x00, 0x00, 0x01, 0x01, 0x02])
        #expect(encode(.capChanged(.everyTenant(.day), .inherited)) == [0x02, 0x08, 0x01, 0x00, 0x02])
    }

    private static let reading = KeyReading(
        key: 300, usage: Money(nanodollars: 1_000), askedAt: Instant(milliseconds: 1),
        answeredAt: Instant(milliseconds: 2))
    private static let readingBytes: [UInt8] = [0xAC, 0x02, 0xD0, 0x0F, 0x02, 0x04]

    @Test func outsideSpent() {
        let window = WindowID(budget: BudgetID(.global, .day), start: Instant(milliseconds: 0))
        let spend = Entry.OutsideSpend(
            reading: Self.reading, unexplained: Money(nanodollars: 3),
            shares: [.init(window: window, amount: Money(nanodollars: 2))])
        #expect(
            encode(.outsideSpent(spend)) == [0x02, 0x0A] + Self.readingBytes + [0x06, 0x01, 0x00, 0x00, 0x00, 0x04])
        #expect(
            encode(.outsideSpent(.init(reading: Self.reading))) == [0x02, 0x0A] + Self.readingBytes + [0x00, 0x00])
    }

    @Test func returned() {
        let growth = Entry.Return.Growth(
            from: Self.reading, to: Self.reading, explained: Money(nanodollars: 1), rounding: Money(nanodollars: 2),
            rules: KeyRules(lagMilliseconds: 3, quietMilliseconds: 4))
        let five = Money(nanodollars: 5)
        #expect(
            encode(.returned(ReservationID(1), .init(amount: five, proof: .growth(growth))))
                == [0x02, 0x0B, 0x01, 0x0A, 0x00] + Self.readingBytes + Self.readingBytes + [0x02, 0x04, 0x06, 0x08])
        #expect(
            encode(.returned(ReservationID(1), .init(amount: five, proof: .operatorsWord(reason: "ab"))))
                == [0x02, 0x0B, 0x01, 0x0A, 0x01, 0x02, 0x61, 0x62])
    }

    @Test func corrected() {
        let window = WindowID(budget: BudgetID(.global, .day), start: Instant(milliseconds: 0))
        #expect(
            encode(.corrected(window, Money(nanodollars: -1), reason: "a"))
                == [0x02, 0x0C, 0x00, 0x00, 0x00, 0x01, 0x01, 0x61])
    }

    @Test func called() throws {
        var details = CallDetails(call: ReservationID(1), asked: ModelID(9), planned: ModelID(9), served: ModelID(8))
        let least = encode(.called(ReservationID(2), details))
        let none: [UInt8] = [0x00, 0x00, 0x00, 0x00]
        #expect(
            least == [0x02, 0x09, 0x02, 0x16, 0x01, 0x01, 0x00] + none + [0x09, 0x09, 0x08, 0x00, 0x00, 0x00, 0x00]
                + [0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00])
        details.isStream = true
        details.trace = TraceContext(high: 0x0102, low: 3, parent: 4, flags: 1)
        details.user = UserID(5)
        details.run = "r"
        details.tags = ["a=b"]
        details.moved = .failure
        details.provider = ProviderID(6)
        var failed = CallDetails.Attempt(model: ModelID(9), reservation: ReservationID(1))
        failed.why = "w"
        failed.status = 1
        details.attempts = [failed]
        details.usage.reasoning = 2
        details.promptCost = Money(nanodollars: 1)
        details.finishReason = "s"
        details.outcome = .answered
        details.firstByteMicroseconds = 1
        details.totalMicroseconds = 2
        details.stateAfter = .warned
        let head: [UInt8] = [0x02, 0x09, 0x02, 0x42, 0x01, 0x0F, 0x00, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 3]
        let who: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 4, 1, 0x00, 0x05, 0x01, 0x72, 0x01, 0x03, 0x61, 0x3D, 0x62]
        let which: [UInt8] = [0x09, 0x09, 0x08, 0x02, 0x06, 0x01, 0x09, 0x01, 0x01, 0x77, 0x01, 0x02, 0x00, 0x00]
        let how: [UInt8] = [0x03, 0x00, 0x00, 0x04, 0x02, 0x01, 0x73, 0x00, 0x00, 0x00, 0x01, 0x02, 0x04, 0x00, 0x01]
        #expect(encode(.called(ReservationID(2), details)) == head + who + which + how)
        #expect(try Entry.decode(head + who + which + how).map(\.event) == [.called(ReservationID(2), details)])
    }

    @Test func capChangedOfAFamily() {
        func bytes(_ family: Family, _ period: Period) -> [UInt8] {
            encode(.capChanged(.every(family, period), Cap.none))
        }
        #expect(bytes(.groups, .week) == [0x02, 0x08, 0x02, 0x0C, 0x00])
        #expect(bytes(.keys, .minute) == [0x02, 0x08, 0x02, 0x12, 0x00])
        #expect(bytes(.users(of: nil), .day) == [0x02, 0x08, 0x02, 0x18, 0x00, 0x00])
        #expect(bytes(.users(of: TenantID(7)), .hour) == [0x02, 0x08, 0x02, 0x1B, 0x08, 0x00])
        #expect(bytes(.runs(of: nil), .total) == [0x02, 0x08, 0x02, 0x25, 0x00, 0x00])
        #expect(bytes(.tags(TagName(9)), .month) == [0x02, 0x08, 0x02, 0x29, 0x09, 0x00])
    }

    @Test(
        arguments: [
            (.group(GroupID(7)), .week, [0x00, 0x0C, 0x07]), (.key(KeyID(7)), .minute, [0x00, 0x12, 0x07]),
            (.user(TenantID(7), UserID(8)), .day, [0x00, 0x18, 0x07, 0x08]),
            (.run(TenantID(7), RunID(8)), .total, [0x00, 0x25, 0x07, 0x08]),
            (.tag(TagID(TagName(7), 8)), .hour, [0x00, 0x2B, 0x07, 0x08]),
            (.tenant(TenantID(7)), .hour, [0x08, 0x03]), (.global, .total, [0x00, 0x05]),
        ] as [(Scope, Period, [UInt8])])
    func windowsOfEveryScope(scope: Scope, period: Period, bytes: [UInt8]) {
        let window = WindowID(budget: BudgetID(scope, period), start: Instant(milliseconds: 1))
        let credit = Entry.Event.credited(window, Money(nanodollars: 1), .credit)
        #expect(encode(credit) == [0x02, 0x07] + bytes + [0x02, 0x02, 0x01])
    }

    @Test func budgetSet() {
        #expect(
            encode(.budgetSet(.everyTenant(.day), Terms())) == [0x02, 0x11, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00])
        var terms = Terms(.limit(Money(nanodollars: 1)), zone: "é", source: .operations)
        terms.raise = .init(to: Money(nanodollars: 2), until: Instant(milliseconds: 64))
        terms.running = Window(start: Instant(milliseconds: -1), end: Instant(milliseconds: 1))
        let bytes: [UInt8] = [
            0x02, 0x11, 0x00, 0x08, 0x00, 0x01, 0x02, 0x01, 0x02, 0xC3, 0xA9, 0x01, 0x04, 0x80, 0x01, 0x01, 0x01, 0x01,
            0x02,
        ]
        #expect(encode(.budgetSet(.budget(acmeDay), terms)) == bytes)
    }

    @Test func priced() {
        let change = Entry.PriceChange(
            old: [], new: [.init(name: "prompt", rate: Rate(picodollars: 300)), .init(name: "é", rate: .zero)])
        let bytes: [UInt8] = [0x02, 0x0D, 0x09, 0x00, 0x02, 0x06] + Array("prompt".utf8)
        #expect(encode(.priced(ModelID(9), change)) == bytes + [0xAC, 0x02, 0x02, 0xC3, 0xA9, 0x00])
    }

    @Test func timesAreDifferences() {
        let entries = [1, 3, 3, 2].map {
            Entry(at: Instant(milliseconds: $0), event: .released(ReservationID(1)))
        }
        #expect(
            Entry.encode(entries) == [0x02, 0x04, 0x01, 0x04, 0x04, 0x01, 0x00, 0x04, 0x01, 0x01, 0x04, 0x01])
        #expect(Entry.encode([Entry]()) == [])
    }

    @Test func everyKindHasItsNumber() {
        #expect(Entry.Evidence.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
        #expect(CallDetails.Endpoint.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
        #expect(CallDetails.Moved.allCases.map(\.rawValue) == [0, 1, 2])
        #expect(CallDetails.Outcome.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5])
        #expect(Period.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5])
        #expect(Terms.Source.allCases.map(\.rawValue) == [0, 1])
    }
}
