import ExactMoney
import Pricing
import Testing

private func rate(_ picodollars: Int64) -> Rate { Rate(picodollars: picodollars) }

/// Twenty nanodollars a prompt token, forty an output token: with the fee for own keys 21 and 42.
private let plain = Rates(prompt: rate(20_000), completion: rate(40_000))

private func model(
    _ rates: Rates = plain, name: String = "a/b", context: Int64 = 1_000_000, overrides: [PriceSheet.Override] = []
) -> Model {
    Model(
        name: ModelName(name), contextTokens: context, maxOutputTokens: nil, capabilities: [],
        prices: PriceSheet(base: rates, overrides: overrides))
}

private func demand(_ text: Int64 = 0, _ change: (inout Demand) -> Void = { _ in }) -> Demand {
    var demand = Demand(textTokens: text)
    change(&demand)
    return demand
}

/// What the demand comes to, in units of 21 nanodollars: prompt tokens of ``plain``.
private func tokens(_ model: Model, _ demand: Demand, output: Int64 = 0) -> Int? {
    guard let amount = model.ceiling(for: demand).amount(outputTokens: output)?.nanodollars, amount % 21 == 0 else {
        return nil
    }
    return Int(amount / 21)
}

@Suite struct DemandTests {
    @Test func textAndOutputCountWithTheFeeForOwnKeys() {
        #expect(model().ceiling(for: demand(100)).amount(outputTokens: 10) == Money(nanodollars: 100 * 21 + 10 * 42))
    }

    @Test func theFeeIsRoundedUp() {
        let ceiling = Ceiling(fixed: Picodollars(1), perOutputToken: rate(1)).withOwnKeyFee
        #expect(ceiling == Ceiling(fixed: Picodollars(2), perOutputToken: rate(2)))
        let exact = Ceiling(fixed: Picodollars(20), perOutputToken: rate(40)).withOwnKeyFee
        #expect(exact == Ceiling(fixed: Picodollars(21), perOutputToken: rate(42)))
    }

    @Test func severalAnswersCostAsManyCalls() {
        let request = demand(100) {
            $0.answers = 3
            $0.predictedTokens = 5
        }
        #expect(tokens(model(), request, output: 10) == 3 * (100 + 2 * 5 + 2 * 10))
    }

    @Test func aPredictionIsBilledAsOutput() {
        #expect(tokens(model(), demand(0) { $0.predictedTokens = 7 }) == 14)
    }

    @Test func feesComeOnTopOnceAndCarryTheFeeForOwnKeys() {
        let request = demand(0) {
            $0.fees = Picodollars(20_000_000)
            $0.answers = 4
        }
        #expect(tokens(model(), request) == 1_000)
    }

    @Test func theContextBoundsAllInputTogether() {
        let request = demand(900) {
            $0.audioTokens = 900
            $0.images = [.sized(width: 32, height: 32)]
        }
        #expect(tokens(model(context: 1_000), request) == 1_000)
    }

    @Test func theDearestInputFillsTheContextFirst() {
        var rates = plain
        rates.audio = rate(60_000)
        let request = demand(900) { $0.audioTokens = 300 }
        #expect(tokens(model(rates, context: 1_000), request) == 3 * 300 + 700)
    }

    @Test(arguments: [Demand.Kinds.text, .image, .audio, .video, .document])
    func whatIsOpenFillsTheContext(_ kind: Demand.Kinds) {
        #expect(tokens(model(context: 5_000), demand(10) { $0.open = kind }) == 5_000)
    }

    @Test func aTierThatOpenInputCanReachCounts() {
        let tier = PriceSheet.Override(abovePromptTokens: 4_999, rates: Rates(prompt: rate(40_000), completion: .zero))
        let tiered = model(context: 5_000, overrides: [tier])
        #expect(tokens(tiered, demand(4_999)) == 4_999)
        #expect(tokens(tiered, demand(10) { $0.open = .document }) == 10_000)
    }

    @Test func aTierBeyondTheContextNeverCounts() {
        let tier = PriceSheet.Override(abovePromptTokens: 5_000, rates: Rates(prompt: rate(40_000), completion: .zero))
        let request = demand(4_000) {
            $0.audioTokens = 4_000
        }
        #expect(tokens(model(context: 5_000, overrides: [tier]), request) == 5_000)
    }

    @Test func amountsBeyondMoneyAreNone() {
        var rates = Rates(prompt: rate(.max), completion: rate(.max), request: rate(.max))
        rates.unknown = rate(.max)
        rates.webSearch = rate(.max)
        let request = demand(.max) {
            $0.answers = .max
            $0.predictedTokens = .max
            $0.listedSearches = .max
            $0.audioTokens = .max
            $0.images = Array(repeating: .sized(width: .max, height: .max), count: 200)
            $0.open = [.text, .video]
            $0.fees = Picodollars(.max)
        }
        let ceiling = model(rates, context: .max).ceiling(for: request)
        #expect(ceiling.amount(outputTokens: .max) == nil)
        #expect(ceiling.amount(outputTokens: 0) == nil)
        #expect(ceiling.outputTokens(fitting: MoneySum(nanodollars: -1)) == nil)
    }
}

@Suite struct MediaPriceTests {
    @Test func imagesCountAtTheDearestReadingOfTheirPrice() {
        let request = demand(0) { $0.images = [.sized(width: 32, height: 32), .sized(width: 33, height: 64)] }
        let tokensOfBoth = 4 + 2_304 + 16 + 2_304
        #expect(tokens(model(), request) == tokensOfBoth)
        var perToken = plain
        perToken.imageToken = rate(40_000)
        #expect(tokens(model(perToken), request) == 2 * tokensOfBoth)
        var either = plain
        either.image = rate(60_000)
        // Per token, and once for each image.
        #expect(tokens(model(either), request) == 3 * tokensOfBoth + 2 * 3)
    }

    @Test func anImagePriceBelowThePromptsDoesNotLowerIt() {
        var rates = plain
        rates.imageToken = rate(1)
        #expect(tokens(model(rates), demand(0) { $0.images = [.sized(width: 1, height: 1)] }) == 2_308)
    }

    @Test func mediaCountAsTextTooWhereTheModelTakesNone() {
        var reading = model()
        let picture = demand(5) {
            $0.images = [.sized(width: 1, height: 1)]
            $0.mediaBytes = 1_000
        }
        #expect(tokens(reading, picture) == 5 + 1_000 + 2_308)
        reading.capabilities = .images
        #expect(tokens(reading, picture) == 5 + 2_308)
        let sound = demand(5) {
            $0.audioTokens = 10
            $0.mediaBytes = 1_000
        }
        #expect(tokens(reading, sound) == 5 + 1_000 + 10)
        reading.capabilities = .audio
        #expect(tokens(reading, sound) == 5 + 10)
    }

    @Test func soundCountsAtItsDearest() {
        var rates = plain
        rates.audio = rate(60_000)
        rates.audioCache = rate(80_000)
        #expect(tokens(model(rates), demand(5) { $0.audioTokens = 10 }) == 5 + 4 * 10)
    }

    static let openKinds: [(Demand.Kinds, Int)] = [
        (.text, 1), (.image, 2), (.document, 2), (.audio, 3), (.video, 3), ([.text, .image], 2), ([.image, .audio], 3),
    ]

    @Test(arguments: openKinds)
    func openInputCountsAtTheDearestKindThatItHolds(_ kinds: Demand.Kinds, factor: Int) {
        var rates = plain
        rates.imageToken = rate(40_000)
        rates.audio = rate(60_000)
        #expect(tokens(model(rates, context: 1_000), demand(0) { $0.open = kinds }) == factor * 1_000)
    }

    @Test func outputCountsAtTheDearestKindThatTheModelAnswersIn() {
        var rates = plain
        rates.imageOutput = rate(80_000)
        rates.audioOutput = rate(120_000)
        var painter = model(rates)
        #expect(tokens(painter, demand(), output: 10) == 20)
        painter.capabilities = .speaks
        #expect(tokens(painter, demand(), output: 10) == 60)
        painter.capabilities = .paints
        // An image does not always keep to the limit: one of the largest is added.
        #expect(tokens(painter, demand(), output: 10) == 4 * (10 + 8_192))
    }

    @Test func filesThatTheModelCannotReadTakeTheFeeForOCR() {
        // Two dollars a file: 100 million tokens of twenty nanodollars.
        func fee(_ reader: Demand.Files.Reader, _ capabilities: Capabilities) -> Int? {
            var reading = model()
            reading.capabilities = capabilities
            return tokens(reading, demand { $0.files = .init(count: 3, reader: reader) })
        }
        #expect(fee(.model, []) == 300_000_000)
        #expect(fee(.model, .documents) == 0)
        #expect(fee(.free, []) == 0)
        #expect(fee(.ocr, .documents) == 300_000_000)
    }

    @Test func searchesTakeTheListedFee() {
        var rates = plain
        rates.webSearch = rate(20_000_000)
        #expect(tokens(model(rates), demand(1)) == 1)
        #expect(tokens(model(rates), demand(1) { $0.listedSearches = 2 }) == 2_001)
        var searcher = model(rates, context: 500)
        searcher.searchesUnasked = true
        // One search, and what it finds fills the context.
        #expect(tokens(searcher, demand(1)) == 1_500)
    }

    @Test func aPriceThatNobodyKnowsCountsWhereverItCould() {
        var rates = plain
        rates.unknown = rate(100_000)
        #expect(tokens(model(rates), demand(10), output: 1) == 5 * 10 + 5 + 5)
        rates.unknown = rate(1_000)
        rates.request = rate(19_000)
        #expect(tokens(model(rates), demand(10), output: 1) == 10 + 2 + 1)
    }

    @Test func aCallIsFreeOnlyIfNothingItAsksForCosts() {
        let free = Rates(prompt: .zero, completion: .zero)
        #expect(model(free).ceiling(for: demand(10)).isZero)
        #expect(!model().ceiling(for: demand(0)).isZero)
        #expect(!model(free).ceiling(for: demand(10) { $0.fees = Picodollars(1) }).isZero)
        #expect(!model(free).ceiling(for: demand(10) { $0.files.count = 1 }).isZero)
        var searching = free
        searching.webSearch = rate(1)
        #expect(model(searching).ceiling(for: demand(10)).isZero)
        #expect(!model(searching).ceiling(for: demand(10) { $0.listedSearches = 1 }).isZero)
        var searcher = model(searching)
        searcher.searchesUnasked = true
        #expect(!searcher.ceiling(for: demand(10)).isZero)
    }
}

@Suite struct CachePriceTests {
    private func tokens(prompt: Int64 = 20_000, write: Int64?, hour: Int64? = nil, _ caching: Demand.Caching) -> Int? {
        let rates = Rates(
            prompt: rate(prompt), completion: .zero, cacheWrite: write.map(rate), cacheWriteHour: hour.map(rate))
        return PricingTests.tokens(model(rates), demand(100) { $0.caching = caching })
    }

    @Test func aDearerWriteCountsUnasked() {
        #expect(tokens(write: 40_000, hour: 80_000, .unasked) == 200)
        #expect(tokens(write: 40_000, hour: 80_000, .asked) == 200)
    }

    @Test func anHourCountsWhenItIsAskedFor() {
        #expect(tokens(write: 40_000, hour: 80_000, .askedForAnHour) == 400)
        // Twice the prompt, where the list does not say.
        #expect(tokens(write: 30_000, .askedForAnHour) == 200)
        #expect(tokens(write: nil, .askedForAnHour) == 100)
    }

    @Test func aWriteBelowThePromptIsStorageOnTopOfIt() {
        #expect(tokens(write: 10_000, .unasked) == 100)
        #expect(tokens(write: 10_000, .asked) == 150)
        #expect(tokens(write: 10_000, .askedForAnHour) == 100 + 12 * 50)
    }

    @Test func whatACacheAddsComesOnTopOfDearerKinds() {
        var rates = Rates(prompt: rate(20_000), completion: .zero, cacheWrite: rate(40_000))
        rates.audio = rate(60_000)
        #expect(PricingTests.tokens(model(rates), demand(0) { $0.audioTokens = 10 }) == 40)
    }
}

@Suite struct ImageTokensTests {
    private func tokens(_ name: String, _ image: Demand.Image) -> Int? {
        PricingTests.tokens(model(name: name, context: 900_000), demand(0) { $0.images = [image] })
    }

    static let sized: [(String, Int64, Int64, Int)] = [
        ("any/model", 1, 1, 4 + 2_304), ("any/model", 32, 32, 4 + 2_304), ("any/model", 33, 32, 8 + 2_304),
        ("any/model", 1024, 1024, 4 * 1024 + 2_304), ("qwen/qwen3-vl-8b-instruct", 4096, 4096, 4 * 16_384 + 2_304),
        // Gemini's tiles have a side of at least 256: two rows of 79.
        ("google/gemini-2.5-flash", 20_000, 385, 258 * 79 * 2), ("google/gemini-2.5-flash", 385, 20_000, 258 * 79 * 2),
        ("google/gemini-3-flash-preview", 4000, 4000, 2_304), ("google/gemini-3-flash-preview", 1, 1, 2_304),
        ("anthropic/claude-sonnet-4.5", 32, 32, 2_308), ("anthropic/claude-sonnet-4.5", 8000, 8000, 5_120),
        ("openai/gpt-4o-mini", 1, 1, 48_169), ("openai/gpt-4o", 8000, 8000, 4_096), ("openai/gpt-4o", 32, 32, 2_308),
        ("openai/gpt-5.2", 32, 64, 2_312), ("openai/gpt-5.2", 8000, 8000, 73_800),
    ]

    @Test(arguments: sized)
    func anImageOfKnownSize(_ name: String, width: Int64, height: Int64, most: Int) {
        #expect(tokens(name, .sized(width: width, height: height)) == most)
    }

    static let unsized: [(String, Int)] = [
        ("openai/gpt-4o-mini", 48_169), ("openai/gpt-4o-mini-2024-07-18", 48_169), ("openai/gpt-4o", 4_096),
        ("openai/gpt-4o-2024-11-20", 4_096), ("openai/gpt-4.1", 4_096), ("openai/gpt-4.1-mini", 4_096),
        ("openai/gpt-5", 4_096), ("openai/gpt-5-mini", 4_096), ("openai/gpt-5-mini-2025-08-07", 4_096),
        ("openai/gpt-5-image", 73_800), ("openai/gpt-5-pro", 73_800), ("openai/gpt-5.2", 73_800),
        ("openai/o3", 4_096), ("openai/o3-pro", 73_800), ("anthropic/claude-haiku-4.5", 5_120),
        ("google/gemini-3.1-pro-preview", 2_304), ("google/gemini-2.5-pro", 900_000),
        ("google/gemma-3-27b-it", 900_000),
        ("google/gemini-flash-1.5", 900_000), ("x-ai/grok-4.3", 900_000), ("anthropic-like/claude", 900_000),
    ]

    @Test(arguments: unsized)
    func anImageOfUnknownSize(_ name: String, most: Int) {
        #expect(tokens(name, .unsized) == most)
    }

    @Test(arguments: [(0, 0), (0, 10), (-1, 10), (.max, .max)] as [(Int64, Int64)])
    func aSizeThatCannotBeIsNotBelieved(width: Int64, height: Int64) {
        #expect(tokens("any/model", .sized(width: width, height: height)) == 900_000)
    }
}
