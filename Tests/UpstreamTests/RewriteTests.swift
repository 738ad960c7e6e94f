import ExactMoney
import Pricing
import Testing

@testable import Upstream

/// What upstream is sent: the client's own bytes, but for the edits of contract §1.
@Suite struct RewriteTests {
    /// $1.75 and $14 per million tokens.
    private static let pin = PricePin(RewriteTests.rates, for: Demand(textTokens: 1))
    private static let rates = Rates(
        prompt: Rate(picodollars: 1_750_000), completion: Rate(picodollars: 14_000_000))
    private static let price = #""max_price":{"prompt":1.75,"completion":14}"#
    private static let provider = #""provider":{\#(price)}"#
    private static let messages = #""messages":[{"role":"user","content":"hi"}]"#

    private func rewritten(_ body: String, _ outputTokens: Int64 = 100) throws -> String {
        let request = try PricedRequest(Array(body.utf8), at: .chatCompletions)
        let bytes = request.body(model: ModelName("a/b"), outputTokens: outputTokens, pin: RewriteTests.pin)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        // The model: in its place, or first.
        (#"{"model":"x",M,"max_tokens":100,P}"#, #"{"model":"a/b",M,"max_tokens":100,P}"#),
        (#"{"model":"a/b",M,"max_tokens":100,P}"#, #"{"model":"a/b",M,"max_tokens":100,P}"#),
        (#"{"model":null,M,"max_tokens":100,P}"#, #"{"model":"a/b",M,"max_tokens":100,P}"#),
        (#"{M,"max_tokens":100,P}"#, #"{"model":"a/b",M,"max_tokens":100,P}"#),
        (#"{"mod\u0065l":"x",M,"max_tokens":100,P}"#, #"{"mod\u0065l":"a/b",M,"max_tokens":100,P}"#),
        // The limit: under the client's own name or names, each only lowered; else as max_tokens.
        (#"{"model":"a/b",M,P}"#, #"{"max_tokens":100,"model":"a/b",M,P}"#),
        (#"{"model":"a/b",M,"max_tokens":null,P}"#, #"{"model":"a/b",M,"max_tokens":100,P}"#),
        (#"{"model":"a/b",M,"max_tokens":101,P}"#, #"{"model":"a/b",M,"max_tokens":100,P}"#),
        (#"{"model":"a/b",M,"max_tokens":99,P}"#, #"{"model":"a/b",M,"max_tokens":99,P}"#),
        (#"{"model":"a/b",M,"max_completion_tokens":200,P}"#, #"{"model":"a/b",M,"max_completion_tokens":100,P}"#),
        (
            #"{"model":"a/b",M,"max_tokens":5,"max_completion_tokens":200,P}"#,
            #"{"model":"a/b",M,"max_tokens":5,"max_completion_tokens":100,P}"#
        ),
        (
            #"{"model":"a/b",M,"max_tokens":300,"max_completion_tokens":200,P}"#,
            #"{"model":"a/b",M,"max_tokens":100,"max_completion_tokens":100,P}"#
        ),
        (
            #"{"model":"a/b",M,"max_tokens":null,"max_completion_tokens":50,P}"#,
            #"{"model":"a/b",M,"max_tokens":null,"max_completion_tokens":50,P}"#
        ),
        (#"{"model":"a/b",M,"max\u005ftokens":300,P}"#, #"{"model":"a/b",M,"max\u005ftokens":100,P}"#),
        // Nothing there yet.
        (#"{M}"#, #"{"model":"a/b","max_tokens":100,P,M}"#),
        (#"{ M }"#, #"{"model":"a/b","max_tokens":100,P, M }"#),
    ])
    func setsModelAndLimit(body: String, expected: String) throws {
        #expect(try rewritten(fill(body)) == fill(expected))
    }

    @Test(arguments: [
        (#""stream":true"#, #""stream_options":{"include_usage":true},"stream":true"#),
        (#""stream":true,"stream_options":null"#, #""stream":true,"stream_options":{"include_usage":true}"#),
        (#""stream":true,"stream_options":{}"#, #""stream":true,"stream_options":{"include_usage":true}"#),
        (#""stream":true,"stream_options":{ }"#, #""stream":true,"stream_options":{"include_usage":true }"#),
        (
            #""stream":true,"stream_options":{"include_usage":false}"#,
            #""stream":true,"stream_options":{"include_usage":true}"#
        ),
        (
            #""stream":true,"stream_options":{"include_usage":true}"#,
            #""stream":true,"stream_options":{"include_usage":true}"#
        ),
        (#""stream":true,"stream_options":{"x": 1}"#, #""stream":true,"stream_options":{"include_usage":true,"x": 1}"#),
        (#""stream":false"#, #""stream":false"#),
        (#""stream":null,"stream_options":{}"#, #""stream":null,"stream_options":{}"#),
    ])
    func asksStreamsForTheirUsage(fields: String, expected: String) throws {
        // Inserted members stand after the opening brace, before what the client wrote.
        let rest = #","model":"a/b","max_tokens":100,M,P}"#
        #expect(try rewritten(fill("{\(fields)\(rest)")) == fill("{\(expected)\(rest)"))
    }

    @Test(arguments: [
        (#""provider":null"#, #""provider":{PRICE}"#), (#""provider":{}"#, #""provider":{PRICE}"#),
        (#""provider":{"order":["azure"]}"#, #""provider":{PRICE,"order":["azure"]}"#),
        (#""provider":{"max_price":null}"#, #""provider":{PRICE}"#),
        (#""provider":{"max_price":{}}"#, #""provider":{PRICE}"#),
        (
            #""provider":{"max_price":{"image":3}}"#,
            #""provider":{"max_price":{"prompt":1.75,"completion":14,"image":3}}"#
        ),
        // The lower price wins, in the client's own spelling.
        (#""provider":{"max_price":{"prompt":1}}"#, #""provider":{"max_price":{"completion":14,"prompt":1}}"#),
        (#""provider":{"max_price":{"prompt":2,"completion":15}}"#, #""provider":{PRICE}"#),
        (
            #""provider":{"max_price":{"prompt":1.750,"completion":"3.5"}}"#,
            #""provider":{"max_price":{"prompt":1.750,"completion":"3.5"}}"#
        ),
        (
            #""provider":{"max_price":{"prompt":1e0,"completion":1.4e1}}"#,
            #""provider":{"max_price":{"prompt":1e0,"completion":1.4e1}}"#
        ),
        (
            #""provider":{"max_price":{"prompt":1.7500001,"completion":0}}"#,
            #""provider":{"max_price":{"prompt":1.7500001,"completion":0}}"#
        ),
        (
            #""provider":{"max_price":{"prompt":1.750001,"completion":0}}"#,
            #""provider":{"max_price":{"prompt":1.75,"completion":0}}"#
        ),
        (#""provider":{"max_price":{"prompt":null,"completion":null}}"#, #""provider":{PRICE}"#),
    ])
    func pinsThePriceAndKeepsAClientsLowerOne(field: String, expected: String) throws {
        let body = #"{"model":"a/b","max_tokens":100,M,\#(field)}"#
        #expect(try rewritten(fill(body)) == fill(#"{"model":"a/b","max_tokens":100,M,\#(expected)}"#))
    }

    @Test func pinsWhatTheRequestCanBeChargedFor() throws {
        var rates = RewriteTests.rates
        rates.request = Rate(picodollars: 5_000_000_000)
        rates.image = Rate(picodollars: 2_000_000)
        rates.audio = Rate(picodollars: 3_000_000)
        func pinned(_ change: (inout Demand) -> Void) throws -> String {
            var demand = Demand(textTokens: 1)
            change(&demand)
            let request = try PricedRequest(
                Array(fill(#"{"model":"a/b","max_tokens":5,M}"#).utf8), at: .chatCompletions)
            let bytes = request.body(model: ModelName("a/b"), outputTokens: 5, pin: PricePin(rates, for: demand))
            let prices = try #require(try JSONDocument(bytes).root["provider"]?["max_price"])
            return String(decoding: prices.text, as: UTF8.self)
        }
        // A fee in USD, tokens in USD per million.
        #expect(try pinned { _ in } == #"{"prompt":1.75,"completion":14,"request":0.005}"#)
        #expect(
            try pinned { $0.images = [.unsized] } == #"{"prompt":1.75,"completion":14,"request":0.005,"image":2}"#)
        for change: (inout Demand) -> Void in [{ $0.audioTokens = 1 }, { $0.open = .audio }] {
            #expect(try pinned(change) == #"{"prompt":1.75,"completion":14,"request":0.005,"audio":3}"#)
        }
    }

    @Test func keepsAClientsLowerFee() throws {
        var rates = RewriteTests.rates
        rates.request = Rate(picodollars: 5_000_000_000)
        let pin = PricePin(rates, for: Demand(textTokens: 1))
        for (own, sent) in [("0.004", "0.004"), ("0.006", "0.005"), ("1", "0.005")] {
            let body = fill(#"{"model":"a/b","max_tokens":5,M,"provider":{"max_price":{"request":\#(own)}}}"#)
            let bytes = try PricedRequest(Array(body.utf8), at: .chatCompletions)
                .body(model: ModelName("a/b"), outputTokens: 5, pin: pin)
            let price = try #require(try JSONDocument(bytes).root["provider"]?["max_price"]?["request"])
            #expect(String(decoding: price.text, as: UTF8.self) == sent)
        }
    }

    @Test(arguments: [
        (#""models":["b","c/d"]"#, ["a/b", "c/d"], #""models":["a/b","c/d"]"#),
        (#""models":[ "a/b" ]"#, ["a/b"], #""models":[ "a/b" ]"#),
        (#""models":["c/d","e/f"]"#, [], #""models":["a/b"]"#),
        (#""models":[]"#, [], #""models":[]"#), (#""models":null"#, [], #""models":null"#),
    ])
    func theClientsFallbacksGoWithTheModelAskedForAndNoOther(field: String, fallbacks: [String], sent: String) throws {
        let request = try PricedRequest(
            Array(fill(#"{"model":"a/b","max_tokens":5,M,\#(field),P}"#).utf8), at: .chatCompletions)
        let bytes = request.body(
            model: ModelName("a/b"), outputTokens: 5, pin: RewriteTests.pin, fallbacks: fallbacks.map(ModelName.init))
        #expect(String(decoding: bytes, as: UTF8.self) == fill(#"{"model":"a/b","max_tokens":5,M,\#(sent),P}"#))
    }

    @Test func everythingElseSurvivesByteForByte() throws {
        let rest = #"""
             "temperature" : 1.0000000000000000001 , "seed":1E2,"z":0,"a":-0.0, "unknown":{"\u006bey":[ 1,2 , {"é":"\ud83d\ude00"}]},
            	"stop":["\/","\u0000"], "messages":[{"role":"user","content":"caf\u00e9 é €"}]
            """#
        let body = "\n{\(rest)}\t"
        let expected = "\n{" + #""model":"a/b","max_tokens":100,"# + RewriteTests.provider + ",\(rest)}\t"
        #expect(try rewritten(body) == expected)
    }

    @Test func quotesTheModelsName() throws {
        let request = try Bodies.request(with: "")
        let bytes = request.body(model: ModelName("a/\"b\\"), outputTokens: 1, pin: RewriteTests.pin)
        #expect(try JSONDocument(bytes).root["model"]?.string == "a/\"b\\")
    }

    @Test(arguments: 1...4)
    func theRewrittenBodyDiffersInThoseMembersOnly(seed: UInt64) throws {
        var texts = JSONTexts(seed: seed)
        for _ in 0..<250 {
            let body = texts.body()
            let request = try PricedRequest(Array(body.utf8), at: .chatCompletions)
            let bytes = request.body(model: ModelName("a/b"), outputTokens: 100, pin: RewriteTests.pin)
            let sent = try JSONDocument(bytes).root
            #expect(sent["model"]?.string == "a/b")
            let limits = ["max_tokens", "max_completion_tokens"].compactMap { sent[$0]?.integer }
            #expect(!limits.isEmpty && limits.allSatisfy { $0 <= 100 }, "\(body)")
            #expect(!request.isStream || sent["stream_options"]?["include_usage"]?.bool == true)
            for name in ["prompt", "completion"] {
                let price = try #require(sent["provider"]?["max_price"]?[name])
                let most = name == "prompt" ? RewriteTests.rates.prompt : RewriteTests.rates.completion
                #expect(try #require(PricePin.picodollars(price, name)) <= Int128(most.picodollars))
            }
            #expect(untouched(sent) == untouched(request.document.root), "\(body)")
            // Sent again it needs no further edit.
            let again = try PricedRequest(bytes, at: .chatCompletions).body(
                model: ModelName("a/b"), outputTokens: 100, pin: RewriteTests.pin)
            #expect(again == bytes)
        }
    }

    /// All members, in order, that a rewrite has no business with.
    private func untouched(_ root: JSONValue) -> [[String]] {
        let ours: Set = ["model", "max_tokens", "max_completion_tokens", "stream_options", "provider"]
        var members = root.members.filter { !ours.contains($0.key) }
            .map { [$0.key, String(decoding: $0.value.text, as: UTF8.self)] }
        for member in root["provider"]?.members.filter({ $0.key != "max_price" }) ?? [] {
            members.append(["provider", member.key, String(decoding: member.value.text, as: UTF8.self)])
        }
        return members
    }

    private func fill(_ text: String) -> String {
        text.replacing("PRICE", with: RewriteTests.price).replacing("M", with: RewriteTests.messages)
            .replacing("P", with: RewriteTests.provider)
    }
}

extension JSONTexts {
    /// A chat body with members in any order, those that are rewritten among them.
    mutating func body() -> String {
        var members = [#""messages": [{"role":"user","content":"hi"}]"#]
        let choices = [
            #""model":"x/y""#, #""mod\u0065l":"a/b""#, #""max_tokens":50"#, #""max_tokens" : 500"#,
            #""max_tokens":null"#,
            #""max_completion_tokens":70"#, #""max_completion_tokens":7000"#, #""stream":true"#, #""stream":false"#,
            #""stream_options":{"include_usage":false}"#, #""stream_options":null"#, #""stream_options":{ "x":[] }"#,
            #""provider":{"order":["a"] ,"max_price":{"prompt":9}}"#,
            #""provider":{"max_price":{"completion":"0.5"},"sort":"price"}"#,
            #""provider":null"#, #""provider":{ }"#,
        ]
        for _ in 0..<chance.number(0...6) { members.append(chance.one(of: choices)) }
        for index in 0..<chance.number(0...3) {
            members.append("\"other \(index)\" : " + String(decoding: document(), as: UTF8.self))
        }
        var seen: Set<String> = []
        members = members.filter { member in
            let key = member.dropFirst().prefix { $0 != "\"" }.replacing("\\u0065", with: "e")
            return seen.insert(String(key)).inserted
        }
        return "{" + members.shuffled(using: &chance).joined(separator: chance.one(of: [",", " , ", ",\n"])) + "}"
    }
}
