import Simulation
import Testing

/// The worlds of one run of the tests. A seed that once failed gets a line of its own below.
private let seeds = 1...200 as ClosedRange<UInt64>
private let commands = 300

@Suite struct SimulationTests {
    @Test(arguments: [seeds.lowerBound...50, 51...100, 101...150, 151...seeds.upperBound])
    func everyPromiseHoldsInEveryWorld(seeds: ClosedRange<UInt64>) {
        var met: [Report.Counts] = []
        for seed in seeds {
            do {
                let report = try simulate(seed: seed, commands: commands)
                #expect(report.commands >= commands, "seed \(seed) ended after \(report.commands) commands")
                met.append(report.counts)
            } catch {
                Issue.record("\(error)")
            }
        }
        expectEverything(in: met, seeds)
    }

    /// A promise holds for nothing in a world in which nothing happens.
    private func expectEverything(in met: [Report.Counts], _ seeds: ClosedRange<UInt64>) {
        let expected: [(KeyPath<Report.Counts, Int>, atLeast: Int)] = [
            (\.admitted, 1_000), (\.freeAdmitted, 50), (\.narrowAdmitted, 300), (\.refused, 500), (\.settled, 1_000),
            (\.released, 200),
            (\.leftUnresolved, 200), (\.reconciled, 200), (\.overruns, 20), (\.credits, 20), (\.capChanges, 100),
            (\.answersLost, 50), (\.batchesLost, 50), (\.commitsRefused, 50), (\.factsDecidedAgain, 50),
            (\.crashes, 50), (\.leftUnresolvedAtStart, 50), (\.keptButUnanswered, 3), (\.closedTwiceRefused, 100),
            (\.dayChanges, 50), (\.monthChanges, 10),
        ]
        for (count, atLeast) in expected {
            let total = met.reduce(0) { $0 + $1[keyPath: count] }
            #expect(total >= atLeast, "\(count) in seeds \(seeds)")
        }
        #expect(met.map(\.largestBatch).max() ?? 0 >= 5)
    }

    @Test(arguments: [1, 7, 42, 123] as [UInt64])
    func theSameSeedGivesTheSameLog(seed: UInt64) throws {
        let first = try simulate(seed: seed, commands: commands)
        let second = try simulate(seed: seed, commands: commands)
        #expect(first == second)
    }

    @Test func otherSeedsGiveOtherLogs() throws {
        let digests = try Set((1...20 as ClosedRange<UInt64>).map { try simulate(seed: $0, commands: 50).digest })
        #expect(digests.count == 20)
    }

    /// Another process, on another day, must write the same bytes: this holds hash seeds and clocks out of the deciding
    /// code. It changes with the entry codec, and with the order in which the world draws.
    @Test func theLogOfSeedOneIsTheGoldenOne() throws {
        let report = try simulate(seed: 1, commands: commands)
        #expect(report.digest == 1_312_271_289_238_554_183)
        #expect(report.batches == 69)
    }
}
