import Budgeting
import ExactMoney
import Ledger
import Logging
import Metering
import NIOCore
public import Routing
import Synchronization
import Upstream

/// Finds out what calls cost that ended without telling: asks upstream for their records, reads the key's usage every minute,
/// and lets the books weigh what that proves. The rules are ``Reconciliation`` and the books'; here is only the asking.
///
/// It survives its process: what is in doubt, and under which id upstream knows it, is in the books.
public final class Reconciler: Sendable {
    public struct Settings: Sendable {
        public var rules = Reconciliation.Rules()
        /// How often the key's usage is read.
        public var keyEveryMilliseconds: Int64 = 60_000
        /// The sandbox's key has none, and needs none.
        public var warnsOfKeyWithoutLimit = true

        public init() {}
    }

    private let gateway: Gateway
    private let state: Mutex<State>

    private struct State {
        var settings: Settings
        var reconciliation: Reconciliation
        var chance = SystemRandomNumberGenerator()
    }

    private static let tick = Duration.milliseconds(250)

    public init(_ gateway: Gateway, settings: Settings = Settings()) {
        self.gateway = gateway
        state = Mutex(
            State(settings: settings, reconciliation: Reconciliation(settings.rules, at: gateway.clock())))
    }

    private var settings: Settings { state.withLock(\.settings) }

    /// Puts other rules in force.
    public func adopt(_ settings: Settings) {
        state.withLock { state in
            state.settings = settings
            state.reconciliation.rules = settings.rules
        }
    }

    /// Reads the key once, so that a new ledger opens with what the key has used already. Before the first call, and not for long.
    public func begin() async {
        guard let reader = try? await gateway.reader() else { return }
        await readKey(reader, .first)
        reader.close()
    }

    /// Runs until its task is cancelled.
    public func run() async throws {
        let reader = try await gateway.reader()
        defer { reader.close() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watchKey(reader) }
            group.addTask { await self.reconcile(reader) }
            group.addTask { await self.tellHead() }
        }
    }

    /// Says where the hash chain stands, at the start and on every new day (UTC), so that it can be kept elsewhere.
    private func tellHead() async {
        var told: Int64?
        while !Task.isCancelled {
            let now = gateway.clock()
            let day = now.milliseconds / 86_400_000
            if day != told {
                told = day
                let head = gateway.ledger.head
                gateway.logger.notice("the ledger's head", metadata: ["head": "\(head)"])
                gateway.ledger.events.tell(.chainStands(head), at: now)
            }
            try? await Task.sleep(for: .seconds(60))
        }
    }
}

// MARK: - Calls

extension Reconciler {
    private func reconcile(_ reader: UpstreamReader) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let (doubtful, reading, now) = gateway.ledger.read { books, _, _, now in
                    (books.doubtful, books.key.last?.answeredAt, now)
                }
                let steps = state.withLock { $0.reconciliation.steps(for: doubtful, lastReading: reading, at: now) }
                for step in steps { take(step, reader, &group) }
                try? await Task.sleep(for: Reconciler.tick)
            }
            group.cancelAll()
        }
    }

    private func take(_ step: Reconciliation.Step, _ reader: UpstreamReader, _ group: inout DiscardingTaskGroup) {
        switch step {
        case .askForRecord(let id, let generation):
            group.addTask { await self.ask(for: generation, of: id, reader) }
        case .weigh(let id): weigh(id)
        case .assume(let id): assume(id)
        }
    }

    private func ask(for generation: String, of id: ReservationID, _ reader: UpstreamReader) async {
        let answer: Reconciliation.Answer
        do {
            guard let path = GenerationRecord.path(id: generation) else { throw Unaskable() }
            let told = try await reader.get(path, key: ownKey(of: id))
            if told.status == 200, let record = GenerationRecord(told.bytes) {
                settle(id, record)
                answer = .record
            } else {
                // Anything else than an outage of upstream's own is its word that it does not know.
                answer = told.status == 429 || told.status >= 500 ? .unreachable : .notYet
            }
        } catch is Unaskable {
            answer = .notYet
        } catch {
            answer = .unreachable
        }
        let now = gateway.clock()
        state.withLock { $0.reconciliation.heard(answer, of: id, at: now, using: &$0.chance) }
    }

    /// That of the call's tenant, where the call went out on one: the gateway's key does not know of it.
    private func ownKey(of id: ReservationID) -> String? {
        let tenant = gateway.ledger.read { books, names, _, _ in
            books.open[id].flatMap { $0.reservation.usesOwnKey ? names.text(of: $0.reservation.tenant) : nil }
        }
        return tenant.flatMap { gateway.settings.rules(of: $0).upstreamKey }
    }

    private struct Unaskable: Error {}

    private func settle(_ id: ReservationID, _ record: GenerationRecord) {
        book(
            id,
            Entry.Settlement(
                cost: record.cost, inputTokens: record.inputTokens, outputTokens: record.outputTokens,
                evidence: .generation))
    }

    private func assume(_ id: ReservationID) {
        guard let held = gateway.ledger.read({ books, _, _, _ in books.open[id]?.held }) else { return }
        book(id, Entry.Settlement(cost: held, inputTokens: 0, outputTokens: 0, evidence: .assumed))
        gateway.logger.warning(
            "nothing told what a call cost; what it held is booked", metadata: ["request": "req-\(id.number)"])
    }

    private func book(_ id: ReservationID, _ settlement: Entry.Settlement) {
        let (tenant, model) = gateway.ledger.read { books, names, _, _ in
            let call = books.open[id]?.reservation
            return (call.map { names.text(of: $0.tenant) }, call.map { names.text(of: $0.model) })
        }
        guard case .success = gateway.ledger.record(.settle(id, settlement)), let tenant, let model else { return }
        gateway.metrics.reconciled(tenant: tenant, model: model, cost: settlement.cost)
        gateway.metrics.reconciled(by: "\(settlement.evidence)")
    }

    private func weigh(_ id: ReservationID) {
        guard case .success(let events) = gateway.ledger.record(.giveBack(id, settings.rules.key)), !events.isEmpty
        else { return }
        gateway.metrics.reconciled(by: "growth")
    }
}

// MARK: - The key

extension Reconciler {
    private enum Turn {
        case first
        case later
    }

    /// Reads it every so often, and at once when another key has taken its place.
    private func watchKey(_ reader: UpstreamReader) async {
        var (last, key) = (ContinuousClock.now, gateway.upstream.key.text)
        while !Task.isCancelled {
            let every = Duration.milliseconds(settings.keyEveryMilliseconds)
            try? await Task.sleep(for: min(every, Reconciler.tick))
            guard !Task.isCancelled else { return }
            guard .now - last >= every || gateway.upstream.key.text != key else { continue }
            (last, key) = (.now, gateway.upstream.key.text)
            await readKey(reader, .later)
        }
    }

    private func readKey(_ reader: UpstreamReader, _ turn: Turn) async {
        let asked = gateway.ledger.read { _, _, _, now in now }
        let (key, settings) = (gateway.upstream.key.text, settings)
        let told = try? await reader.get("/key", key: key, within: turn == .first ? .seconds(3) : .seconds(15))
        guard let told, told.status == 200, let status = KeyStatus(told.bytes) else {
            if turn == .first {
                gateway.logger.notice("upstream does not tell what the key has used; spending by others goes unseen")
            }
            return
        }
        if turn == .first, settings.warnsOfKeyWithoutLimit, status.limit == nil { warnOfKeyWithoutLimit(at: asked) }
        let answered = gateway.ledger.read { _, _, _, now in now }
        let reading = KeyReading(key: KeyFingerprint.of(key), usage: status.usage, askedAt: asked, answeredAt: answered)
        var opening: KeyOpening?
        if let daily = status.usageToday, let monthly = status.usageThisMonth {
            opening = KeyOpening(daily: daily, monthly: monthly)
        }
        guard case .success(let events) = gateway.ledger.record(.readKey(reading, opening)) else { return }
        giveBackOverbooked()
        for case .outsideSpent(let spend) in events {
            guard let most = spend.shares.map(\.amount).max() else { continue }
            gateway.metrics.spentOutside(most)
            gateway.logger.warning(
                "the upstream key was used by others than this gateway; it is booked on the global budgets",
                metadata: ["usd": "\(most)"])
        }
    }

    /// Of all calls together the key tells more than of one.
    private func giveBackOverbooked() {
        guard case .success(let events) = gateway.ledger.record(.giveBackOverbooked(settings.rules.key)) else { return }
        for case .overbooked(let over) in events where !over.shares.isEmpty {
            gateway.metrics.reconciled(by: "growth")
            gateway.logger.notice(
                "more was booked than the upstream key grew by; the global budgets have it back",
                metadata: ["usd": "\(over.shares.map(\.amount).max() ?? .zero)"])
        }
    }

    private func warnOfKeyWithoutLimit(at now: Instant) {
        gateway.logger.warning(
            "the upstream key has no limit of its own; give it one at upstream, as a second line behind these budgets")
        gateway.ledger.events.tell(.account(.keyWithoutLimit), at: now)
    }
}
