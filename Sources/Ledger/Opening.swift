import Budgeting
import ExactMoney

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
            (books, lastBatch, entriesReplayed) = try Self.fold(store)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    /// The books of a ledger as it stands, how far they go, and how many entries came after the snapshot.
    static func fold(_ store: any LedgerReading) throws -> (Books, through: UInt64, entries: Int) {
        var (books, lastBatch) = try newest(in: store)
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
        return (books, lastBatch, count)
    }

    private static func newest(in store: any LedgerReading) throws -> (Books, through: UInt64) {
        var bound = UInt64.max
        while let snapshot = try store.snapshot(before: bound) {
            if let books = try? Books.decode(snapshot.books) { return (books, snapshot.batch) }
            bound = snapshot.batch
        }
        return (Books(), 0)
    }

    /// Adds the rules of every zone that a budget of the ledger names.
    ///
    /// - Throws: ``LedgerError/unavailable(_:)`` for a zone that this machine does not know: no window of it could be told.
    func complete(_ zones: inout Zones) throws(LedgerError) {
        for name in Set(books.terms.values.compactMap(\.zone)).sorted() where !zones.knows(name) {
            guard let zone = ZoneRules.host(named: name) else {
                throw .unavailable(
                    "a budget is kept in time zone \(name), which this machine does not know; install tzdata")
            }
            zones.add(zone)
        }
    }

    /// Calls in flight whose owner is gone may have been billed: they stay counted until evidence closes them.
    mutating func closeAbandonedCalls(at now: Instant, zones: Zones) throws(LedgerError) -> Int {
        let abandoned = books.open.values.filter { $0.doubt == nil }.map(\.reservation.id).sorted()
        for id in abandoned { try carryOut(.leaveUnresolved(id, .ownerEnded), at: now, zones) }
        return abandoned.count
    }

    /// Brings the budgets in line with the settings.
    mutating func apply(
        _ caps: Caps, at now: Instant, zones: Zones
    ) throws(LedgerError) -> Agreement {
        let agreement = Agreement(caps, zones: zones, books: books) { number(of: $1, $0) }
        for command in agreement.commands { try carryOut(command, at: now, zones) }
        return agreement
    }

    private mutating func number(of text: String, _ kind: Name.Kind) -> UInt32 {
        let (number, isNew) = names.intern(kind, text)
        if isNew { newNames.append(Name(kind: kind, number: number, text: text)) }
        return number
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

    private mutating func carryOut(_ command: Command, at now: Instant, _ zones: Zones) throws(LedgerError) {
        let now = max(now, books.lastInstant)
        guard case .success(let events) = books.decide(command, at: now, zones: zones) else {
            throw .damaged("the books refuse \(command)")
        }
        for event in events {
            let entry = Entry(at: now, event: event)
            do { try books.apply(entry) } catch { throw .damaged(error.description) }
            entries.append(entry)
        }
    }
}
