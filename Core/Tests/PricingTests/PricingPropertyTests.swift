import ExactMoney
import Pricing
import Simulation
import Testing

/// Price sheets, usages and rooms made from a seed. Rates are often small, so that rounding matters.
private struct Chance {
    var generator: SplitMix64

    mutating func rate() -> Rate {
        let bound: Int64 = generator.one(of: [1, 10, 2_000, 100_000_000, 5_000_000_000_000])
        return Rate(picodollars: generator.number(below: bound))
    }

    mutating func sometimesRate() -> Rate? { generator.once(in: 2) ? rate() : nil }

    mutating func rates() -> Rates {
        Rates(
            prompt: rate(), completion: rate(), request: rate(), cacheRead: sometimesRate(),
            cacheWrite: sometimesRate(), internalReasoning: sometimesRate())
    }

    mutating func sheet() -> PriceSheet {
        var sheet = PriceSheet(base: rates())
        for _ in 0..<generator.number(below: 4) {
            let threshold: Int64? = generator.once(in: 3) ? nil : generator.number(below: 3_000)
            sheet.overrides.append(.init(abovePromptTokens: threshold, rates: rates()))
        }
        return sheet
    }

    /// A usage within the bounds, at them as often as not; cache counts as large as the input and beyond.
    mutating func usage(input: Int64, output: Int64) -> Usage {
        let spent = generator.once(in: 2) ? input : generator.number(below: input + 1)
        return Usage(
            inputTokens: spent, outputTokens: generator.once(in: 2) ? output : generator.number(below: output + 1),
            cachedTokens: generator.number(below: spent + 2), cacheWriteTokens: generator.number(below: spent + 2),
            reasoningTokens: generator.number(below: output + 1))
    }
}

@Suite struct PricingPropertyTests {
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func noUsageWithinTheBoundsCostsMoreThanTheCeiling(seed: UInt64) throws {
        var chance = Chance(generator: SplitMix64(seed: seed))
        for round in 0..<1_000 {
            let sheet = chance.sheet()
            let input = chance.generator.number(below: 4_000)
            let output = chance.generator.number(below: 4_000)
            let ceiling = try #require(sheet.ceiling(inputTokens: input).amount(outputTokens: output))
            let usage = chance.usage(input: input, output: output)
            let cost = try #require(sheet.cost(of: usage))
            #expect(cost <= ceiling, "seed \(seed), round \(round): \(usage) on \(sheet)")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func theCeilingIsReachedByUsageAtItsBounds(seed: UInt64) throws {
        var chance = Chance(generator: SplitMix64(seed: seed))
        for round in 0..<500 {
            // Without overrides: these are combined part by part, which no single usage needs to reach.
            let sheet = PriceSheet(base: chance.rates())
            let input = chance.generator.number(below: 4_000)
            let output = chance.generator.number(below: 4_000)
            let ceiling = try #require(sheet.ceiling(inputTokens: input).amount(outputTokens: output))
            let costs = [
                Usage(inputTokens: input, outputTokens: output),
                Usage(inputTokens: input, outputTokens: output, cachedTokens: input),
                Usage(inputTokens: input, outputTokens: output, cacheWriteTokens: input),
            ].compactMap(sheet.cost(of:))
            #expect(costs.max() == ceiling, "seed \(seed), round \(round): \(sheet)")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func theFittingOutputIsTheExactInverseOfTheAmount(seed: UInt64) throws {
        var chance = Chance(generator: SplitMix64(seed: seed))
        for round in 0..<1_000 {
            let ceiling = chance.sheet().ceiling(inputTokens: chance.generator.number(below: 4_000))
            let room = Money(nanodollars: chance.generator.number(below: 20_000_000))
            let context: Comment = "seed \(seed), round \(round): \(ceiling) in \(room)"
            guard let tokens = ceiling.outputTokens(fitting: MoneySum(room)) else {
                let smallest = try #require(ceiling.amount(outputTokens: 1), context)
                #expect(smallest > room, context)
                continue
            }
            let fitted = try #require(ceiling.amount(outputTokens: tokens), context)
            #expect(tokens > 0 && fitted <= room, context)
            guard tokens < .max else { continue }
            let next = try #require(ceiling.amount(outputTokens: tokens + 1), context)
            #expect(next > room, context)
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aCeilingNeverFallsAsTheBoundsRise(seed: UInt64) throws {
        var chance = Chance(generator: SplitMix64(seed: seed))
        for round in 0..<500 {
            let sheet = chance.sheet()
            let input = chance.generator.number(below: 4_000)
            let output = chance.generator.number(below: 4_000)
            let amount = try #require(sheet.ceiling(inputTokens: input).amount(outputTokens: output))
            let moreInput = try #require(sheet.ceiling(inputTokens: input + 1).amount(outputTokens: output))
            let moreOutput = try #require(sheet.ceiling(inputTokens: input).amount(outputTokens: output + 1))
            #expect(amount <= moreInput && amount <= moreOutput, "seed \(seed), round \(round): \(sheet)")
        }
    }
}
