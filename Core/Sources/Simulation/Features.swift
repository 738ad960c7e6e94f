/// What may happen in one world. Each seed leaves a random part out, so that the rest is met in purer form (swarm testing).
struct Features {
    var answersAreLost: Bool
    var commitsAreRefused: Bool
    var crashes: Bool
    var providerLies: Bool
    var credits: Bool
    var capsChange: Bool
    var daysPass: Bool
    var clockRunsBack: Bool
    /// Calls that hold the whole of a budget now and then.
    var hugeCalls: Bool
    /// Tenants have zones of their own.
    var ownZones: Bool
    /// Groups, users, runs and tags have budgets, and minutes, hours, weeks and all of time.
    var narrowBudgets: Bool

    init(using chance: inout SplitMix64) {
        answersAreLost = !chance.once(in: 3)
        commitsAreRefused = !chance.once(in: 3)
        crashes = !chance.once(in: 3)
        providerLies = chance.once(in: 3)
        credits = chance.once(in: 2)
        capsChange = chance.once(in: 2)
        daysPass = !chance.once(in: 3)
        clockRunsBack = chance.once(in: 3)
        hugeCalls = chance.once(in: 2)
        ownZones = chance.once(in: 2)
        narrowBudgets = chance.once(in: 2)
    }
}
