import Budgeting
import ExactMoney
import Foundation
import Ledger
import Logging

@testable import Receipts

/// A seeded generator. SplitMix64, https://prng.di.unimi.it/splitmix64.c
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }
    mutating func once(in times: Int64) -> Bool { number(1...times) == 1 }
}

/// A ledger file whose log is made from a seed: calls that are settled, released, left unresolved and settled late, moved on
/// after a failure, some without a remark. It keeps its own count of what receipts must come to.
final class LogMaker {
    let directory: String
    let store: SQLiteStore
    var chance: Seeded
    private var entries: [Entry] = []
    private var names: [Name] = []
    private var batch: UInt64 = 0
    private var lastID: UInt64 = 0
    private var clock: Int64
    private var inFlight: [(ReservationID, CallDetails)] = []
    private var doubtful: [ReservationID] = []

    // The independent count.
    private(set) var settled: Int64 = 0
    private(set) var byTenant: [UInt32: Int64] = [:]
    private(set) var byTag: [String: Int64] = [:]
    private(set) var closedReceipts = 0
    private(set) var calls: Int64 = 0
    private var tenantOf: [ReservationID: UInt32] = [:]
    private var detailsOf: [ReservationID: CallDetails] = [:]

    static let start: Int64 = 1_780_000_000_000

    init(seed: UInt64) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("receipts-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        store = try SQLiteStore.open(path: directory + "/ledger.db")
        chance = Seeded(seed)
        clock = Self.start
        for tenant in 1...3 { names.append(Name(kind: .tenant, number: UInt32(tenant), text: "tenant-\(tenant)")) }
        for model in 1...4 { names.append(Name(kind: .model, number: UInt32(model), text: "v/model-\(model)")) }
        for user in 1...5 { names.append(Name(kind: .user, number: UInt32(user), text: "user-\(user)")) }
        names.append(Name(kind: .provider, number: 1, text: "OpenAI"))
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    var path: String { directory + "/ledger.db" }
    var receiptsPath: String { ReceiptFile.path(besideLedger: path) }
    var unresolved: Int { doubtful.count }

    func projector() throws -> Projector { try Projector(ledger: path) }

    /// Projects all there is, once.
    func project() throws -> ReceiptStore { try projector().whole() }

    /// Does so many things, and commits as it goes.
    func run(steps: Int) throws {
        for _ in 0..<steps {
            clock += chance.number(0...60_000)
            switch chance.number(0...9) {
            case 0...4: begin(call: nil)
            case 5...8: end()
            default: settleLate()
            }
            if chance.once(in: 3) { try commit() }
        }
        try commit()
    }

    func commit() throws {
        guard !entries.isEmpty || !names.isEmpty else { return }
        batch += 1
        try store.append(Batch(number: batch, entries: Entry.encode(entries), names: names))
        entries = []
        names = []
    }

    private func write(_ event: Entry.Event) {
        entries.append(Entry(at: Instant(milliseconds: clock), event: event))
    }

    private func begin(call: CallDetails?) {
        lastID += 1
        let id = ReservationID(lastID)
        let tenant = call.flatMap { tenantOf[$0.call] } ?? UInt32(chance.number(1...3))
        let model = ModelID(UInt32(chance.number(1...4)))
        tenantOf[id] = tenant
        write(
            .reserved(
                .init(
                    id: id, tenant: TenantID(tenant), model: model,
                    amount: Money(nanodollars: chance.number(0...1_000_000)), windows: [])))
        var details = call ?? CallDetails(call: id, asked: model, planned: model, served: model)
        details.served = model
        if call == nil, chance.once(in: 2) {
            details.tags = ["env=\(chance.number(1...2))", "feature=\(chance.number(1...3))"]
            details.user = UserID(UInt32(chance.number(1...5)))
            details.run = "run-\(chance.number(1...9))"
            details.provider = ProviderID(1)
        }
        details.attempts.append(.init(model: model, reservation: id))
        if chance.once(in: 2) { write(.dispatched(id, generation: "gen-\(id.number)")) }
        inFlight.append((id, details))
    }

    private func end() {
        guard !inFlight.isEmpty else { return }
        var (id, details) = inFlight.remove(at: Int(chance.number(0...Int64(inFlight.count - 1))))
        let movesOn = chance.once(in: 6)
        details.isLast = !movesOn
        details.outcome = movesOn ? .failed : .answered
        let isTold = !chance.once(in: 10)
        if isTold {
            write(.called(id, details))
            detailsOf[id] = details
        }
        switch chance.number(0...5) {
        case 0:
            write(.released(id))
            if isTold, details.isLast {
                closedReceipts += 1
                calls += 1
            }
        case 1:
            write(.unresolved(id, .upstreamBroke))
            doubtful.append(id)
        default: settle(id, .provider)
        }
        if movesOn, isTold { begin(call: details) }
    }

    private func settleLate() {
        guard !doubtful.isEmpty else { return }
        settle(doubtful.remove(at: Int(chance.number(0...Int64(doubtful.count - 1)))), .rates)
    }

    private func settle(_ id: ReservationID, _ evidence: Entry.Evidence) {
        let cost = chance.number(0...900_000)
        write(
            .settled(
                id, .init(cost: Money(nanodollars: cost), inputTokens: 10, outputTokens: 5, evidence: evidence)))
        settled += cost
        byTenant[tenantOf[id] ?? 0, default: 0] += cost
        for tag in detailsOf[id]?.tags ?? [] { byTag[tag, default: 0] += cost }
        closedReceipts += 1
        if detailsOf[id]?.isLast ?? true { calls += 1 }
    }
}

extension Projector {
    /// Of the ledger at this path, without a log of its own.
    convenience init(ledger path: String) throws {
        try self.init(
            reader: try LedgerReader.open(path: path), ledgerPath: path,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Projects all there is, once.
    func whole() -> ReceiptStore {
        start()
        close()
        return store
    }
}
