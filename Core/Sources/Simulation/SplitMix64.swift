/// A seeded generator: the same seed gives the same numbers on every machine and in every release.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators"; constants as in
/// https://prng.di.unimi.it/splitmix64.c
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but without, `bound`. Written out, as the standard library does not promise which number
    /// it makes of which bits. The bias is below one in 2³² for the bounds used here.
    ///
    /// - Precondition: `bound` is above zero.
    public mutating func number(below bound: Int64) -> Int64 {
        precondition(bound > 0, "no number is below \(bound)")
        return Int64(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True once in `times`, on average.
    public mutating func once(in times: Int64) -> Bool { number(below: times) == 0 }

    /// One of `choices`.
    ///
    /// - Precondition: there is at least one.
    public mutating func one<Element>(of choices: [Element]) -> Element {
        choices[Int(number(below: Int64(choices.count)))]
    }
}
