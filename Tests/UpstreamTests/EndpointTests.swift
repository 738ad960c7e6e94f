import ExactMoney
import Pricing
import Testing

@testable import Upstream

/// What all priced paths have in common.
@Suite struct EndpointTests {
    @Test func noTwoHaveOnePath() {
        #expect(Set(Endpoint.all.map(\.path)).count == Endpoint.all.count)
    }

    @Test(arguments: Endpoint.all.map(\.path))
    func refusesWhatHasNoBoundOnAnyPath(path: String) throws {
        let endpoint = try #require(Endpoint.all.first { $0.path == path })
        for (field, param) in [
            (#""route":"fallback""#, "route"), (#""plugins":[{"id":"web"}]"#, "plugins[0].engine"),
            (#""models":["openrouter/auto"]"#, "models[0]"),
            (#""preset":"x""#, "preset"), (#""speed":"fast""#, "speed"),
            (#""service_tier":"priority""#, "service_tier"),
            (#""model":"openrouter/auto""#, "model"), (#""provider":{"only":["openai/priority"]}"#, "provider.only"),
        ] {
            #expect(Asked.problem(endpoint, with: field) == "unbounded_cost \(param)", "\(path) \(field)")
        }
        for (field, param) in [(#""stream":1"#, "stream"), (#""provider":[]"#, "provider"), (#""model":"""#, "model")] {
            #expect(Asked.problem(endpoint, with: field) == "invalid_field \(param)", "\(path) \(field)")
        }
        #expect(Asked.problem(endpoint, text: "{}")?.hasPrefix("invalid_field") == true)
        #expect(Asked.problem(endpoint, text: "[1]") == "invalid_json -")
    }

    @Test(arguments: [
        ("/chat/completions", "max_tokens"), ("/completions", "max_tokens"), ("/responses", "max_output_tokens"),
        ("/messages", "max_tokens"),
    ])
    func setsTheLimitUnderThePathsOwnName(path: String, name: String) throws {
        let endpoint = try #require(Endpoint.all.first { $0.path == path })
        #expect(try Asked.sent(endpoint).contains("\"\(name)\":100"))
        #expect(try Asked.sent(endpoint, with: "\"\(name)\":50").contains("\"\(name)\":50"))
        #expect(try Asked.sent(endpoint, with: "\"\(name)\":500").contains("\"\(name)\":100"))
        #expect(try Asked.request(endpoint, with: "\"\(name)\":500").outputLimit == 500)
        #expect(Asked.problem(endpoint, with: "\"\(name)\":0") == "invalid_field \(name)")
    }

    @Test func pinsThePriceEverywhereAndAsksForUsageWhereItMustBeAsked() throws {
        for endpoint in Endpoint.all {
            #expect(try Asked.sent(endpoint).contains(#""max_price":{"prompt":1,"completion":2"#), "\(endpoint.path)")
            guard endpoint.path != "/embeddings" else { continue }
            let streamed = try Asked.sent(endpoint, with: #""stream":true"#)
            #expect(streamed.contains("include_usage") == endpoint.asksForUsage, "\(endpoint.path)")
        }
    }
}

@Suite struct CompletionsTests {
    @Test(
        arguments: [(#""a""#, 1), (#"["a"]"#, 1), ("[1,2,3]", 1), ("[[1,2]]", 1), (#"["a","b","c"]"#, 3)]
            as [(String, Int64)])
    func takesPromptsInAnyFormAndPricesAnAnswerForEach(prompt: String, answers: Int64) throws {
        #expect(try Asked.request(.completions, text: #"{"prompt":\#(prompt)}"#).demand.answers == answers)
        #expect(try Asked.request(.completions, text: #"{"n":2,"prompt":\#(prompt)}"#).demand.answers == 2 * answers)
    }

    @Test(arguments: [
        ("{}", "invalid_field prompt"), (#"{"prompt":[]}"#, "invalid_field prompt"),
        (#"{"prompt":{}}"#, "invalid_field prompt"), (#"{"prompt":[1,"a"]}"#, "invalid_field prompt"),
        (#"{"prompt":["a",1]}"#, "invalid_field prompt[1]"), (#"{"prompt":[{}]}"#, "unbounded_cost prompt[0]"),
        (#"{"prompt":"a","best_of":2}"#, "unbounded_cost best_of"),
        (#"{"prompt":"a","echo":true}"#, "unbounded_cost echo"),
    ])
    func refusesWhatItCannotPrice(text: String, problem: String) {
        #expect(Asked.problem(.completions, text: text) == problem)
    }

    @Test func endsABrokenStreamInItsOwnWords() {
        let words = Endpoint.completions.words(for: .broken, .init(id: "g", model: "a/b"))
        #expect(
            words.first.contains(#""object":"text_completion""#) && words.first.contains(#""finish_reason":"error""#))
        #expect(words.last == "data: [DONE]\n\n")
    }

    @Test func endsACutStreamAsOneThatReachedItsLength() {
        let usage = Usage(inputTokens: 3, outputTokens: 4)
        let words = Endpoint.completions.words(for: .full, .init(id: "g", model: "a/b", usage: usage))
        #expect(words.first.contains(#""text":"","logprobs":null,"finish_reason":"length""#))
        #expect(words.first.contains(#""usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}"#))
        #expect(words.last == "data: [DONE]\n\n")
    }
}

@Suite struct EmbeddingsTests {
    @Test(arguments: [(#""a""#, 1), (#"["a","b"]"#, 2), ("[1,2,3]", 1), ("[[1,2],[3]]", 2)] as [(String, Int64)])
    func countsItsInputs(input: String, count: Int64) throws {
        let request = try Asked.request(.embeddings, text: #"{"input":\#(input)}"#)
        #expect(request.inputs == count)
        #expect(!request.hasOutput && request.outputLimit == nil && request.needs == .embeddings)
    }

    @Test func neverSetsAnOutputLimit() throws {
        #expect(try !Asked.sent(.embeddings).contains("tokens"))
    }

    @Test(arguments: [
        (#"{"input":"a","stream":true}"#, "invalid_field stream"),
        (#"{"input":[{"content":[]}]}"#, "unbounded_cost input[0]"),
        (#"{"input":[-1]}"#, "invalid_field input"), (#"{"input":[[1],["a"]]}"#, "invalid_field input[1]"),
    ])
    func refusesWhatItCannotPrice(text: String, problem: String) {
        #expect(Asked.problem(.embeddings, text: text) == problem)
    }

    @Test func readsUsageWithoutACompletion() throws {
        let usage = try Asked.usage(.embeddings, #"{"usage":{"prompt_tokens":7,"total_tokens":7,"cost":1.4e-7}}"#)
        #expect(usage?.usage == Usage(inputTokens: 7, outputTokens: 0))
        #expect(usage?.cost == .amount(Money(nanodollars: 140)))
        #expect(try Asked.usage(.embeddings, #"{"usage":{}}"#)?.usage == nil)
    }
}
