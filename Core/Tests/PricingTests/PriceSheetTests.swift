import ExactMoney
import Pricing
import Testing

private let gpt = ["prompt": "0.00000175", "completion": "0.000014", "input_cache_read": "0.000000175"]

private func rate(_ picodollars: Int64) -> Rate { Rate(picodollars: picodollars) }

@Suite struct ListedPricingTests {
    @Test func readsTheListedKeys() throws {
        let sheet = try PriceSheet(pricing: [
            "prompt": "0.00000175", "completion": "0.000014", "request": "0.01", "input_cache_read": "0.000000175",
            "input_cache_write": "0.0000021875", "input_cache_write_1h": "0.0000035", "internal_reasoning": "0.00002",
            "web_search": "0.01", "image": "0.000001", "image_token": "0.000002", "image_output": "0.00004",
            "audio": "0.000003", "input_audio_cache": "0.0000003", "audio_output": "0.00006", "discount": "0.5",
        ])
        var rates = Rates(
            prompt: rate(1_750_000), completion: rate(14_000_000), request: rate(10_000_000_000),
            cacheRead: rate(175_000), cacheWrite: rate(2_187_500), cacheWriteHour: rate(3_500_000),
            internalReasoning: rate(20_000_000))
        rates.webSearch = rate(10_000_000_000)
        rates.image = rate(1_000_000)
        rates.imageToken = rate(2_000_000)
        rates.imageOutput = rate(40_000_000)
        rates.audio = rate(3_000_000)
        rates.audioCache = rate(300_000)
        rates.audioOutput = rate(60_000_000)
        #expect(sheet.base == rates)
        #expect(sheet.overrides.isEmpty)
    }

    @Test func roundsAFinerPriceUp() throws {
        let sheet = try PriceSheet(pricing: ["prompt": "0.0000000000001", "completion": "1.5e-12"])
        #expect(sheet.base.prompt == rate(1))
        #expect(sheet.base.completion == rate(2))
    }

    @Test(arguments: ["prompt", "completion", "request", "input_cache_read", "input_cache_write_1h"])
    func minusOneIsNoPrice(key: String) {
        #expect(throws: PriceSheet.Failure.noPrice) { try PriceSheet(pricing: gpt.merging([key: "-1"]) { $1 }) }
    }

    @Test(arguments: ["prompt", "completion"])
    func refusesAListWithoutAPromptOrCompletionPrice(key: String) {
        #expect(throws: PriceSheet.Failure.unreadable(key: key)) {
            try PriceSheet(pricing: gpt.filter { $0.key != key })
        }
    }

    @Test(arguments: [
        "prompt", "completion", "request", "input_cache_read", "input_cache_write", "internal_reasoning", "image",
        "image_token", "image_output", "audio", "input_audio_cache", "audio_output", "web_search", "something_new",
    ])
    func refusesAPriceThatIsNoNumber(key: String) {
        for text in ["", "free", "nan", "1e99"] {
            #expect(throws: PriceSheet.Failure.unreadable(key: key)) {
                try PriceSheet(pricing: gpt.merging([key: text]) { $1 })
            }
        }
    }

    @Test func theDearestOfUnknownPricesIsKept() throws {
        let news = ["smell": "0.000003", "taste": "0.000005", "touch": "0"]
        #expect(try PriceSheet(pricing: gpt.merging(news) { $1 }).base.unknown == rate(5_000_000))
        #expect(throws: PriceSheet.Failure.noPrice) { try PriceSheet(pricing: gpt.merging(["smell": "-1"]) { $1 }) }
    }

    @Test func anOverrideInheritsWhatItDoesNotName() throws {
        let sheet = try PriceSheet(
            pricing: gpt,
            overrides: [
                .init(abovePromptTokens: 200_000, pricing: ["prompt": "0.0000035"]),
                .init(abovePromptTokens: nil, pricing: ["completion": "0.00003", "input_cache_read": "0"]),
            ])
        #expect(sheet.overrides.map(\.abovePromptTokens) == [200_000, nil])
        #expect(
            sheet.overrides.map(\.rates) == [
                Rates(prompt: rate(3_500_000), completion: rate(14_000_000), cacheRead: rate(175_000)),
                Rates(prompt: rate(1_750_000), completion: rate(30_000_000), cacheRead: .zero),
            ])
    }

    @Test func refusesAnOverrideWithoutAPrice() {
        let tier = PriceSheet.ListedOverride(abovePromptTokens: 1, pricing: ["prompt": "-1"])
        #expect(throws: PriceSheet.Failure.noPrice) { try PriceSheet(pricing: gpt, overrides: [tier]) }
    }

    @Test func isFreeOnlyIfNothingCosts() throws {
        let free = ["prompt": "0", "completion": "0"]
        #expect(try PriceSheet(pricing: free).isFree)
        for key in [
            "prompt", "completion", "request", "input_cache_read", "input_cache_write", "internal_reasoning", "image",
            "audio", "image_output", "something_new",
        ] {
            let priced = [key: "0.000000000001"]
            #expect(try !PriceSheet(pricing: free.merging(priced) { $1 }).isFree, "\(key)")
            let override = PriceSheet.ListedOverride(abovePromptTokens: 128_000, pricing: priced)
            #expect(try !PriceSheet(pricing: free, overrides: [override]).isFree, "\(key)")
        }
    }

    @Test func pinsTheDearestPriceOfTheDayButNoTier() throws {
        let sheet = try PriceSheet(
            pricing: gpt,
            overrides: [
                .init(abovePromptTokens: 200_000, pricing: ["prompt": "0.0000035", "completion": "0.00002"]),
                .init(abovePromptTokens: nil, pricing: ["prompt": "0.000002"]),
                .init(abovePromptTokens: nil, pricing: ["completion": "0.000001"]),
            ])
        #expect(sheet.pinned.prompt == rate(2_000_000))
        #expect(sheet.pinned.completion == rate(14_000_000))
    }
}
