import Simulation
import Testing

@Suite struct SplitMix64Tests {
    /// From the reference implementation, seed 1234567: https://prng.di.unimi.it/splitmix64.c
    @Test func givesTheReferenceNumbers() {
        var chance = SplitMix64(seed: 1_234_567)
        let numbers = (0..<5).map { _ in chance.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test func staysBelowItsBoundAndReachesEveryNumber() {
        var chance = SplitMix64(seed: 1)
        for bound in [1, 2, 3, 10] as [Int64] {
            let seen = Set((0..<200).map { _ in chance.number(below: bound) })
            #expect(seen == Set(0..<bound))
        }
        #expect((0..<100).allSatisfy { _ in chance.number(below: .max) >= 0 })
    }
}
