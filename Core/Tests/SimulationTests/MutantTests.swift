import Simulation
import Testing

@Suite struct MutantTests {
    /// A mutant that survives all of these shows an auditor that is blind.
    @Test(arguments: Mutant.allCases)
    func isCaught(_ mutant: Mutant) {
        var caught: [Violation] = []
        for seed in 1...40 as ClosedRange<UInt64> where caught.isEmpty {
            do {
                _ = try simulate(seed: seed, commands: 300, mutant: mutant)
            } catch {
                caught.append(error)
            }
        }
        #expect(!caught.isEmpty, "\(mutant) survives")
    }

    @Test(arguments: [Mutant.releasesACutStream, .releasesWhatTheClientLeft, .expiryGivesUnresolvedMoneyBack])
    func moneyGivenBackTooEarlyIsSeenOnTheBill(_ mutant: Mutant) {
        let promises = promisesBroken(by: mutant)
        #expect(promises.contains(.theBillIsCovered), "\(promises)")
    }

    @Test func anAdmissionThatForgetsIsSeenByTheBookkeeper() {
        for mutant in [Mutant.forgetsReservedMoney, .forgetsUnresolvedMoney, .forgetsTheGlobalBudgets] {
            #expect(promisesBroken(by: mutant) == [.admissionsFitEveryCap])
        }
    }

    private func promisesBroken(by mutant: Mutant) -> Set<Violation.Promise> {
        var promises: Set<Violation.Promise> = []
        for seed in 1...15 as ClosedRange<UInt64> {
            do { _ = try simulate(seed: seed, commands: 200, mutant: mutant) } catch { promises.insert(error.promise) }
        }
        return promises
    }
}
