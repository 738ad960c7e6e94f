public import Budgeting
import ExactMoney

/// The caps that the settings ask for.
public struct Caps: Hashable, Sendable {
    public var everyTenantDaily: Cap
    public var everyTenantMonthly: Cap
    public var globalDaily: Cap
    public var globalMonthly: Cap
    /// By tenant name; a period left out inherits.
    public var tenants: [String: [Period: Cap]]

    public init(
        everyTenantDaily: Cap = .none, everyTenantMonthly: Cap = .none, globalDaily: Cap = .none,
        globalMonthly: Cap = .none,
        tenants: [String: [Period: Cap]] = [:]
    ) {
        self.everyTenantDaily = everyTenantDaily
        self.everyTenantMonthly = everyTenantMonthly
        self.globalDaily = globalDaily
        self.globalMonthly = globalMonthly
        self.tenants = tenants
    }
}

/// A ledger while it is being opened.
struct Opening {
    private(set) var books = Books()
    private(set) var names = NameTable()
    private(set) var lastBatch: UInt64 = 0
    /// How many entries of the log are in no snapshot.
    private(set) var entriesReplayed = 0
    private var entries: [Entry] = []
    private var newNames: [Name] = []

    /// Reads the newest snapshot and replays what came after it. One that is damaged, or folded by a version that counted
    /// otherwise, is passed over: for an older one, or for the whole log.
    init(store: any LedgerStore) throws(LedgerError) {
        do {
            for name in try store.names() { names.insert(name) }
            for kind in Name.Kind.allCases { names.reserve(kind, through: try store.lastNumber(kind)) }
            var (books, lastBatch) = try Self.newest(in: store)
            var count = 0
            try store.replay(after: lastBatch) { batch in
                lastBatch = batch.number
                let entries: [Entry]
                do { entries = try Entry.decode(batch.entries) } catch {
                    throw LedgerError.damaged("batch \(batch.number) cannot be read")
                }
                count += entries.count
                for entry in entries {
                    do { try books.apply(entry) } catch {
                        throw LedgerError.damaged("batch \(batch.number): \(error)")
                    }
                }
            }
            self.books = books
            self.lastBatch = lastBatch
            self.entriesReplayed = count
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    private static func newest(in store: any LedgerStore) throws -> (Books, through: UInt64) {
        var bound = UInt64.max
        while let snapshot = try store.snapshot(before: bound) {
            if let books = try? Books.decode(snapshot.books) { return (books, snapshot.batch) }
            bound = snapshot.batch
        }
        return (Books(), 0)
    }

    /// Calls in flight whose owner is gone may have been billed: they stay counted until evidence closes them.
    mutating func closeAbandonedCalls(at now: Instant, zone: ZoneRules) throws(LedgerError) -> Int {
        let abandoned = books.open.values.filter { $0.doubt == nil }.map(\.reservation.id).sorted()
        for id in abandoned { try carryOut(.leaveUnresolved(id, .ownerEnded), at: now, zone) }
        return abandoned.count
    }

    mutating func apply(_ caps: Caps, at now: Instant, zone: ZoneRules) throws(LedgerError) {
        var wanted: [(CapTarget, Cap)] = [
            (.everyTenant(.day), caps.everyTenantDaily), (.everyTenant(.month), caps.everyTenantMonthly),
            (.budget(BudgetID(.global, .day)), caps.globalDaily),
            (.budget(BudgetID(.global, .month)), caps.globalMonthly),
        ]
        var listed: Set<TenantID> = []
        for (name, own) in caps.tenants.sorted(by: { $0.key < $1.key }) {
            let (number, isNew) = names.intern(.tenant, name)
            if isNew { newNames.append(Name(kind: .tenant, number: number, text: name)) }
            listed.insert(TenantID(number))
            for period in Period.allCases {
                wanted.append((.budget(BudgetID(.tenant(TenantID(number)), period)), own[period] ?? .inherited))
            }
        }
        for case .budget(let budget) in books.caps.keys.sorted() {
            if case .tenant(let tenant) = budget.scope, !listed.contains(tenant) {
                wanted.append((.budget(budget), .inherited))
            }
        }
        for (target, cap) in wanted { try carryOut(.setCap(target, cap), at: now, zone) }
    }

    mutating func commit(to store: any LedgerStore) throws(LedgerError) {
        guard !entries.isEmpty || !newNames.isEmpty else { return }
        let batch = Batch(number: lastBatch + 1, entries: Entry.encode(entries), names: newNames)
        do { try store.append(batch) } catch let error as LedgerError { throw error } catch {
            throw .unavailable("\(error)")
        }
        lastBatch += 1
        entriesReplayed += entries.count
    }

    private mutating func carryOut(_ command: Command, at now: Instant, _ zone: ZoneRules) throws(LedgerError) {
        let now = max(now, books.lastInstant)
        guard case .success(let events) = books.decide(command, at: now, zone: zone) else {
            throw .damaged("the books refuse \(command)")
        }
        for event in events {
            let entry = Entry(at: now, event: event)
            do { try books.apply(entry) } catch { throw .damaged(error.description) }
            entries.append(entry)
        }
    }
}
