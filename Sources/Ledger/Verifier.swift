public import Budgeting
public import ExactMoney

/// What a ledger that holds together comes to.
public struct Verification: Hashable, Sendable {
    /// The batches that were examined: all, but for those that retention has folded into a snapshot.
    public internal(set) var first: UInt64 = 1
    public internal(set) var batches: UInt64 = 0
    public internal(set) var entries: UInt64 = 0
    public internal(set) var calls: UInt64 = 0
    public internal(set) var closed: UInt64 = 0
    public internal(set) var overruns: UInt64 = 0
    public internal(set) var snapshots = 0
    /// True costs, of the entries examined.
    public internal(set) var settled = MoneySum.zero
    public internal(set) var outside = MoneySum.zero
    /// Calls in flight, or whose owner ended, and calls whose cost is not known.
    public internal(set) var inFlight = 0
    public internal(set) var unresolved = 0
    public internal(set) var unresolvedHeld = MoneySum.zero
    public internal(set) var head: LedgerHead
    /// The time of the last entry.
    public internal(set) var lastInstant: Instant?
}

/// Reads a ledger from its first entry to its last and checks every promise it makes (design, "Invariants"): that the chain holds,
/// that entries follow one another, that no admission passed a cap, that each reservation was closed once, that overruns were
/// announced, and that snapshots are what the entries fold to. It changes nothing.
public struct Verifier {
    /// The first place where the ledger breaks a promise.
    public struct Broken: Error, Hashable, Sendable, CustomStringConvertible {
        /// Nil where it is not one batch that is wrong.
        public let batch: UInt64?
        /// From 1 within the batch.
        public let entry: Int?
        public let what: String

        public var description: String {
            let place = batch.map { "batch \($0)" + (entry.map { ", entry \($0)" } ?? "") }
            return [place, what].compactMap { $0 }.joined(separator: ": ")
        }
    }

    private var books: Books
    private var told: Verification
    private var snapshots: [UInt64: Snapshot] = [:]
    /// A settlement above its reservation was read; the next entry must say so.
    private var overrun: (id: ReservationID, by: Money)?

    /// - Parameter kept: a head that was noted earlier. The log must still lead through it.
    /// - Throws: ``Broken`` with the first thing that does not hold; ``LedgerError`` where the ledger cannot be read.
    public static func verify(_ store: any LedgerReading, kept: LedgerHead? = nil) throws -> Verification {
        var verifier = try Verifier(store)
        try verifier.read(store)
        if let kept { try check(kept, in: store) }
        return verifier.told
    }

    private init(_ store: any LedgerReading) throws {
        told = Verification(head: try store.head())
        var bound = UInt64.max
        while let snapshot = try store.snapshot(before: bound) {
            snapshots[snapshot.batch] = snapshot
            bound = snapshot.batch
        }
        let forgotten = try store.forgotten()
        books = Books()
        told.first = forgotten + 1
        guard forgotten > 0 else { return }
        // What is forgotten can only be taken on the word of the oldest snapshot: reading goes on behind it.
        guard let oldest = snapshots.keys.min(), let start = snapshots[oldest],
            let folded = try? Books.decode(start.books)
        else { throw Broken(batch: forgotten, entry: nil, what: "it was forgotten, but no snapshot holds it") }
        books = folded
        told.first = oldest + 1
        told.snapshots = 1
        snapshots[oldest] = nil
    }

    private mutating func read(_ store: any LedgerReading) throws {
        // Names carry sums of their own.
        _ = try store.names()
        // Of batches between the last one forgotten and the oldest snapshot, the chain alone is proved.
        try store.replay(after: store.forgotten()) { batch in
            guard batch.number >= told.first else { return }
            try read(batch)
        }
        if let due = overrun { throw Broken(batch: told.head.batch, entry: nil, what: Verifier.silent(due)) }
        told.inFlight = books.open.values.count { $0.doubt == nil }
        let doubtful = books.open.values.filter { $0.doubt != nil }
        told.unresolved = doubtful.count
        told.unresolvedHeld = doubtful.reduce(.zero) { $0 + MoneySum($1.held) }
        told.lastInstant = told.entries > 0 ? books.lastInstant : nil
    }

    private mutating func read(_ batch: Batch) throws {
        let entries: [Entry]
        do { entries = try Entry.decode(batch.entries) } catch {
            throw Broken(batch: batch.number, entry: nil, what: "it cannot be read")
        }
        for (index, entry) in entries.enumerated() {
            do { try read(entry) } catch {
                throw Broken(batch: batch.number, entry: index + 1, what: error.description)
            }
        }
        told.batches += 1
        if let snapshot = snapshots[batch.number] { try check(snapshot) }
    }

    private mutating func read(_ entry: Entry) throws(BrokenEntry) {
        let before = entry.event.reservation.flatMap { books.open[$0] }
        try checkOverrun(entry.event, before)
        try books.apply(entry)
        told.entries += 1
        switch entry.event {
        case .reserved(let reservation):
            told.calls += 1
            try checkCaps(reservation, at: entry.at)
        case .settled(_, let settlement):
            told.closed += 1
            told.settled += settlement.cost
        case .released: told.closed += 1
        case .returned(let id, _): told.closed += books.open[id] == nil ? 1 : 0
        case .overrun: told.overruns += 1
        case .outsideSpent(let spend): told.outside += spend.shares.map(\.amount).max() ?? .zero
        default: break
        }
        try checkBalances(before?.reservation.windows ?? [])
    }

    /// No admission above zero makes settled, unresolved and reserved exceed a cap.
    private func checkCaps(_ reservation: Entry.Reservation, at now: Instant) throws(BrokenEntry) {
        guard reservation.amount > .zero, !reservation.isObserved else { return }
        for window in reservation.windows {
            guard let limit = books.cap(of: window.budget, at: now).limit, let balance = books.balances[window],
                balance.exposure > MoneySum(limit)
            else { continue }
            throw BrokenEntry(
                description: "reservation \(reservation.id.number) of \(reservation.amount) USD was admitted though it "
                    + "brings a budget to \(balance.exposure) of \(limit) USD")
        }
    }

    private func checkBalances(_ windows: [WindowID]) throws(BrokenEntry) {
        for window in windows {
            guard let balance = books.balances[window] else { continue }
            guard balance.settled >= .zero, balance.unresolved >= .zero, balance.reserved >= .zero,
                balance.callsInFlight >= 0
            else { throw BrokenEntry(description: "a balance falls below zero") }
        }
    }

    private mutating func checkOverrun(_ event: Entry.Event, _ call: Books.Open?) throws(BrokenEntry) {
        if let due = overrun {
            overrun = nil
            guard case .overrun(due.id, due.by) = event else { throw BrokenEntry(description: Verifier.silent(due)) }
            return
        }
        switch event {
        case .overrun(let id, _):
            throw BrokenEntry(description: "reservation \(id.number) did not run over")
        case .settled(let id, let settlement):
            guard let call, settlement.cost > call.reservation.amount else { return }
            let over = settlement.cost.nanodollars - call.reservation.amount.nanodollars
            overrun = (id, Money(nanodollars: over))
        default: break
        }
    }

    private static func silent(_ due: (id: ReservationID, by: Money)) -> String {
        "reservation \(due.id.number) ran over by \(due.by) USD, and nothing says so"
    }

    /// A snapshot is what the entries through its batch fold to, less windows that were over.
    private mutating func check(_ snapshot: Snapshot) throws {
        guard var stored = try? Books.decode(snapshot.books) else {
            // One of another version is passed over by every start, and is no part of the promise.
            return
        }
        var folded = books
        let over = folded.finished(endedBefore: folded.lastInstant)
        folded.forget(over)
        stored.forget(over)
        guard stored == folded else {
            throw Broken(batch: snapshot.batch, entry: nil, what: "the snapshot is not what the entries fold to")
        }
        told.snapshots += 1
    }

    private static func check(_ kept: LedgerHead, in store: any LedgerReading) throws {
        guard let now = try store.digest(after: kept.batch) else {
            throw Broken(
                batch: kept.batch, entry: nil,
                what:
                    "the head that was kept cannot be compared: that batch is not in the ledger any more, or was never")
        }
        guard now == kept.digest else {
            throw Broken(batch: kept.batch, entry: nil, what: "the ledger is not the one whose head was kept")
        }
    }
}

extension Entry.Event {
    /// The reservation it is about; nil for one that makes a reservation, or is about none.
    var reservation: ReservationID? {
        switch self {
        case .dispatched(let id, _), .settled(let id, _), .released(let id), .unresolved(let id, _),
            .overrun(let id, _), .returned(let id, _):
            id
        default: nil
        }
    }
}
