import ExactMoney
import Pricing
import Testing

private func model(_ name: String, canonical: String? = nil, context: Int64 = 1_000) -> Model {
    Model(
        name: ModelName(name), canonicalName: canonical.map(ModelName.init), contextTokens: context,
        maxOutputTokens: nil, capabilities: [],
        prices: PriceSheet(base: Rates(prompt: Rate(picodollars: 1), completion: Rate(picodollars: 1))))
}

/// Names as OpenRouter listed them in 2026-08.
private let catalogue = Catalogue([
    model("openai/gpt-5.2", canonical: "openai/gpt-5.2-20251211"),
    model("openai/gpt-5-mini", canonical: "openai/gpt-5-mini-2025-08-07"),
    model("openai/gpt-4o-mini"),
    model("openai/gpt-4o-mini-2024-07-18"),
    model("anthropic/claude-haiku-4.5", canonical: "anthropic/claude-4.5-haiku-20251001"),
    model("anthropic/claude-haiku-4.5:batch", canonical: "anthropic/claude-4.5-haiku-20251001"),
    model("google/gemini-2.5-flash", canonical: "google/gemini-2.5-flash"),
    model("google/gemini-2.5-flash:batch", canonical: "google/gemini-2.5-flash"),
    model("deepseek/deepseek-r1:free", canonical: "deepseek/deepseek-r1"),
    model("qwen/qwen3.5-plus-20260420"),
    model("qwen/qwen3.5-plus-2026-02-15"),
    model("meta/shared"),
    model("mirror/shared"),
])

@Suite struct CatalogueResolveTests {
    @Test(arguments: [
        // The name itself.
        ("openai/gpt-5.2", "openai/gpt-5.2"),
        ("openai/gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini-2024-07-18"),
        ("meta/shared", "meta/shared"),
        // The canonical name.
        ("openai/gpt-5.2-20251211", "openai/gpt-5.2"),
        ("openai/gpt-5-mini-2025-08-07", "openai/gpt-5-mini"),
        // Without the author.
        ("gpt-5.2", "openai/gpt-5.2"),
        ("GPT-5.2", "openai/gpt-5.2"),
        ("gpt-5.2-20251211", "openai/gpt-5.2"),
        ("gpt-4o-mini", "openai/gpt-4o-mini"),
        ("gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini-2024-07-18"),
        ("qwen3.5-plus-20260420", "qwen/qwen3.5-plus-20260420"),
        // Without the date.
        ("openai/gpt-5.2-20240101", "openai/gpt-5.2"),
        ("gpt-5-mini-2030-01-31", "openai/gpt-5-mini"),
        ("claude-4.5-haiku", "anthropic/claude-haiku-4.5"),
    ])
    func findsTheModelMeant(_ text: String, name: String) {
        #expect(catalogue.resolve(text)?.name.text == name)
    }

    @Test(arguments: [
        "", "/", "openai/", "/gpt-5.2", "gpt-5.3", "openai/gpt-5", "gpt-5.2-2025", "gpt-5.2-202512", "gpt-5.2-2025-1-1",
        "shared", "nobody/shared", "qwen3.5-plus", "qwen/qwen3.5-plus", "openai/gpt-4o-mini-2023-01-01",
    ])
    func findsNothingWhereNoneOrSeveralMatch(_ text: String) {
        #expect(catalogue.resolve(text)?.name == nil)
    }

    @Test(arguments: ["other/gpt-5.2", "anthropic/gpt-5.2-20251211", "azure/openai/gpt-5.2"])
    func findsNoModelOfAnotherAuthor(_ text: String) {
        #expect(catalogue.resolve(text)?.name == nil)
    }

    @Test(arguments: [
        ("anthropic/claude-4.5-haiku-20251001", "anthropic/claude-haiku-4.5"),
        ("anthropic/claude-4.5-haiku-20251001:batch", "anthropic/claude-haiku-4.5:batch"),
        ("claude-haiku-4.5:batch", "anthropic/claude-haiku-4.5:batch"),
        ("gemini-2.5-flash", "google/gemini-2.5-flash"),
        ("gemini-2.5-flash:batch", "google/gemini-2.5-flash:batch"),
        ("deepseek-r1:free", "deepseek/deepseek-r1:free"),
    ])
    func aVariantDoesNotTakeTheNameOfItsModel(_ text: String, name: String) {
        #expect(catalogue.resolve(text)?.name.text == name)
    }

    @Test(arguments: [
        "deepseek/deepseek-r1", "deepseek-r1", "gpt-5.2:free", "openai/gpt-5.2:nitro", "gemini-2.5-flash:free",
    ])
    func aNameDoesNotMeanAnotherVariant(_ text: String) {
        #expect(catalogue.resolve(text)?.name == nil)
    }
}

@Suite struct CatalogueTests {
    @Test func aSecondInsertReplacesTheModel() {
        var catalogue = Catalogue([model("a/x", context: 1), model("a/y")])
        catalogue.insert(model("a/x", context: 2))
        #expect(catalogue.models.map(\.name.text) == ["a/x", "a/y"])
        #expect(catalogue.resolve("x")?.contextTokens == 2)
        #expect(catalogue[ModelName("a/x")]?.contextTokens == 2)
    }

    @Test func aRemovedModelIsFoundByNoneOfItsNames() {
        var catalogue = Catalogue([model("a/w"), model("a/x", canonical: "a/x-20260101"), model("a/y")])
        catalogue.remove(ModelName("a/x"))
        for name in ["a/x", "a/x-20260101", "x"] { #expect(catalogue.resolve(name)?.name == nil) }
        #expect(catalogue.resolve("y")?.name.text == "a/y")
        #expect(catalogue.resolve("w")?.name.text == "a/w")
    }

    @Test func removingOneOfTwoEndsTheAmbiguity() {
        var catalogue = Catalogue([model("a/x"), model("b/x")])
        #expect(catalogue.resolve("x")?.name == nil)
        catalogue.remove(ModelName("b/x"))
        #expect(catalogue.resolve("x")?.name.text == "a/x")
    }

    @Test func suggestsTheNearestFirst() {
        #expect(catalogue.suggestions(for: "gpt5.2").first?.text == "openai/gpt-5.2")
        #expect(catalogue.suggestions(for: "openai/gpt-5-mni").first?.text == "openai/gpt-5-mini")
        #expect(catalogue.suggestions(for: "claude-haiku-45-20260101").first?.text == "anthropic/claude-haiku-4.5")
    }

    @Test func suggestsAtMostThreeAndNothingFar() {
        #expect(catalogue.suggestions(for: "gpt-5.2").count <= 3)
        #expect(catalogue.suggestions(for: "an-entirely-unrelated-name-of-a-model").isEmpty)
        #expect(catalogue.suggestions(for: String(repeating: "x", count: 10_000)).isEmpty)
    }

    @Test func suggestsTheSameOrderWhateverTheOrderOfTheList() {
        let names = ["a/model-1", "a/model-2", "a/model-3", "a/model-4"]
        let forward = Catalogue(names.map { model($0) }).suggestions(for: "model-9").map(\.text)
        let backward = Catalogue(names.reversed().map { model($0) }).suggestions(for: "model-9").map(\.text)
        #expect(forward == ["a/model-1", "a/model-2", "a/model-3"])
        #expect(backward == forward)
    }
}

@Suite struct OwnPricesTests {
    private let listed = Catalogue([model("a/x"), model("b/y")])

    @Test func anAliasComesBeforeEveryOtherName() {
        var catalogue = listed
        catalogue.aliases = ["fast": "a/x", "b/y": "a/x", "lost": "c/z"]
        #expect(catalogue.resolve("fast")?.name.text == "a/x")
        #expect(catalogue.resolve("b/y")?.name.text == "a/x")
        #expect(catalogue.resolve("y")?.name.text == "b/y")
        #expect(catalogue.resolve("lost") == nil)
        catalogue.remove(ModelName("b/y"))
        #expect(catalogue.resolve("fast")?.name.text == "a/x")
    }

    @Test func anOverrideHoldsAtAnyLengthAndHour() throws {
        var tiered = model("a/x")
        tiered.prices.overrides = [
            .init(
                abovePromptTokens: 5, rates: Rates(prompt: Rate(picodollars: 9), completion: Rate(picodollars: 9)))
        ]
        var catalogue = Catalogue([tiered])
        let override = PriceOverride(prices: ["prompt": Rate(picodollars: 3), "audio": Rate(picodollars: 4)])
        try catalogue.apply(override, to: ModelName("a/x"))
        let sheet = try #require(catalogue.resolve("a/x")?.prices)
        #expect(sheet.base.prompt == Rate(picodollars: 3) && sheet.base.audio == Rate(picodollars: 4))
        #expect(sheet.base.completion == Rate(picodollars: 1))
        #expect(sheet.overrides.map(\.rates.prompt) == [Rate(picodollars: 3)])
        #expect(sheet.overrides.map(\.rates.completion) == [Rate(picodollars: 9)])
    }

    @Test func aModelThatIsNotListedNeedsItsPricesAndContext() throws {
        var catalogue = listed
        var override = PriceOverride(prices: ["prompt": Rate(picodollars: 3), "completion": Rate(picodollars: 4)])
        #expect(throws: PriceOverride.Failure.incomplete) { try catalogue.apply(override, to: ModelName("own/m")) }
        override.contextTokens = 77
        override.maxOutputTokens = 7
        try catalogue.apply(override, to: ModelName("own/m"))
        let own = try #require(catalogue.resolve("m"))
        #expect(own.contextTokens == 77 && own.outputTokensLimit == 7)
        #expect(own.prices.base.completion == Rate(picodollars: 4))
    }

    @Test func refusesAPriceThatNobodyKnows() {
        var catalogue = listed
        let override = PriceOverride(prices: ["promt": Rate(picodollars: 3)])
        #expect(throws: PriceOverride.Failure.unknownPrice("promt")) {
            try catalogue.apply(override, to: ModelName("a/x"))
        }
    }

    @Test func listsPricesUnderTheirNames() {
        var rates = Rates(prompt: Rate(picodollars: 1), completion: Rate(picodollars: 2), cacheRead: .zero)
        let base = rates
        rates.prompt = Rate(picodollars: 5)
        let sheet = PriceSheet(
            base: base,
            overrides: [.init(abovePromptTokens: 100, rates: rates), .init(abovePromptTokens: nil, rates: rates)])
        #expect(
            sheet.listed.map { "\($0.name) \($0.rate.picodollars)" } == [
                "prompt 1", "completion 2", "input_cache_read 0", "above 100: prompt 5", "at hours 1: prompt 5",
            ])
    }
}
