import ExactMoney
import Pricing
import Testing

private func rates(
    _ prompt: Int64, _ completion: Int64, request: Int64 = 0, read: Int64? = nil, write: Int64? = nil,
    reasoning: Int64? = nil
) -> Rates {
    Rates(
        prompt: Rate(picodollars: prompt), completion: Rate(picodollars: completion),
        request: Rate(picodollars: request), cacheRead: read.map(Rate.init(picodollars:)),
        cacheWrite: write.map(Rate.init(picodollars:)), internalReasoning: reasoning.map(Rate.init(picodollars:)))
}

private func amount(_ sheet: PriceSheet, input: Int64, output: Int64) -> Money? {
    sheet.ceiling(inputTokens: input).amount(outputTokens: output)
}

private func nano(_ nanodollars: Int64) -> Money { Money(nanodollars: nanodollars) }

@Suite struct CeilingTests {
    @Test func addsInputOutputAndFee() {
        let sheet = PriceSheet(base: rates(2_000, 8_000, request: 5_000))
        #expect(amount(sheet, input: 10, output: 100) == nano(20 + 800 + 5))
        #expect(amount(sheet, input: 0, output: 0) == nano(5))
    }

    @Test func roundsUpOnceForTheWholeCall() {
        let sheet = PriceSheet(base: rates(1, 1, request: 1))
        #expect(amount(sheet, input: 0, output: 0) == nano(1))
        #expect(amount(sheet, input: 499, output: 500) == nano(1))
        #expect(amount(sheet, input: 500, output: 500) == nano(2))
    }

    @Test func countsEveryPromptTokenAtItsDearest() {
        #expect(amount(PriceSheet(base: rates(2_000, 0, write: 2_500)), input: 10, output: 0) == nano(25))
        #expect(amount(PriceSheet(base: rates(2_000, 0, write: 1_000)), input: 10, output: 0) == nano(20))
        #expect(amount(PriceSheet(base: rates(2_000, 0, read: 200)), input: 10, output: 0) == nano(20))
        #expect(amount(PriceSheet(base: rates(2_000, 0, read: 3_000)), input: 10, output: 0) == nano(30))
    }

    @Test func countsEveryOutputTokenAtItsDearest() {
        #expect(amount(PriceSheet(base: rates(0, 2_000, reasoning: 3_000)), input: 0, output: 10) == nano(30))
        #expect(amount(PriceSheet(base: rates(0, 2_000, reasoning: 1_000)), input: 0, output: 10) == nano(20))
    }

    @Test func aTierCountsStrictlyAboveItsThreshold() {
        let tier = PriceSheet.Override(abovePromptTokens: 100, rates: rates(4_000, 9_000))
        let sheet = PriceSheet(base: rates(2_000, 8_000), overrides: [tier])
        #expect(amount(sheet, input: 100, output: 1) == nano(200 + 8))
        #expect(amount(sheet, input: 101, output: 1) == nano(404 + 9))
    }

    @Test func aCheaperTierDoesNotLowerTheCeiling() {
        let tier = PriceSheet.Override(abovePromptTokens: 100, rates: rates(1_000, 1_000))
        let sheet = PriceSheet(base: rates(2_000, 8_000), overrides: [tier])
        #expect(amount(sheet, input: 101, output: 1) == nano(202 + 8))
    }

    @Test func aClockOverrideCountsAtAnyHourAndInput() {
        let night = PriceSheet.Override(abovePromptTokens: nil, rates: rates(2_000, 9_000))
        let sheet = PriceSheet(base: rates(2_000, 8_000), overrides: [night])
        #expect(amount(sheet, input: 0, output: 1) == nano(9))
        #expect(amount(sheet, input: 1, output: 1) == nano(2 + 9))
    }

    @Test func takesTheDearestPartOfDifferentOverrides() {
        let sheet = PriceSheet(
            base: rates(2_000, 8_000),
            overrides: [
                .init(abovePromptTokens: nil, rates: rates(3_000, 1_000)),
                .init(abovePromptTokens: 5, rates: rates(1_000, 9_000)),
            ])
        #expect(amount(sheet, input: 10, output: 10) == nano(30 + 90))
    }

    @Test func aPromptIsBoundedByTheContext() {
        let model = Model(
            name: ModelName("a/b"), contextTokens: 1_000, maxOutputTokens: nil, capabilities: [],
            prices: PriceSheet(base: rates(2_000, 0)))
        #expect(model.ceiling(inputTokens: 999).amount(outputTokens: 0) == nano(1_998))
        #expect(model.ceiling(inputTokens: 5_000).amount(outputTokens: 0) == nano(2_000))
        #expect(model.outputTokensLimit == 1_000)
    }

    @Test func anAmountBeyondMoneyIsNone() {
        let sheet = PriceSheet(base: rates(.max, .max, request: .max))
        #expect(amount(sheet, input: .max, output: .max) == nil)
        #expect(amount(sheet, input: 0, output: 0) == nano(.max / 1000 + 1))
    }

    @Test func nothingFitsARoomBelowTheFixedPartOrOneToken() {
        let ceiling = Ceiling(fixed: Picodollars(10_000), perOutputToken: Rate(picodollars: 4_000))
        #expect(ceiling.outputTokens(fitting: MoneySum(nanodollars: -1)) == nil)
        #expect(ceiling.outputTokens(fitting: MoneySum(nanodollars: 9)) == nil)
        #expect(ceiling.outputTokens(fitting: MoneySum(nanodollars: 13)) == nil)
        #expect(ceiling.outputTokens(fitting: MoneySum(nanodollars: 14)) == 1)
    }

    @Test func anyNumberOfFreeTokensFits() {
        let ceiling = Ceiling(fixed: Picodollars(10_000), perOutputToken: .zero)
        #expect(ceiling.outputTokens(fitting: MoneySum(nanodollars: 10)) == .max)
        #expect(ceiling.outputTokens(fitting: MoneySum(nanodollars: 9)) == nil)
    }
}
