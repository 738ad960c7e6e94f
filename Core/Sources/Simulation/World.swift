import Budgeting
import ExactMoney

/// Runs one world from a seed: so many commands in random order under crashes and lost commits, then quiet time.
///
/// - Returns: what happened, the same for the same arguments on every machine.
/// - Throws: the first promise that did not hold.
public func simulate(seed: UInt64, commands: Int, mutant: Mutant? = nil) throws(Violation) -> Report {
    var world = World(seed: seed, mutant: mutant)
    do {
        return try world.run(commands: commands)
    } catch {
        throw Violation(seed: seed, step: world.report.steps, promise: error.promise, detail: error.detail)
    }
}

/// A gateway, its store, the provider, callers and operators, and two auditors that watch them.
///
/// Nothing here waits: every step draws one thing that can happen next and lets it happen, so that any order of events is
/// met by some seed. A step that cannot happen is drawn again.
struct World {
    /// A caller's side of one call. Legal moves: asking → admitted → sent → over; each may end in over.
    struct Call {
        enum Stage {
            case asking
            case admitted
            case sent
            /// Told the gateway how it ended, or it lost its caller.
            case over
        }

        let tenant: TenantID
        let amount: Money
        var pages: [Page] = []
        var reservation: ReservationID?
        var stage = Stage.asking
    }

    let mutant: Mutant?
    let features: Features
    let zones: Zones
    let calendar: NaiveCalendar
    /// The size of a tenant's daily cap, and so of everything.
    let scale: Int64
    var chance: SplitMix64
    var wall: Instant
    var gateway: SimulatedGateway?
    var store = SimulatedStore()
    var provider = SimulatedProvider()
    var bookkeeper: Bookkeeper
    var billAuditor: BillAuditor
    var calls: [Call] = []
    /// Calls that are admitted or sent, in order of admission.
    var live: [Int] = []
    var callOf: [ReservationID: Int] = [:]
    var report: Report
    /// What the auditors have to look at after this step.
    var touched: Set<Page> = []
    var booksChanged = false
    /// The gateway read its books from the log.
    var booksAreNew = false
    var isQuiet = false

    init(seed: UInt64, mutant: Mutant?) {
        chance = SplitMix64(seed: seed)
        self.mutant = mutant
        features = Features(using: &chance)
        let standard = chance.one(of: World.zones)
        zones = Zones(standard, World.zones)
        var calendar = NaiveCalendar(zone: standard)
        if features.ownZones { for tenant in World.tenants { calendar.zones[tenant] = chance.one(of: World.zones) } }
        self.calendar = calendar
        scale = chance.one(of: [100, 10_000, 5_000_000_000])
        wall = Instant(milliseconds: chance.one(of: World.starts) + chance.number(below: 86_400_000))
        bookkeeper = Bookkeeper(calendar: calendar)
        billAuditor = BillAuditor(calendar: calendar)
        report = Report(seed: seed)
    }

    mutating func run(commands: Int) throws(Broken) -> Report {
        gateway = try SimulatedGateway(on: store, zones: zones, mutant: mutant, at: wall)
        try setFirstBudgets()
        while report.commands < commands, report.steps < commands * 20 {
            try step(nextAction())
            try audit()
        }
        try quiet()
        report.digest = store.digest.value
        report.batches = store.batches.count
        return report
    }

    /// Nothing new comes and nothing fails any more: every call ends, every doubt is cleared.
    private mutating func quiet() throws(Broken) {
        isQuiet = true
        for _ in 0..<200 where !isIdle {
            while !live.isEmpty { try step(.moveACall) }
            while !provider.running.isEmpty { try step(.endAnAbandonedCall) }
            for _ in 0..<doubtful.count { try step(.reconcile) }
            try step(.commit)
            try audit()
        }
        try auditQuiet()
    }

    private var isIdle: Bool {
        live.isEmpty && provider.running.isEmpty && gateway?.books.open.isEmpty == true && gateway?.writing == nil
            && gateway?.gathered.isEmpty == true
    }

    /// Reservations whose cost is not known, in order.
    var doubtful: [ReservationID] {
        gateway?.books.open.filter { $0.value.doubt != nil }.map(\.key).sorted() ?? []
    }
}

extension World {
    /// Zones with the rules that hurt: an hour twice, midnight skipped, a whole day skipped.
    private static let zones = [
        ZoneRules.utc,
        ZoneRules(name: "Asia/Kolkata", firstOffsetSeconds: 19_800),
        ZoneRules(
            name: "Europe/Berlin", firstOffsetSeconds: 3_600,
            transitions: [
                .init(at: Instant(seconds: 1_774_746_000), offsetSeconds: 7_200),  // 2026-03-29T01:00Z
                .init(at: Instant(seconds: 1_792_890_000), offsetSeconds: 3_600),  // 2026-10-25T01:00Z
            ]),
        ZoneRules(
            name: "midnight skipped", firstOffsetSeconds: -10_800,
            transitions: [
                .init(at: Instant(seconds: 1_774_753_200), offsetSeconds: -7_200),  // 2026-03-29T03:00Z
                .init(at: Instant(seconds: 1_792_893_600), offsetSeconds: -10_800),  // 2026-10-25T02:00Z
            ]),
        ZoneRules(
            name: "a day skipped", firstOffsetSeconds: -36_000,
            transitions: [.init(at: Instant(seconds: 1_775_037_600), offsetSeconds: 50_400)]),  // 2026-04-01T10:00Z
    ]

    /// 2026-03-28, 2026-10-24, 2026-12-31, 2028-02-28, in milliseconds.
    private static let starts: [Int64] = [1_774_656_000_000, 1_792_800_000_000, 1_798_675_200_000, 1_835_308_800_000]
}
