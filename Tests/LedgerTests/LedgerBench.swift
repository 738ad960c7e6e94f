import Budgeting
import ExactMoney
import Foundation
import Logging
import Synchronization
import Testing

@testable import Ledger

/// A ledger over a store in memory, and what tests do with it. Amounts are nanodollars.
final class LedgerBench: Sendable {
    let store: MemoryStore
    let gate: Gate
    let ledger: Ledger
    let loop = QueueLoop()
    private let kept = Mutex<[Answer]>([])

    static let noon = Instant(seconds: CivilDate(year: 2026, month: 6, day: 15).daysSince1970 * 86_400 + 43_200)
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Opens a ledger; `caps` are limits for every tenant's day unless they say otherwise.
    init(on store: MemoryStore = MemoryStore(), caps: Caps = Caps()) throws {
        self.store = store
        gate = Gate(store)
        ledger = try Ledger.open(
            gate, caps: caps, policy: .init(thresholds: Thresholds()), clock: { LedgerBench.noon }, logger: Self.quiet)
    }

    static func day(_ limit: Int64) -> Caps { Caps(everyTenantDaily: .limit(Money(nanodollars: limit))) }

    /// Asks for money with a plan as simple as one can be: as asked, else wait for held money, else no.
    @discardableResult
    func ask(_ tenant: String, _ amount: Int64, _ queueing: Ledger.Queueing = .inOrder) -> Asked {
        let id = ledger.tenant(named: tenant)
        let model = ledger.model(named: "a/b")
        let answer = Answer()
        let submitted = ledger.reserve(
            CallScopes(id), queueing, on: loop,
            plan: { books, policy, now -> Plan<Int64, String> in
                LedgerBench.plan(id, model, amount, books, policy, now)
            },
            complete: { answer.come($0) })
        kept.withLock { $0.append(answer) }
        return Asked(submitted: submitted, answer: answer)
    }

    private static func plan(
        _ tenant: TenantID, _ model: ModelID, _ amount: Int64, _ books: Books, _ policy: Ledger.Policy, _ now: Instant
    ) -> Plan<Int64, String> {
        let money = Money(nanodollars: amount)
        var held: BudgetID?
        for budget in BudgetID.over(tenant) where amount > 0 {
            guard let cap = books.cap(of: budget, at: now).limit else { continue }
            let balance = books.balance(of: budget, at: now, zones: policy.zones)
            guard MoneySum(cap) - balance.booked >= MoneySum(money) else { return .refuse("exceeded") }
            if MoneySum(cap) - balance.exposure < MoneySum(money) { held = held ?? budget }
        }
        return held.map { .wait(on: $0) } ?? .reserve(model, money, amount)
    }

    /// Asks, and gives the number of what was granted. The claim is kept, so that it stays open.
    func reserve(_ tenant: String, _ amount: Int64) async throws -> ReservationID {
        try #require(try await ask(tenant, amount).answer.value().claim).id
    }

    func settle(_ id: ReservationID, _ cost: Int64) {
        ledger.record(.settle(id, LedgerBench.settlement(cost)))
    }

    static func settlement(_ cost: Int64) -> Entry.Settlement {
        Entry.Settlement(cost: Money(nanodollars: cost), inputTokens: 10, outputTokens: 5, evidence: .provider)
    }

    /// Settled, unresolved, reserved of the tenant's day.
    func day(_ tenant: String) -> [Int64] {
        ledger.read { books, names, policy, now in
            guard let id = names.tenant(named: tenant) else { return [0, 0, 0] }
            let balance = books.balance(of: BudgetID(.tenant(id), .day), at: now, zones: policy.zones)
            return [balance.settled, balance.unresolved, balance.reserved].map { Int64($0.nanodollars) }
        }
    }

    var openCalls: [ReservationID: Books.Open] { ledger.read { books, _, _, _ in books.open } }
    var snapshot: BooksSnapshot { ledger.read { books, _, _, _ in BooksSnapshot(books) } }

    /// What a new process would find.
    func replayed() throws -> BooksSnapshot { BooksSnapshot(try Replay(store.restarted()).books) }
}

/// All that books hold, to be compared.
struct BooksSnapshot: Equatable, Sendable {
    let balances: [WindowID: Balance]
    let open: [ReservationID: Books.Open]
    let terms: [CapTarget: Terms]
    let tallies: [Books.TallyID: Books.Tally]
    let lastReservation: ReservationID

    init(_ books: Books) {
        balances = books.balances
        open = books.open
        terms = books.terms
        tallies = books.tallies
        lastReservation = books.lastReservation
    }
}

/// The fold of a store, which fails where a reservation passed a cap.
struct Replay {
    private(set) var books = Books()
    private(set) var batches = 0
    private(set) var reservations = 0

    init(_ store: any LedgerStore) throws {
        var books = Books()
        var reservations = 0
        var batches = 0
        try store.replay { batch in
            batches += 1
            for entry in try Entry.decode(batch.entries) {
                try books.apply(entry)
                guard case .reserved(let made) = entry.event else { continue }
                reservations += 1
                for window in made.windows where made.amount > .zero {
                    guard let cap = books.cap(of: window.budget, at: entry.at).limit,
                        let balance = books.balances[window]
                    else {
                        continue
                    }
                    #expect(balance.exposure <= MoneySum(cap), "reservation \(made.id.number) passed a cap")
                }
            }
        }
        self.books = books
        self.batches = batches
        self.reservations = reservations
    }
}

struct Asked {
    let submitted: Submitted<String>
    let answer: Answer

    var waiter: WaiterID? { if case .waiting(let waiter) = submitted { waiter } else { nil } }
    var isSubmitted: Bool { if case .submitted = submitted { true } else { false } }
    var denial: String? { if case .denied(let denial) = submitted { denial } else { nil } }
    var error: LedgerError? { if case .unavailable(let error) = submitted { error } else { nil } }
}

/// The ledger's answer, when it comes.
final class Answer: Sendable {
    private let state = Mutex<Reserved<Int64, String>?>(nil)

    func come(_ reserved: Reserved<Int64, String>) {
        state.withLock { state in
            if state != nil { Issue.record("answered twice") }
            state = reserved
        }
    }

    var now: Reserved<Int64, String>? { state.withLock { $0 } }
    var isHere: Bool { now != nil }

    func value() async throws -> Reserved<Int64, String> {
        try await eventually { self.isHere }
        return try #require(now)
    }

    /// Lets go of it, and so of the claim in it.
    func drop() { state.withLock { $0 = nil } }
}

extension Reserved {
    var claim: ReservationClaim? { if case .granted(let claim, _) = self { claim } else { nil } }
    var error: LedgerError? { if case .unavailable(let error) = self { error } else { nil } }
}

/// A serial queue in the place of an event loop.
final class QueueLoop: CompletionLoop {
    private let queue = DispatchQueue(label: "loop")
    private let turnCount = Atomic(0)

    /// How often answers were handed over.
    var turns: Int { turnCount.load(ordering: .relaxed) }

    func run(_ jobs: [@Sendable () -> Void]) {
        turnCount.add(1, ordering: .relaxed)
        queue.async { for job in jobs { job() } }
    }

    func afterTurn(_ job: @escaping @Sendable () -> Void) { queue.async(execute: job) }

    /// Runs the body as one turn.
    func turn(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }
}

/// A store behind a gate: shut, appends stand before it.
final class Gate: LedgerStore {
    private let store: MemoryStore
    private let isShut = Mutex(false)
    private let arrived = Atomic(0)
    private let batchCount = Atomic(0)

    init(_ store: MemoryStore) {
        self.store = store
    }

    func shut() { isShut.withLock { $0 = true } }
    func open() { isShut.withLock { $0 = false } }
    /// Appends that have come to the gate.
    var arrivals: Int { arrived.load(ordering: .relaxed) }
    var batches: Int { batchCount.load(ordering: .relaxed) }

    func append(_ batch: Batch) throws {
        arrived.add(1, ordering: .relaxed)
        while isShut.withLock({ $0 }) { usleep(1_000) }
        try store.append(batch)
        batchCount.add(1, ordering: .relaxed)
    }

    func replay(after number: UInt64, _ body: (Batch) throws -> Void) throws { try store.replay(after: number, body) }
    func snapshot(before number: UInt64) throws -> Snapshot? { try store.snapshot(before: number) }
    func save(_ snapshot: Snapshot) throws { try store.save(snapshot) }
    func head() throws -> LedgerHead { try store.head() }
    func digest(after number: UInt64) throws -> LedgerDigest? { try store.digest(after: number) }
    func forgotten() throws -> UInt64 { try store.forgotten() }
    func forget(through number: UInt64) throws { try store.forget(through: number) }
    func names() throws -> [Name] { try store.names() }
    func lastNumber(_ kind: Name.Kind) throws -> UInt32 { try store.lastNumber(kind) }
    func erase(_ kind: Name.Kind, number: UInt32) throws { try store.erase(kind, number: number) }
    func close() throws { try store.close() }
}

/// Waits until it holds, at most ten seconds.
func eventually(_ holds: @Sendable () -> Bool, at location: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<5_000 {
        if holds() { return }
        try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record("it did not come about in ten seconds", sourceLocation: location)
}
