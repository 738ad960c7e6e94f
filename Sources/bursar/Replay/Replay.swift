import Budgeting
import ExactMoney
import Gateway
import Ledger
import Logging
import NIOCore
import Pricing
import Routing
import Synchronization

/// Past calls under another policy: each is put before `Admission` and a ledger of its own, in memory, in the order in which it came,
/// and what was admitted settles when the call really ended.
///
/// What a receipt does not tell is filled in so: the output limit is the one for which the amount that was reserved is the worst case of
/// the tokens that were used; another model is taken to use the same tokens; and every model of the chain to be able to do what
/// was asked, but for its context. Calls that were refused then left no receipt and cannot be asked again.
final class Replay {
    private struct Running {
        let end: Instant
        let id: ReservationID
        let settlement: Entry.Settlement
        /// Whose limits it is counted for.
        let counted: [String]
    }

    private let settings: GatewaySettings
    private let catalogue: Catalogue
    private let from: Instant
    private let clock: SimulatedClock
    private let ledger: Ledger
    private var pacer = Pacer<String>()
    /// By their ends, the first last.
    private var running: [Running] = []
    private(set) var report: ReplayReport

    /// - Parameters:
    ///   - from: calls before it only fill the windows that they count in.
    ///   - begins: before the first call.
    init(_ settings: Settings, _ catalogue: Catalogue, from: Instant, begins: Instant, report: ReplayReport) throws {
        self.settings = settings.gateway
        self.catalogue = catalogue
        self.from = from
        self.report = report
        let clock = SimulatedClock(begins)
        self.clock = clock
        let thresholds = Thresholds(settings, catalogue)
        ledger = try Ledger.open(
            MemoryStore(), caps: settings.caps, policy: .init(zone: settings.zone, thresholds: thresholds),
            retention: Retention(entriesDays: 0, windowsDays: 32), clock: { clock.now },
            logger: Logger(label: "replay") { _ in LineLog(level: .error, format: .text) })
    }

    func close() { ledger.close() }

    func take(_ call: PastCall) {
        let now = max(call.at, clock.now)
        settle(until: now)
        clock.set(now)
        let scopes = ledger.scopes(of: call.attribution)
        let isAsked = call.at >= from && call.isCall
        guard isAsked, let (models, bid) = bid(call, scopes) else {
            if isAsked { report.unpriced(call) }
            return serveAsItWas(call, scopes)
        }
        if let only = settings.onlyTenants, !only.contains(call.attribution.tenant) {
            return report.refused(call, why: "unknown_tenant")
        }
        guard settings.rules(of: call.attribution.tenant).mayUse(models[0].name.text) else {
            return report.refused(call, why: "model_not_allowed")
        }
        let limited = limited(call)
        guard case .go = pacer.begin(limited, at: now) else { return report.refused(call, why: "rate_limited") }
        let counted = limited.map(\.who)
        switch verdict(bid, at: now) {
        case .admit(let grant):
            let would = models[grant.offer]
            let cost = cost(call, at: would, grant)
            begin(
                .reserve(scopes, model: bid.offers[grant.offer].model, amount: grant.amount), call, cost: cost,
                counted)
            report.served(call, by: would.name.text, isCut: call.usage.outputTokens > grant.outputTokens, cost: cost)
        case .refuse(let denial):
            leave(counted)
            report.refused(call, why: Replay.word(denial))
        case .wait(let budget):
            leave(counted)
            report.refused(call, why: BudgetText.name(budget))
        }
    }

    /// Who has limits to the number of calls. Those that keys were issued with are no part of a policy's file.
    private func limited(_ call: PastCall) -> [(who: String, limits: CallLimits)] {
        let tenant = call.attribution.tenant
        let key = call.attribution.key.flatMap { key in settings.keyLimits[key].map { ("key \(key)", $0) } }
        return [("tenant \(tenant)", settings.rules(of: tenant).limits), key].compactMap { $0 }.filter {
            $0.1 != CallLimits()
        }
    }

    /// As the gateway does: where only held money is in the way, wait for calls that end soon enough, then take what there is.
    private func verdict(_ bid: Bid, at now: Instant) -> Admission.Verdict {
        let patience = now.milliseconds + settings.waitForHeldMoney.nanoseconds / 1_000_000
        func ask(_ patience: Admission.Patience) -> Admission.Verdict {
            ledger.read { books, _, policy, now in
                Admission(bid, in: books, at: now, zones: policy.zones, thresholds: policy.thresholds)
                    .verdict(patience)
            }
        }
        while true {
            let verdict = ask(.willWait)
            guard case .wait = verdict else { return verdict }
            guard let next = running.last, next.end.milliseconds <= patience else { return ask(.waited) }
            running.removeLast()
            end(next)
        }
    }

    private func end(_ call: Running) {
        _ = ledger.record(.settle(call.id, call.settlement))
        leave(call.counted)
    }

    private func leave(_ counted: [String]) {
        for who in counted { pacer.end(who) }
    }

    private static func word(_ denial: Denial) -> String {
        switch denial {
        case .budgetExceeded(let shortfall), .budgetHeld(let shortfall): BudgetText.name(shortfall.budget)
        case .callTooExpensive: "call_too_expensive"
        }
    }
}

// MARK: - One call

extension Replay {
    /// The models that may serve it and what it asks of the budgets; nil where the model asked has no price any more.
    private func bid(_ call: PastCall, _ scopes: CallScopes) -> ([Model], Bid)? {
        guard let asked = catalogue.resolve(call.asked), let served = catalogue.resolve(call.served) else { return nil }
        let rules = settings.rules(of: call.attribution.tenant)
        let policy = rules.policy
        let models =
            [asked]
            + catalogue.chain(after: asked, settings, policy).filter { model in
                rules.mayUse(model.name.text) && call.usage.inputTokens < model.contextTokens
                    && model.capabilities.contains(.embeddings) == asked.capabilities.contains(.embeddings)
            }
        let demand = Demand(textTokens: call.usage.inputTokens)
        let limit = limit(call, served.ceiling(for: demand), most: served.outputTokensLimit)
        let offers = models.map { model in
            let ceiling = model.ceiling(for: demand)
            return Bid.Offer(
                model: ledger.model(named: model.name.text), ceiling: ceiling,
                outputTokensLimit: model.outputTokensLimit, isFree: ceiling.isZero)
        }
        return (
            models,
            Bid(
                scopes: scopes, offers: offers, output: .named(limit), floor: settings.minOutputTokens,
                moves: policy.mayDowngrade ? .allowed : .never,
                maxCall: [settings.maxCall, policy.maxCall].compactMap { $0 }.min())
        )
    }

    private func limit(_ call: PastCall, _ ceiling: Ceiling, most: Int64) -> Int64 {
        guard !call.isEmbedding else { return 0 }
        let fitting = ceiling.outputTokens(fitting: MoneySum(call.reserved)) ?? 0
        return max(min(fitting, most), call.usage.outputTokens, 1)
    }

    /// What it would have cost there. The bill itself, where the same model would have given the same answer.
    private func cost(_ call: PastCall, at model: Model, _ grant: Grant) -> Money {
        let isCut = call.usage.outputTokens > grant.outputTokens && !call.isEmbedding
        if model.name == catalogue.resolve(call.served)?.name, !isCut { return call.cost }
        var usage = call.usage
        if isCut { usage.outputTokens = grant.outputTokens }
        return model.prices.cost(of: usage) ?? call.cost
    }

    private func serveAsItWas(_ call: PastCall, _ scopes: CallScopes) {
        begin(.observe(scopes, model: ledger.model(named: call.served), amount: call.cost), call, cost: call.cost)
    }

    private func begin(_ command: Command, _ call: PastCall, cost: Money, _ counted: [String] = []) {
        guard case .success(let events) = ledger.record(command), case .reserved(let made) = events.first else {
            preconditionFailure("the books refuse what was planned on them: \(command)")
        }
        let end = Instant(milliseconds: clock.now.milliseconds + max(0, call.tookMilliseconds))
        let settlement = Entry.Settlement(
            cost: cost, inputTokens: call.usage.inputTokens, outputTokens: call.usage.outputTokens, evidence: .rates)
        let place = running.firstIndex { $0.end <= end } ?? running.endIndex
        running.insert(Running(end: end, id: made.id, settlement: settlement, counted: counted), at: place)
    }

    private func settle(until now: Instant) {
        while let next = running.last, next.end <= now {
            running.removeLast()
            clock.set(max(clock.now, next.end))
            end(next)
        }
    }
}

/// The time that a replay is at.
private final class SimulatedClock: Sendable {
    private let instant: Mutex<Instant>

    init(_ start: Instant) {
        instant = Mutex(start)
    }

    var now: Instant { instant.withLock { $0 } }

    func set(_ now: Instant) { instant.withLock { $0 = now } }
}
