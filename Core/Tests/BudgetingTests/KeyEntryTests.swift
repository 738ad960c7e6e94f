import Budgeting
import Simulation
import Testing

private func encode(_ event: Entry.Event) -> [UInt8] {
    Entry.encode([Entry(at: Instant(milliseconds: 1), event: event)])
}

/// What is on disk must stay readable for ever: these bytes never change.
@Suite struct KeyEntryTests {
    private static let hash = [UInt8](repeating: 0xAB, count: 32)
    private static let tail = [32] + hash + [6] + Array("bsr_ab".utf8)

    private func issue(_ rules: VirtualKey.Rules, _ end: Instant?) -> KeyIssue {
        KeyIssue(key: KeyID(2), tenant: TenantID(7), rules: rules, hash: Self.hash, prefix: "bsr_ab", endsAt: end)
    }

    @Test func audited() {
        let audit = Entry.Audit(who: "ann", action: "budget set", target: "acme", before: "5", after: "é")
        #expect(
            encode(.audited(audit)) == [0x02, 0x0E, 3] + Array("ann".utf8) + [10] + Array("budget set".utf8) + [4]
                + Array("acme".utf8) + [1, 0x35, 2, 0xC3, 0xA9])
    }

    @Test func keyIssuedWithEveryRule() {
        var rules = VirtualKey.Rules()
        rules.models = ["a/b", "c/*"]
        rules.tags = ["x=y"]
        rules.actsFor = .tenants([TenantID(8), TenantID(300)])
        rules.needsRun = true
        let head: [UInt8] = [
            2, 7, 2, 3, 0x61, 0x2F, 0x62, 3, 0x63, 0x2F, 0x2A, 1, 3, 0x78, 0x3D, 0x79, 2, 2, 8, 0xAC, 2,
        ]
        let body = head + Self.tail + [1, 0x80, 0x01]
        #expect(encode(.keyIssued(issue(rules, Instant(milliseconds: 64)))) == [0x02, 0x0F, UInt8(body.count)] + body)
    }

    @Test func keyIssuedForEveryone() {
        var rules = VirtualKey.Rules()
        rules.actsFor = .everyone
        rules.needsUser = true
        let body: [UInt8] = [2, 7, 0, 0, 5, 0] + Self.tail + [0]
        #expect(encode(.keyIssued(issue(rules, nil))) == [0x02, 0x0F, UInt8(body.count)] + body)
    }

    /// Keys of before there were limits end before them.
    @Test func keyIssuedWithLimitsToItsCalls() throws {
        var rules = VirtualKey.Rules()
        rules.callsPerMinute = 300
        let body: [UInt8] = [2, 7, 0, 0, 0, 0] + Self.tail + [0, 1, 0xAC, 2, 0]
        let bytes = encode(.keyIssued(issue(rules, nil)))
        #expect(bytes == [0x02, 0x0F, UInt8(body.count)] + body)
        #expect(try Entry.decode(bytes).map(\.event) == [.keyIssued(issue(rules, nil))])
    }

    @Test func keyRevoked() {
        #expect(encode(.keyRevoked(KeyID(2), from: Instant(milliseconds: 64))) == [0x02, 0x10, 2, 0x80, 0x01])
    }

    @Test func keyChanged() throws {
        var rules = VirtualKey.Rules()
        rules.models = ["a/b"]
        rules.needsUser = true
        let body: [UInt8] = [2, 1, 3, 0x61, 0x2F, 0x62, 0, 1, 0, 1, 0x80, 0x01]
        let change = KeyChange(key: KeyID(2), rules: rules, endsAt: Instant(milliseconds: 64))
        #expect(encode(.keyChanged(change)) == [0x02, 0x16, UInt8(body.count)] + body)
        rules.callsAtOnce = 3
        let limited = KeyChange(key: KeyID(2), rules: rules)
        let more: [UInt8] = body.dropLast(3) + [0, 0, 1, 3]
        #expect(encode(.keyChanged(limited)) == [0x02, 0x16, UInt8(more.count)] + more)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func readsBackWhatItWrote(seed: UInt64) throws {
        var chance = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let event = Self.event(&chance)
            let bytes = encode(event)
            #expect(try Entry.decode(bytes).map(\.event) == [event], "seed \(seed)")
            for length in 1..<bytes.count {
                #expect(throws: Entry.Undecodable.self, "seed \(seed)") { try Entry.decode(bytes.prefix(length)) }
            }
        }
    }

    private static func event(_ chance: inout SplitMix64) -> Entry.Event {
        func text() -> String { chance.one(of: ["", "a", "é", "feature=search", "openai/*"]) }
        let kind = chance.number(below: 4)
        switch kind {
        case 0: return .audited(.init(who: text(), action: text(), target: text(), before: text(), after: text()))
        case 1: return .keyRevoked(KeyID(.max), from: Instant(milliseconds: chance.number(below: .max)))
        default:
            var rules = VirtualKey.Rules()
            rules.models = (0..<chance.number(below: 3)).map { _ in text() }
            rules.tags = (0..<chance.number(below: 3)).map { _ in text() }
            rules.actsFor = chance.one(of: [.nobodyElse, .everyone, .tenants([TenantID(1), TenantID(.max)])])
            rules.needsUser = chance.once(in: 2)
            rules.needsRun = chance.once(in: 2)
            if chance.once(in: 2) { rules.callsPerMinute = UInt32(chance.number(below: 1_000_000)) }
            if chance.once(in: 2) { rules.callsAtOnce = UInt32(chance.number(below: 1_000_000)) }
            if kind == 2 {
                let end = chance.once(in: 2) ? nil : Instant(milliseconds: chance.number(below: .max))
                return .keyChanged(KeyChange(key: KeyID(UInt32(chance.number(below: 9))), rules: rules, endsAt: end))
            }
            return .keyIssued(
                KeyIssue(
                    key: KeyID(UInt32(chance.number(below: 9))), tenant: TenantID(3), rules: rules,
                    hash: (0..<chance.number(below: 40)).map { _ in UInt8(chance.number(below: 256)) }, prefix: text(),
                    endsAt: chance.once(in: 2) ? nil : Instant(milliseconds: chance.number(below: .max))))
        }
    }
}
