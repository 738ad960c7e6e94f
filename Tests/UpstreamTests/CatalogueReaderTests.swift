import BundledCatalogue
import ExactMoney
import Foundation
import Pricing
import Testing

@testable import Upstream

@Suite struct CatalogueReaderTests {
    private func models(_ items: String) throws -> [Model] {
        try CatalogueReader.models(Array(#"{"data":[\#(items)]}"#.utf8))
    }

    private static let plain =
        #"{"id":"a/plain","context_length":1000,"pricing":{"prompt":"0.000001","completion":"0.000002"}}"#

    @Test func readsAModelWhole() throws {
        let model = try #require(
            try models(
                #"""
                {"id":"a/b","canonical_slug":"a/b-20260101","context_length":1000,"unknown":[1],
                 "architecture":{"input_modalities":["text","image"],"output_modalities":["text"]},
                 "pricing":{"prompt":"0.000001","completion":"0.000002","request":"0.01","input_cache_read":"0.0000001",
                  "input_cache_write":"0.00000125","input_cache_write_1h":"0.000002","internal_reasoning":"0.000003","web_search":"0.01",
                  "overrides":[{"min_prompt_tokens":500,"prompt":"0.000004"},{"utc_start":1,"utc_end":2,"completion":"0.00001"}]},
                 "top_provider":{"context_length":2000,"max_completion_tokens":300},
                 "supported_parameters":["tools","structured_outputs","reasoning"]}
                """#
            ).first)
        #expect(model.name.text == "a/b")
        #expect(model.canonicalName?.text == "a/b-20260101")
        #expect(model.contextTokens == 2000)
        #expect(model.maxOutputTokens == 300)
        #expect(model.capabilities == [.tools, .jsonSchema, .reasoning, .images])
        #expect(model.prices.base.prompt == Rate(picodollars: 1_000_000))
        #expect(model.prices.base.request == Rate(picodollars: 10_000_000_000))
        #expect(model.prices.base.cacheWrite == Rate(picodollars: 1_250_000))
        #expect(model.prices.base.cacheWriteHour == Rate(picodollars: 2_000_000))
        #expect(model.prices.base.internalReasoning == Rate(picodollars: 3_000_000))
        #expect(model.prices.overrides.map(\.abovePromptTokens) == [500, nil])
        #expect(
            model.prices.overrides.map(\.rates.prompt) == [Rate(picodollars: 4_000_000), Rate(picodollars: 1_000_000)])
        #expect(
            model.prices.overrides.map(\.rates.completion) == [
                Rate(picodollars: 2_000_000), Rate(picodollars: 10_000_000),
            ])
    }

    @Test func readsAModelThatTellsLittle() throws {
        let model = try #require(try models(CatalogueReaderTests.plain).first)
        #expect(model.canonicalName == nil)
        #expect(model.maxOutputTokens == nil)
        #expect(model.outputTokensLimit == 1000)
        #expect(model.capabilities == [])
    }

    @Test(arguments: [
        #"{"id":"google/lyria","context_length":9,"pricing":{"prompt":"0","completion":"0"},"architecture":{"output_modalities":["audio"]}}"#,
        #"{"id":"a/b","context_length":9,"pricing":{"prompt":"1","completion":"1"},"architecture":{"output_modalities":["video"]}}"#,
        #"{"id":"perplexity/x","context_length":9,"pricing":{"prompt":"1","completion":"1"}}"#,
        #"{"id":"a/o3-deep-research","context_length":9,"pricing":{"prompt":"1","completion":"1","web_search":"0.01"}}"#,
        "5", "{}", #"{"id":"a/b"}"#, #"{"id":"","context_length":9,"pricing":{"prompt":"1","completion":"1"}}"#,
        #"{"id":"a/b","context_length":0,"pricing":{"prompt":"1","completion":"1"}}"#,
        #"{"id":"a/b","context_length":9,"pricing":{"prompt":"-1","completion":"-1"}}"#,
        #"{"id":"a/b","context_length":9,"pricing":{"prompt":"1"}}"#,
        #"{"id":"a/b","context_length":9,"pricing":{"prompt":"cheap","completion":"1"}}"#,
        #"{"id":"a/b","context_length":9,"pricing":{"prompt":"1","completion":"1","overrides":[{"prompt":"x"}]}}"#,
        #"{"id":"a/b","context_length":9,"pricing":{"prompt":"1","completion":"1"},"architecture":{"output_modalities":["image"]}}"#,
        #"{"id":"openrouter/auto","context_length":9,"pricing":{"prompt":"1","completion":"1"}}"#,
        #"{"id":"~a/latest","context_length":9,"pricing":{"prompt":"1","completion":"1"}}"#,
        #"{"id":"a/b:batch","context_length":9,"pricing":{"prompt":"1","completion":"1"}}"#,
    ])
    func leavesOutWhatItCannotPrice(item: String) throws {
        #expect(try models("\(item),\(CatalogueReaderTests.plain)").map(\.name.text) == ["a/plain"])
    }

    @Test(arguments: [
        "", "<html>", "[]", "{}", #"{"data":{}}"#, #"{"data":[]}"#, #"{"data":[{"id":"a/b"}]}"#, #"{"error":{}}"#,
    ])
    func refusesWhatIsNoCatalogue(text: String) {
        #expect(throws: CatalogueReader.NotACatalogue.self) { try CatalogueReader.models(Array(text.utf8)) }
    }

    @Test func readsPricesThatAreNumbersByTheirText() throws {
        let item = #"{"id":"a/b","context_length":9,"pricing":{"prompt":1.75e-6,"completion":0.000014}}"#
        #expect(try models(item).first?.prices.base.prompt == Rate(picodollars: 1_750_000))
    }

    @Test func readsWhatAModelTakesAndMakes() throws {
        let item = #"""
            {"id":"a/b","context_length":9,"architecture":{"input_modalities":["text","image","audio","video","file"],
             "output_modalities":["text","image","audio"]},
             "pricing":{"prompt":"1","completion":"1","image_output":"2","audio_output":"3"}}
            """#
        #expect(
            try models(item).first?.capabilities == [.images, .audio, .video, .documents, .paints, .speaks])
    }

    @Test(arguments: [
        ("perplexity/sonar", #","web_search":"0.005""#, true),
        ("openai/gpt-4o-search-preview", #","web_search":"0.03""#, true),
        ("relace/relace-search", "", false), ("openai/gpt-5.2", #","web_search":"0.01""#, false),
    ])
    func knowsWhoSearchesUnasked(name: String, price: String, searches: Bool) throws {
        let item = #"{"id":"\#(name)","context_length":9,"pricing":{"prompt":"1","completion":"1"\#(price)}}"#
        #expect(try models(item).first?.searchesUnasked == searches)
    }

    // MARK: real lists

    @Test func readsTheBundledList() throws {
        let text = BundledCatalogue.json
        let listed = try Lists.data(Data(text.utf8))
        #expect(listed.count >= 40)
        #expect(
            try CatalogueReader.models(Array(text.utf8)).map(\.name.text) == listed.compactMap { $0["id"] as? String })
    }

    @Test(.enabled(if: Lists.isHere, "../shared/data/openrouter-models.json is not here"))
    func readsAllThatIsPricedOfTheWholeList() throws {
        let listed = try Lists.data(try Data(contentsOf: URL(fileURLWithPath: Lists.whole)))
        #expect(listed.count == 422)
        let nested = try JSONSerialization.data(withJSONObject: ["data": listed.map(Lists.nested)])
        let models = try CatalogueReader.models(Array(nested))
        let ids = listed.compactMap { $0["id"] as? String }
        let unpriced = ids.filter { $0.hasPrefix("~") || $0.hasPrefix("openrouter/") || $0.hasSuffix(":batch") }
        #expect(unpriced.count == 6 + 12 + 61)
        // Songs at no price, and any number of searches.
        let unbounded = ids.filter { $0.hasPrefix("google/lyria") || $0.contains("deep-research") }
        #expect(unbounded.count == 3)
        #expect(models.map(\.name.text) == ids.filter { !unpriced.contains($0) && !unbounded.contains($0) })
        #expect(models.count { $0.capabilities.contains(.paints) } == 9)
        #expect(models.count { $0.capabilities.contains(.speaks) } == 2)
        #expect(models.count(where: \.searchesUnasked) == 4)
        #expect(models.count { !$0.prices.overrides.isEmpty } > 30)
        #expect(models.count(where: \.prices.isFree) > 10)
        for model in models {
            #expect(model.contextTokens > 0 && model.outputTokensLimit > 0)
            let isFree = model.prices.isFree
            #expect(isFree == (model.ceiling(inputTokens: 1_000).amount(outputTokens: 1_000) == .zero), "\(model.name)")
        }
        let gpt = try #require(Catalogue(models).resolve("openai/gpt-5.2"))
        #expect(gpt.prices.base.prompt.description == "0.00000175")
        #expect(gpt.prices.base.completion.description == "0.000014")
        #expect(gpt.contextTokens == 400_000)
        #expect(gpt.outputTokensLimit == 128_000)
    }

    @Test(.enabled(if: Lists.isHere, "../shared/data/openrouter-models.json is not here"))
    func noShortNameLeadsToAnAliasOrARouter() throws {
        let listed = try Lists.data(try Data(contentsOf: URL(fileURLWithPath: Lists.whole)))
        let nested = try JSONSerialization.data(withJSONObject: ["data": listed.map(Lists.nested)])
        let catalogue = Catalogue(try CatalogueReader.models(Array(nested)))
        for name in ["gpt-latest", "claude-opus-latest", "free", "auto", "GPT-5.2:BATCH"] {
            #expect(catalogue.resolve(name) == nil, "\(name)")
        }
    }
}

private enum Lists {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let whole = root.deletingLastPathComponent().appendingPathComponent("shared/data/openrouter-models.json")
        .path
    static var isHere: Bool { FileManager.default.fileExists(atPath: whole) }

    static func data(_ bytes: Data) throws -> [[String: Any]] {
        let object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        return try #require(object["data"] as? [[String: Any]])
    }

    /// The file is flatter than OpenRouter's answer.
    static func nested(_ item: [String: Any]) -> [String: Any] {
        var item = item
        item["architecture"] = [
            "input_modalities": item["input_modalities"], "output_modalities": item["output_modalities"],
        ]
        item["top_provider"] = [
            "context_length": item["top_provider_context_length"],
            "max_completion_tokens": item["max_completion_tokens"],
        ]
        return item
    }
}
