import Budgeting
import ExactMoney
import Simulation
import Testing

/// Entries of every kind and size, made from a seed. They need not make sense together.
struct EntryMaker {
    var chance: SplitMix64

    mutating func entries(_ count: Int) -> [Entry] {
        (0..<count).map { _ in Entry(at: Instant(milliseconds: signed()), event: event()) }
    }

    /// Numbers of every length, the largest and smallest among them.
    private mutating func signed() -> Int64 {
        switch chance.number(below: 16) {
        case 0: .max
        case 1: .min
        default: Int64(truncatingIfNeeded: chance.next()) >> chance.number(below: 64)
        }
    }

    private mutating func unsigned() -> UInt64 { UInt64(bitPattern: signed()) }
    private mutating func money() -> Money { Money(nanodollars: signed()) }
    private mutating func small() -> UInt32 { chance.once(in: 8) ? .max : UInt32(truncatingIfNeeded: unsigned()) }
    private mutating func period() -> Period { chance.one(of: Period.allCases) }

    private mutating func budget() -> BudgetID { BudgetID(scope(), period()) }

    private mutating func scope() -> Scope {
        switch chance.number(below: 9) {
        case 0...1: .global
        case 2...3: .tenant(TenantID(small()))
        case 4: .group(GroupID(small()))
        case 5: .key(KeyID(small()))
        case 6: .user(TenantID(small()), UserID(small()))
        case 7: .run(TenantID(small()), RunID(small()))
        default: .tag(TagID(TagName(small()), small()))
        }
    }

    private mutating func target() -> CapTarget {
        guard chance.once(in: 2) else { return .budget(budget()) }
        let tenant = chance.once(in: 2) ? nil : TenantID(small())
        let family: Family =
            switch chance.number(below: 6) {
            case 0: .tenants
            case 1: .groups
            case 2: .keys
            case 3: .users(of: tenant)
            case 4: .runs(of: tenant)
            default: .tags(TagName(small()))
            }
        return .every(family, period())
    }

    private mutating func terms() -> Terms {
        var terms = Terms(cap(), source: chance.one(of: Terms.Source.allCases))
        if chance.once(in: 2) { terms.zone = text() }
        if chance.once(in: 2) { terms.raise = .init(to: money(), until: Instant(milliseconds: signed())) }
        if chance.once(in: 2) {
            terms.running = Window(start: Instant(milliseconds: signed()), end: Instant(milliseconds: signed()))
        }
        return terms
    }

    private mutating func window() -> WindowID {
        WindowID(budget: budget(), start: Instant(milliseconds: signed()))
    }

    private mutating func cap() -> Cap {
        chance.one(of: [Cap.none, .inherited, .limit(money())])
    }

    private mutating func text() -> String {
        String(
            (0..<chance.number(below: 200)).map { _ in chance.one(of: ["a", "-", "0", "é", "世", "🧮"]) as Character })
    }

    private mutating func reading() -> KeyReading {
        KeyReading(
            key: unsigned(), usage: money(), askedAt: Instant(milliseconds: signed()),
            answeredAt: Instant(milliseconds: signed()))
    }

    private mutating func details() -> CallDetails {
        var details = CallDetails(
            call: ReservationID(unsigned()), asked: ModelID(small()), planned: ModelID(small()),
            served: ModelID(small()))
        details.isLast = chance.once(in: 2)
        details.isStream = chance.once(in: 2)
        details.endpoint = chance.one(of: CallDetails.Endpoint.allCases)
        if chance.once(in: 2) {
            details.trace = TraceContext(
                high: unsigned(), low: unsigned(), parent: unsigned(), flags: UInt8(chance.number(below: 256)))
        }
        details.key = chance.once(in: 2) ? nil : KeyID(max(1, small()))
        details.user = chance.once(in: 2) ? nil : UserID(max(1, small()))
        details.provider = chance.once(in: 2) ? nil : ProviderID(max(1, small()))
        details.run = text()
        details.tags = (0..<chance.number(below: 4)).map { _ in text() }
        details.moved = chance.one(of: CallDetails.Moved.allCases)
        details.attempts = (0..<chance.number(below: 4)).map { _ in
            let reservation = chance.once(in: 3) ? nil : ReservationID(max(1, unsigned()))
            var attempt = CallDetails.Attempt(model: ModelID(small()), reservation: reservation)
            attempt.why = text()
            attempt.status = chance.once(in: 2) ? nil : signed()
            attempt.beganMicroseconds = signed()
            attempt.tookMicroseconds = signed()
            return attempt
        }
        details.usage.cached = signed()
        details.usage.searches = chance.once(in: 2) ? 0 : signed()
        details.promptCost = chance.once(in: 2) ? nil : money()
        details.completionCost = chance.once(in: 2) ? nil : money()
        details.finishReason = text()
        details.dropped = (0..<chance.number(below: 3)).map { _ in text() }
        details.outcome = chance.one(of: CallDetails.Outcome.allCases)
        details.status = chance.once(in: 2) ? nil : signed()
        details.waitedMicroseconds = signed()
        details.firstByteMicroseconds = chance.once(in: 2) ? nil : signed()
        details.totalMicroseconds = signed()
        details.stateBefore = chance.one(of: BudgetState.allCases)
        details.stateAfter = chance.one(of: BudgetState.allCases)
        return details
    }

    private mutating func prices() -> [Entry.PriceChange.Price] {
        (0..<chance.number(below: 4)).map { _ in .init(name: text(), rate: Rate(picodollars: signed() & .max)) }
    }

    private mutating func event() -> Entry.Event {
        if chance.once(in: 9) { return .priced(ModelID(small()), .init(old: prices(), new: prices())) }
        let id = ReservationID(unsigned())
        switch chance.number(below: 13) {
        case 11: return .called(id, details())
        case 0:
            let windows = (0..<chance.number(below: 6)).map { _ in window() }
            return .reserved(
                .init(
                    id: id, tenant: TenantID(small()), model: ModelID(small()), amount: money(), windows: windows,
                    isObserved: chance.once(in: 4), usesOwnKey: chance.once(in: 4)))
        case 1: return .dispatched(id, generation: text())
        case 2:
            return .settled(
                id,
                .init(
                    cost: money(), inputTokens: signed(), outputTokens: signed(), saved: money(),
                    evidence: chance.one(of: Entry.Evidence.allCases)))
        case 3: return .released(id)
        case 4: return .unresolved(id, chance.one(of: Entry.Doubt.allCases))
        case 5: return .overrun(id, by: money())
        case 7:
            let shares = (0..<chance.number(below: 3)).map { _ in
                Entry.OutsideSpend.Share(window: window(), amount: money())
            }
            if chance.once(in: 2) {
                return .overbooked(
                    .init(
                        reading: reading(), over: money(), shares: shares,
                        rules: KeyRules(lagMilliseconds: signed(), quietMilliseconds: signed())))
            }
            return .outsideSpent(.init(reading: reading(), unexplained: money(), shares: shares))
        case 8:
            let growth = Entry.Return.Growth(
                from: reading(), to: reading(), explained: money(), rounding: money(),
                rules: KeyRules(lagMilliseconds: signed(), quietMilliseconds: signed()))
            return .returned(
                id, .init(amount: money(), proof: chance.one(of: [.growth(growth), .operatorsWord(reason: text())])))
        case 9: return .corrected(window(), money(), reason: text())
        case 6: return .credited(window(), money(), chance.one(of: Entry.Reason.allCases))
        case 10: return .budgetSet(target(), terms())
        default: return .capChanged(target(), cap())
        }
    }
}

@Suite struct EntryCodecPropertyTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func readsBackWhatItWrote(seed: UInt64) throws {
        var maker = EntryMaker(chance: SplitMix64(seed: seed))
        for count in 0..<40 {
            let entries = maker.entries(count)
            #expect(try Entry.decode(Entry.encode(entries)) == entries, "seed \(seed)")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func refusesBytesThatEndInsideAnEntry(seed: UInt64) throws {
        var maker = EntryMaker(chance: SplitMix64(seed: seed))
        for _ in 0..<50 {
            let bytes = Entry.encode(maker.entries(1))
            for length in 1..<bytes.count {
                #expect(throws: Entry.Undecodable.self, "seed \(seed), \(bytes.prefix(length))") {
                    try Entry.decode(bytes.prefix(length))
                }
            }
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func noBytesEndTheProcess(seed: UInt64) {
        var chance = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let bytes = (0..<chance.number(below: 60)).map { _ in
                chance.once(in: 3) ? UInt8(chance.number(below: 256)) : UInt8(chance.number(below: 10))
            }
            // What can be read at all is read the same again.
            guard let entries = try? Entry.decode(bytes) else { continue }
            #expect((try? Entry.decode(Entry.encode(entries))) == entries, "seed \(seed), \(bytes)")
        }
    }

    @Test(
        arguments: [
            ([0x02, 0x00, 0x01], "kind 0"), ([0x02, 0x12, 0x01], "kind 18"),
            ([0x02, 0x09, 0x01, 0x02, 0x01], "details beyond the end"),
            ([0x02, 0x05, 0x01, 0x05], "a doubt without a name"),
            ([0x02, 0x07, 0x00, 0x06, 0x00, 0x02, 0x00], "a period without a name"),
            ([0x02, 0x07, 0x01, 0x08, 0x00, 0x02, 0x00], "a tenant's budget of another scope"),
            ([0x02, 0x07, 0x00, 0x30, 0x01, 0x00, 0x02, 0x00], "a scope without a name"),
            ([0x02, 0x08, 0x03, 0x00, 0x00], "a target without a name"),
            ([0x02, 0x08, 0x02, 0x00, 0x00], "tenants the other way"),
            ([0x02, 0x11, 0x01, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00], "a source without a name"),
            ([0x02, 0x11, 0x01, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00], "a zone that is neither there nor not"),
            ([0x02, 0x07, 0x00, 0x00, 0x00, 0x02, 0x02], "a reason without a name"),
            ([0x02, 0x08, 0x01, 0x00, 0x03], "a cap without a name"),
            ([0x02, 0x04, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], "65 bits"),
            ([0x02, 0x04, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], "eleven bytes"),
            ([0x02, 0x01, 0x01, 0x80, 0x80, 0x80, 0x80, 0x10, 0x01, 0x02, 0x00], "a tenant of 33 bits"),
            ([0x02, 0x07, 0x81, 0x80, 0x80, 0x80, 0x10, 0x00, 0x00, 0x02, 0x00], "a budget's tenant of 33 bits"),
            (
                [0x02, 0x02, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x61],
                "a text beyond the end"
            ),
            ([0x02, 0x01, 0x01, 0x01, 0x01, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], "windows beyond the end"),
        ] as [([UInt8], String)])
    func refusesWhatNothingWrites(_ bytes: [UInt8], why: String) {
        #expect(throws: Entry.Undecodable.self, "\(why)") { try Entry.decode(bytes) }
    }

    @Test func readsTheLargestNumber() throws {
        let bytes: [UInt8] = [0x02, 0x04, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]
        #expect(try Entry.decode(bytes).map(\.event) == [.released(ReservationID(.max))])
    }
}
