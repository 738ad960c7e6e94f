import Testing

@testable import Upstream

@Suite struct PrefixTests {
    private static let long = String(repeating: "word ", count: 1_000)
    private static let turns = [
        #"{"role":"system","content":"\#(long)"}"#, #"{"role":"user","content":"hi"}"#,
        #"{"role":"assistant","content":"hello"}"#, #"{"role":"user","content":"more"}"#,
    ]

    private func prefixes(_ messages: [String], _ fields: String = "") throws -> [Prefix] {
        let more = fields.isEmpty ? "" : ",\(fields)"
        let body = #"{"model":"a/b","messages":[\#(messages.joined(separator: ","))]\#(more)}"#
        return try PricedRequest(Array(body.utf8), at: .chatCompletions).prefixes
    }

    @Test func aLaterTurnBeginsWithAllOfAnEarlierOne() throws {
        let earlier = try prefixes(Array(Self.turns.prefix(2)))
        let later = try prefixes(Self.turns)
        #expect(earlier.count == 2 && later.count == 4)
        #expect(later.prefix(2).map(\.hash) == earlier.map(\.hash))
        #expect(Set(later.map(\.hash)).count == 4)
        #expect(later.map(\.byteCount) == later.map(\.byteCount).sorted())
    }

    @Test func whatComesAfterIsBoundedByItsBytes() throws {
        let later = try prefixes(Self.turns)
        let rest = Self.turns[2...].map(\.utf8.count).reduce(0, +)
        #expect(later[1].restTokens >= Int64(rest))
        #expect(later[1].restTokens <= Int64(rest + 2 * 16 + 64 + 8))
        #expect(try #require(later.last).restTokens <= 64 + 8)
    }

    @Test(arguments: [
        #""tools":[{"type":"function","function":{"name":"f"}}]"#, #""response_format":{"type":"json_object"}"#,
        #""reasoning":{"effort":"high"}"#, #""anything":1"#, #""temperature":0.5"#,
    ])
    func anythingElseInTheBodyMakesItAnother(fields: String) throws {
        let plain = try prefixes(Self.turns)
        let other = try prefixes(Self.turns, fields)
        #expect(Set(plain.map(\.hash)).isDisjoint(with: other.map(\.hash)))
    }

    @Test(arguments: [
        #""stream":true"#, #""max_tokens":5"#, #""max_completion_tokens":5"#, #""user":"u""#, #""session_id":"s""#,
    ])
    func whatNoModelIsShownDoesNot(fields: String) throws {
        #expect(try prefixes(Self.turns, fields).map(\.hash) == prefixes(Self.turns).map(\.hash))
    }

    @Test func oneOtherByteMakesItAnother() throws {
        var changed = Self.turns
        changed[0] = changed[0].replacing("word word", with: "word wood", maxReplacements: 1)
        let other = try prefixes(changed)
        #expect(Set(try prefixes(Self.turns).map(\.hash)).isDisjoint(with: other.map(\.hash)))
        // The same bytes, cut differently.
        let split = [#"{"role":"system","content":"\#(Self.long)x"}"#, #"{"role":"user","content":"y"}"#]
        let joined = [#"{"role":"system","content":"\#(Self.long)"}"#, #"{"role":"user","content":"xy"}"#]
        #expect(try prefixes(split).last?.hash != prefixes(joined).last?.hash)
    }

    @Test func whereACacheIsWrittenMayMove() throws {
        let mark = #","cache_control":{"type":"ephemeral"}}"#
        var first = Array(Self.turns.prefix(2))
        first[1] = first[1].dropLast() + mark
        var later = Self.turns
        later[3] = later[3].dropLast() + mark
        let earlier = try prefixes(first)
        #expect(try prefixes(later).map(\.hash).contains(try #require(earlier.last).hash))
    }

    @Test(arguments: [
        #""plugins":[{"id":"response-healing"}]"#, #""transforms":["middle-out"]"#, #""truncation":"auto""#,
        #""context_management":{"edits":[]}"#, #""n":2"#, #""models":["a/b"]"#,
    ])
    func whatUpstreamMayChangeHasNone(fields: String) throws {
        #expect(try prefixes(Self.turns, fields).isEmpty)
    }

    @Test func shortConversationsAndPicturesHaveNone() throws {
        #expect(try prefixes(Array(Self.turns.dropFirst())).isEmpty)
        let picture = #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.com/a.png"}}]}"#
        #expect(try prefixes(Self.turns + [picture]).isEmpty)
    }
}
