import Budgeting
import Testing

/// Books in which keys come and go. Times are minutes.
private struct KeyStory {
    var books = Books()
    private var minute: Int64 = 0

    static let ci = KeyID(1)
    static let app = KeyID(2)
    static let acme = TenantID(1)
    static let beta = TenantID(2)

    func time(_ minutes: Int64) -> Instant { Instant(seconds: 1_800_000_000 + minutes * 60) }

    func issue(_ key: KeyID, _ tenant: TenantID, _ secret: UInt8, ends: Int64? = nil) -> KeyIssue {
        KeyIssue(
            key: key, tenant: tenant, rules: .init(), hash: [UInt8](repeating: secret, count: 32),
            prefix: "s\(secret)", endsAt: ends.map(time))
    }

    /// How many events came of it, or why none did.
    mutating func ask(_ command: Command, at minutes: Int64) throws -> String {
        minute = max(minute, minutes)
        switch books.decide(command, at: time(minute), zones: .utc) {
        case .failure(let refusal): return "\(refusal)"
        case .success(let events):
            for event in events { try books.apply(Entry(at: time(minute), event: event)) }
            return "\(events.count)"
        }
    }

    func good(_ key: KeyID, at minutes: Int64) -> [String] {
        (books.keys.keys[key]?.secrets ?? []).filter { $0.isGood(at: time(minutes)) }.map(\.prefix)
    }
}

@Suite struct KeyRingTests {
    @Test func aKeyIsGoodUntilItExpires() throws {
        var story = KeyStory()
        #expect(story.books.keys.isEmpty)
        #expect(try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1, ends: 60)), at: 0) == "1")
        #expect(story.good(KeyStory.ci, at: 59) == ["s1"])
        #expect(story.good(KeyStory.ci, at: 60) == [])
        #expect(!story.books.keys.isEmpty)
    }

    @Test func aRevokedKeyIsGoodNoMore() throws {
        var story = KeyStory()
        _ = try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1)), at: 0)
        #expect(try story.ask(.revokeKey(KeyStory.ci, from: story.time(5)), at: 1) == "1")
        #expect(story.good(KeyStory.ci, at: 4) == ["s1"])
        #expect(story.good(KeyStory.ci, at: 5) == [])
        #expect(try story.ask(.revokeKey(KeyStory.ci, from: story.time(9)), at: 2) == "0")
        #expect(try story.ask(.revokeKey(KeyStory.app, from: story.time(9)), at: 2).hasPrefix("noSuchKey"))
    }

    @Test func aRotationLetsTheOldSecretLiveOnForAWhile() throws {
        var story = KeyStory()
        _ = try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1)), at: 0)
        let second = story.issue(KeyStory.ci, KeyStory.acme, 2)
        #expect(try story.ask(.rotateKey(second, until: story.time(10)), at: 0) == "2")
        #expect(story.good(KeyStory.ci, at: 9) == ["s1", "s2"])
        #expect(story.good(KeyStory.ci, at: 10) == ["s2"])
        let other = story.issue(KeyStory.ci, KeyStory.beta, 3)
        #expect(try story.ask(.rotateKey(other, until: story.time(10)), at: 1).hasPrefix("noSuchKey"))
        let never = story.issue(KeyStory.app, KeyStory.acme, 3)
        #expect(try story.ask(.rotateKey(never, until: story.time(10)), at: 1).hasPrefix("noSuchKey"))
    }

    @Test func aRotationNeverLengthensALife() throws {
        var story = KeyStory()
        _ = try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1, ends: 5)), at: 0)
        _ = try story.ask(.rotateKey(story.issue(KeyStory.ci, KeyStory.acme, 2), until: story.time(60)), at: 0)
        #expect(story.good(KeyStory.ci, at: 5) == ["s2"])
    }

    @Test func aNameIsTakenWhileItsKeyIsGood() throws {
        var story = KeyStory()
        _ = try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1)), at: 0)
        let again = story.issue(KeyStory.ci, KeyStory.acme, 2)
        #expect(try story.ask(.issueKey(again), at: 0).hasPrefix("keyExists"))
        _ = try story.ask(.revokeKey(KeyStory.ci, from: story.time(0)), at: 0)
        let elsewhere = story.issue(KeyStory.ci, KeyStory.beta, 2)
        #expect(try story.ask(.issueKey(elsewhere), at: 0).hasPrefix("keyExists"))
        #expect(try story.ask(.issueKey(again), at: 0) == "1")
        #expect(story.good(KeyStory.ci, at: 0) == ["s2"])
    }

    @Test func aKeyThatEndsBeforeItBeginsIsRefused() throws {
        var story = KeyStory()
        #expect(try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1, ends: 0)), at: 0) == "badKey")
        #expect(story.books.keys.isEmpty)
    }

    @Test func aChangeKeepsTheSecretsAndTakesOtherRules() throws {
        var story = KeyStory()
        _ = try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1, ends: 90)), at: 0)
        var rules = VirtualKey.Rules()
        rules.models = ["openai/*"]
        rules.callsPerMinute = 60
        let change = KeyChange(key: KeyStory.ci, rules: rules, endsAt: story.time(40))
        #expect(try story.ask(.changeKey(change), at: 1) == "1")
        #expect(try story.ask(.changeKey(change), at: 2) == "0", "it holds already")
        #expect(story.books.keys.keys[KeyStory.ci]?.rules == rules)
        #expect(story.good(KeyStory.ci, at: 39) == ["s1"])
        #expect(story.good(KeyStory.ci, at: 40) == [])
        #expect(try story.ask(.changeKey(KeyChange(key: KeyStory.ci, rules: rules)), at: 3) == "1")
        #expect(story.good(KeyStory.ci, at: 1_000) == ["s1"])
        #expect(try Books.decode(story.books.encode()) == story.books)
    }

    @Test func aChangeOfTheEndLengthensNoSecretThatWasReplaced() throws {
        var story = KeyStory()
        _ = try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1)), at: 0)
        _ = try story.ask(.rotateKey(story.issue(KeyStory.ci, KeyStory.acme, 2), until: story.time(30)), at: 1)
        _ = try story.ask(.changeKey(KeyChange(key: KeyStory.ci, rules: .init(), endsAt: story.time(60))), at: 2)
        #expect(story.good(KeyStory.ci, at: 29) == ["s1", "s2"])
        #expect(story.good(KeyStory.ci, at: 30) == ["s2"])
        _ = try story.ask(.changeKey(KeyChange(key: KeyStory.ci, rules: .init(), endsAt: story.time(20))), at: 3)
        #expect(story.good(KeyStory.ci, at: 20) == [], "those before it end with it")
    }

    /// The command was made of what somebody read a moment ago.
    @Test func aRotationKeepsTheRulesThatHoldWhenItIsMade() throws {
        var story = KeyStory()
        _ = try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1)), at: 0)
        var rules = VirtualKey.Rules()
        rules.needsUser = true
        _ = try story.ask(.changeKey(KeyChange(key: KeyStory.ci, rules: rules)), at: 1)
        _ = try story.ask(.rotateKey(story.issue(KeyStory.ci, KeyStory.acme, 2), until: story.time(9)), at: 2)
        #expect(story.books.keys.keys[KeyStory.ci]?.rules == rules)
    }

    @Test func whatHasEndedIsNotChanged() throws {
        var story = KeyStory()
        let change = KeyChange(key: KeyStory.ci, rules: .init(), endsAt: story.time(60))
        #expect(try story.ask(.changeKey(change), at: 0).hasPrefix("noSuchKey"))
        _ = try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1)), at: 0)
        let past = KeyChange(key: KeyStory.ci, rules: .init(), endsAt: story.time(0))
        #expect(try story.ask(.changeKey(past), at: 1) == "badKey")
        _ = try story.ask(.revokeKey(KeyStory.ci, from: story.time(1)), at: 1)
        #expect(try story.ask(.changeKey(change), at: 2).hasPrefix("keyEnded"))
        #expect(story.good(KeyStory.ci, at: 2) == [])
    }

    @Test func brokenEntriesAreRefused() throws {
        var story = KeyStory()
        let issue = story.issue(KeyStory.ci, KeyStory.acme, 1)
        _ = try story.ask(.issueKey(issue), at: 0)
        let short = KeyIssue(key: KeyStory.app, tenant: KeyStory.acme, rules: .init(), hash: [1], prefix: "")
        let moved = story.issue(KeyStory.ci, KeyStory.beta, 2)
        let events: [Entry.Event] = [
            .keyIssued(issue), .keyIssued(short), .keyIssued(moved), .keyRevoked(KeyStory.app, from: story.time(1)),
            .keyChanged(KeyChange(key: KeyStory.app, rules: .init())),
            .keyChanged(KeyChange(key: KeyStory.ci, rules: .init(), endsAt: story.time(1))),
        ]
        let before = story.books
        for event in events {
            #expect(throws: BrokenEntry.self) { try story.books.apply(Entry(at: story.time(1), event: event)) }
            #expect(story.books == before)
        }
    }

    @Test func aSnapshotHoldsThem() throws {
        var story = KeyStory()
        var rules = VirtualKey.Rules()
        rules.models = ["openai/*"]
        rules.actsFor = .everyone
        let first = KeyIssue(
            key: KeyStory.app, tenant: KeyStory.beta, rules: rules, hash: [UInt8](repeating: 9, count: 32), prefix: "x")
        _ = try story.ask(.issueKey(first), at: 0)
        _ = try story.ask(.issueKey(story.issue(KeyStory.ci, KeyStory.acme, 1, ends: 50)), at: 1)
        _ = try story.ask(.rotateKey(story.issue(KeyStory.ci, KeyStory.acme, 2), until: story.time(9)), at: 2)
        let bytes = story.books.encode()
        #expect(try Books.decode(bytes) == story.books)
        #expect(try Books.decode(bytes).encode() == bytes)
    }
}
