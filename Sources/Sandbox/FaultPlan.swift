/// Which calls go wrong, and how fast answers come.
///
/// The first rule that hits decides. All chance is drawn from the seed, so the same calls in the same order fail alike.
struct FaultPlan: Hashable, Sendable {
    struct Rule: Codable, Hashable, Sendable {
        var fault: Fault
        /// Only calls of this model; nil for any.
        var model: String?
        /// How many calls are left for the rule; nil for always.
        var times: Int?
        /// How many calls of a hundred it hits; nil for all.
        var percent: Int?
    }

    /// Pauses of an answer, in milliseconds.
    struct Pace: Hashable, Sendable {
        /// Before the first token.
        var first: Int = 0
        /// Between two tokens of a stream.
        var between: Int = 2
    }

    private(set) var rules: [Rule]
    let seed: UInt64
    let pace: Pace
    /// How long after its end a call is not yet known to `GET /generation`, as with OpenRouter.
    let generationDelayMilliseconds: Int64
    private var chance: Randomness

    init(
        rules: [Rule] = [], seed: UInt64 = 1, pace: Pace = Pace(), generationDelayMilliseconds: Int64 = 2_000
    ) {
        self.rules = rules
        self.seed = seed
        self.pace = pace
        self.generationDelayMilliseconds = generationDelayMilliseconds
        chance = Randomness(seed: seed)
    }

    /// The fault of the next call of `model`, if it has one.
    mutating func draw(model: String) -> Fault? {
        for index in rules.indices where rules[index].applies(to: model) {
            if let percent = rules[index].percent, chance.below(100) >= percent { continue }
            if let times = rules[index].times { rules[index].times = times - 1 }
            return rules[index].fault
        }
        return nil
    }

    /// Whether the next call that nobody waited for is billed all the same.
    mutating func drawBilled() -> Bool { chance.next() & 1 == 0 }
}

extension FaultPlan.Rule {
    fileprivate func applies(to name: String) -> Bool {
        (model ?? name) == name && (times ?? 1) > 0
    }
}
