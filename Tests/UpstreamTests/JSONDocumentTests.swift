import Testing

@testable import Upstream

/// RFC 8259 case by case, in the spirit of https://github.com/nst/JSONTestSuite
@Suite struct JSONDocumentTests {
    private func failure(_ text: String) -> JSONDocument.Failure? { failure(Array(text.utf8)) }

    private func failure(_ bytes: [UInt8]) -> JSONDocument.Failure? {
        do {
            _ = try JSONDocument(bytes)
            return nil
        } catch {
            return error
        }
    }

    private func isInvalid(_ failure: JSONDocument.Failure?) -> Bool {
        if case .invalid = failure { true } else { false }
    }

    @Test(arguments: [
        "0", "-0", "1", "-1", "10", "1.0", "1.05e3", "1E5", "1e+5", "1e-5", "0.1", "0e0", "-0.0E-0", "1e400",
        "123456789012345678901234567890", "0.1234567890123456789012345", "null", "true", "false", "\"\"", "[]", "{}",
        " \t\r\n[ \t\r\n] ", "[1,2]", "[[],[{}]]", #"{"a":1,"b":2}"#, #"{"":0}"#, #"{"a":{"a":1}}"#,
        #"[{"a":1},{"a":1}]"#,
        #""\"\\\/\b\f\n\r\t""#, #""\u0041\u00e9\u20ac""#, #""\uD834\uDD1E""#, #""\uDFAA""#, #""\uD800""#,
        #""\uD800\n""#, #""\uD800\uD800""#, "\"\u{7F}\"", "\"\u{2028}\"", "\"é€😀\"", "\"\u{FFFF}\"", "\"\u{10FFFF}\"",
        #"{"é":1,"\u0065\u0301":2}"#,
    ])
    func takes(_ text: String) {
        #expect(failure(text) == nil)
    }

    @Test(arguments: [
        "", " ", "-", "+1", "01", "-01", "00", "1.", ".1", "1.e1", "1e", "1e+", "1e1.5", "0x10", "1_000", "NaN",
        "Infinity",
        "-Infinity", "1 2", "1a", "--1", "1-", "１", "tru", "truee", "True", "nul", "nil", "'a'", "a", "[", "]", "[1",
        "[1,",
        "[1,]", "[,1]", "[1 2]", "[1,,2]", "[]]", "[}", "{", "}", "{]", "{\"a\"", "{\"a\":", "{\"a\":}", "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}", "{,\"a\":1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{1:1}", "{\"a\"::1}", "{null:1}", "\"",
        "\"a",
        "\"\\", "\"\\\"", "\"\\a\"", "\"\\x41\"", "\"\\u\"", "\"\\u00\"", "\"\\u004", "\"\\u00g0\"", "\"\\U0041\"",
        "\"\\u+041\"", "\"a\nb\"", "\"a\tb\"", "\"\u{0}\"", "\"\u{1F}\"", "[1]x", "[1] 1", "{} []", "/**/1", "1//",
        "\u{FEFF}1",
        "\u{A0}1", "[1\u{0C}]", "1\u{0}",
    ])
    func refuses(_ text: String) {
        #expect(isInvalid(failure(text)), "\(String(describing: failure(text)))")
    }

    @Test(
        "UTF-8 that is none: stray, overlong, surrogates, too large, cut off",
        arguments: [
            [0x80], [0xBF], [0xFE], [0xFF], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF],
            [0xF0, 0x80, 0x80, 0xAF], [0xF0, 0x8F, 0xBF, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82],
            [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x28, 0x80], [0xC3, 0x28],
        ] as [[UInt8]])
    func refusesBytesThatAreNoUTF8(_ bytes: [UInt8]) {
        #expect(isInvalid(failure([0x22] + bytes + [0x22])))
        #expect(isInvalid(failure([0x22] + bytes)))
        #expect(isInvalid(failure(bytes)))
        #expect(isInvalid(failure(Array("[\"eight by".utf8) + bytes + Array("tes\"]".utf8))))
    }

    @Test func refusesAByteOrderMarkAndOtherEncodings() {
        #expect(isInvalid(failure([0xEF, 0xBB, 0xBF, 0x31])))
        #expect(isInvalid(failure([0x31, 0x00])))
        #expect(isInvalid(failure([0xFF, 0xFE, 0x31, 0x00])))
    }

    @Test func saysWhereItStopped() {
        #expect(failure(#"{"a":tru}"#) == .invalid(offset: 5, "expected a value"))
        #expect(failure("[1,2] x") == .invalid(offset: 6, "more after the end"))
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")])
    func nestsToDepth128AndNoDeeper(open: String, close: String) {
        let levels = open.first == "[" && open.count > 1 ? 2 : 1
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth / levels) + "1" + String(repeating: close, count: depth / levels)
        }
        #expect(failure(nested(128)) == nil)
        #expect(failure(nested(128 + levels)) == .tooDeep(limit: 128))
        #expect(failure(String(repeating: open, count: 1_000_000)) == .tooDeep(limit: 128))
    }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, "a"), (#"{"a":1,"b":2,"a":1}"#, "a"), (#"[{"x":{"k":1,"k":1}}]"#, "k"),
        (#"{"":1,"":2}"#, ""),
        (#"{"model":1,"mod\u0065l":2}"#, "model"), (#"{"mod\u0065l":1,"m\u006Fdel":2}"#, "model"),
        (#"{"/":1,"\/":2}"#, "/"), (#"{"😀":1,"\uD83D\uDE00":2}"#, "😀"), (#"{"\ud800":1,"\uD800":2}"#, "\u{FFFD}"),
    ])
    func refusesAKeyThatStandsTwiceInWhateverSpelling(text: String, key: String) {
        #expect(failure(text) == .duplicateKey(key))
    }

    @Test(arguments: [3, 12, 13, 40])
    func findsTheDuplicateAmongManyKeys(count: Int) {
        let keys = (0..<count).map { "\"key \($0)\":\($0)" }
        #expect(failure("{\(keys.joined(separator: ","))}") == nil)
        for place in [0, count / 2, count - 1] {
            let text = "{\((keys + [keys[place]]).joined(separator: ","))}"
            #expect(failure(text) == .duplicateKey("key \(place)"))
        }
    }

    @Test(arguments: [
        #"{"a":1,"A":2}"#, #"{"é":1,"\u0065\u0301":2}"#, #"{"\ud800":1,"\udbff":2}"#, #"{"a":1,"a ":2}"#,
        #"{"a":1,"a\u0000":2}"#,
    ])
    func keepsKeysApartThatDifferInTheirBytes(_ text: String) {
        #expect(failure(text) == nil)
    }

    @Test func readsValuesByKindAndPlace() throws {
        let text =
            #" {"s":"a\u0062c","i":-12,"f":1.5,"e":1e3,"t":true,"n":null,"l":[1,[2],{}],"o":{"x":{}},"big":9223372036854775808} "#
        let root = try JSONDocument(Array(text.utf8)).root
        #expect(root.kind == .object)
        #expect(root["s"]?.string == "abc")
        #expect(root["i"]?.integer == -12)
        #expect(root["f"]?.integer == nil)
        #expect(root["e"]?.integer == nil, "a whole number has neither fraction nor exponent")
        #expect(root["big"]?.integer == nil)
        #expect(root["t"]?.bool == true)
        #expect(root["n"]?.isNull == true)
        #expect(root["missing"] == nil)
        #expect(root["l"]?.elements.map { String(decoding: $0.text, as: UTF8.self) } == ["1", "[2]", "{}"])
        #expect(root["o"]?["x"]?.members.first { _ in true } == nil)
        #expect(root["s"]?["x"] == nil)
        #expect(root.members.map(\.key) == ["s", "i", "f", "e", "t", "n", "l", "o", "big"])
    }

    @Test func leavesMembersOutWhereverTheyStand() throws {
        let text = #"{"a":1,"user_id":"secret","b":{"user_id":2}, "c\n":[ 1 ]}"#
        let rest = try JSONDocument(Array(text.utf8)).without(["user_id"])
        #expect(String(decoding: rest, as: UTF8.self) == #"{"a":1,"b":{},"c\n":[1]}"#)
        #expect(try JSONDocument(Array(#"{"user_id":1}"#.utf8)).without(["user_id"]) == Array("{}".utf8))
    }
}
