import ExactMoney
import Pricing
import Testing

@Suite struct CostTests {
    let rates = Rates(
        prompt: Rate(picodollars: 2_000), completion: Rate(picodollars: 8_000), request: Rate(picodollars: 5_000),
        cacheRead: Rate(picodollars: 1_000), cacheWrite: Rate(picodollars: 3_000))

    @Test func pricesEveryKindOfTokenAtItsRate() {
        let usage = Usage(
            inputTokens: 100, outputTokens: 10, cachedTokens: 40, cacheWriteTokens: 20, reasoningTokens: 5)
        // 40 plain, 20 written, 40 read, 10 out, one request.
        #expect(PriceSheet(base: rates).cost(of: usage) == Money(nanodollars: 80 + 60 + 40 + 80 + 5))
    }

    @Test func countsNoTokenTwiceWhereTheProviderDoes() {
        let usage = Usage(inputTokens: 10, outputTokens: 0, cachedTokens: 50, cacheWriteTokens: 8)
        #expect(PriceSheet(base: rates).cost(of: usage) == Money(nanodollars: 8 * 3 + 2 * 1 + 5))
    }

    @Test func takesTheDearestOverrideThatCanApply() {
        let dear = Rates(prompt: Rate(picodollars: 9_000), completion: Rate(picodollars: 8_000))
        let sheet = PriceSheet(base: rates, overrides: [.init(abovePromptTokens: 10, rates: dear)])
        #expect(sheet.cost(of: Usage(inputTokens: 10, outputTokens: 0)) == Money(nanodollars: 25))
        #expect(sheet.cost(of: Usage(inputTokens: 11, outputTokens: 0)) == Money(nanodollars: 99))
    }

    @Test(arguments: [
        Usage(inputTokens: -1, outputTokens: 0), Usage(inputTokens: 0, outputTokens: -1),
        Usage(inputTokens: 1, outputTokens: 0, cachedTokens: -1),
        Usage(inputTokens: 1, outputTokens: 0, cacheWriteTokens: -1),
    ])
    func refusesANegativeCount(_ usage: Usage) {
        #expect(PriceSheet(base: rates).cost(of: usage) == nil)
    }

    @Test func refusesACostBeyondMoney() {
        #expect(PriceSheet(base: rates).cost(of: Usage(inputTokens: .max, outputTokens: .max)) == nil)
    }
}
