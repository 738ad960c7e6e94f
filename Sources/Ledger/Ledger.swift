public import Budgeting
import Dispatch
public import Logging
import Synchronization

/// The books, made durable: decisions are taken in memory under one lock, and one writer thread commits what has gathered.
///
/// - A reservation is acknowledged only when its batch is durable; a refusal needs no disk.
/// - Facts (what happened to a reservation) are never refused for want of a disk: they are kept and tried again.
/// - While the store fails, reservations are refused with ``LedgerError``: the ledger fails closed.
public final class Ledger: Sendable {
    /// What is not in the log: how time and states are read.
    public struct Policy: Sendable {
        public var zones: Zones
        public var thresholds: Thresholds
        /// Which groups a tenant is in.
        public internal(set) var groups: [TenantID: [GroupID]] = [:]
        /// The budgets that the settings name, and where. Nobody else changes them.
        public internal(set) var named: [CapTarget: SettingPlace] = [:]
        /// Who wants to hear of which shares of a cap.
        public internal(set) var alerts = AlertPlan()
        /// What holds for those that neither settings nor operators name.
        var fallbacks: [CapTarget: Terms] = [:]

        /// - Parameter zone: of budgets that name none.
        public init(zone: ZoneRules = .utc, thresholds: Thresholds) {
            zones = Zones(zone)
            self.thresholds = thresholds
        }

        /// The zone of budgets that name none.
        public var zone: ZoneRules { zones.standard }

        /// What stands over all calls of a tenant.
        public func scopes(of tenant: TenantID) -> CallScopes {
            var scopes = CallScopes(tenant)
            if !groups.isEmpty { scopes.groups = groups[tenant] ?? [] }
            return scopes
        }
    }

    /// What to do while the last entry is a day or more ahead of the wall clock.
    public enum WhenAhead: Sendable {
        case refuse
        /// An operator has looked and said so: go on at the time of the last entry until the clock passes it.
        case goOn
    }

    struct State: Sendable {
        var books = Books()
        var names = NameTable()
        var policy: Policy
        let events: GatewayEvents
        var announcements: Announcements
        /// Decided, not yet taken by the writer.
        var pending = Pending()
        /// Calls that wait for held money, in order of arrival.
        var waiters: [Waiter] = []
        var lastWaiter: UInt64 = 0
        /// Set while the store fails.
        var failure: LedgerError?
        var isClosing = false
        /// The writer has been woken and has not looked yet.
        var isWriterAwake = false
    }

    /// What one batch is made of.
    struct Pending: Sendable {
        var entries: [Entry] = []
        var names: [Name] = []
        var reservations: [PendingReservation] = []
        /// Told once: with nothing when all this is durable, else with why it is not known to be.
        var confirmations: [@Sendable (LedgerError?) -> Void] = []
        var erasures: [Erasure] = []

        var isEmpty: Bool { entries.isEmpty && names.isEmpty }
    }

    /// A reservation that somebody waits for.
    struct PendingReservation: Sendable {
        let id: ReservationID
        let loop: any CompletionLoop
        let complete: @Sendable (Result<ReservationClaim, LedgerError>) -> Void
    }

    /// Where what operators want to hear of at once is told.
    public let events = GatewayEvents()
    let state: Mutex<State>
    /// See ``head``. The writer moves it on.
    let lastHead: Mutex<LedgerHead>
    let store: any LedgerStore
    let clock: @Sendable () -> Instant
    let whenAhead: WhenAhead
    let logger: Logger
    let wake = DispatchSemaphore(value: 0)
    let stopped = DispatchSemaphore(value: 0)
    /// Told of every commit: how long it took, and how many entries it made durable.
    let onCommit: CommitObserver?

    public typealias CommitObserver = @Sendable (_ nanoseconds: Int64, _ entries: Int) -> Void

    /// Opens the books of a store: folds its last snapshot and what came after, leaves unresolved what was in flight when its
    /// last owner ended, and brings the caps in line with the settings. All of that is durable when this returns.
    ///
    /// - Throws: ``LedgerError``; a log that does not fold is ``LedgerError/damaged(_:)``.
    public static func open(
        _ store: any LedgerStore, caps: Caps, policy: Policy, retention: Retention = Retention(),
        whenAhead: WhenAhead = .refuse, clock: @escaping @Sendable () -> Instant, logger: Logger,
        onCommit: CommitObserver? = nil
    ) throws(LedgerError) -> Ledger {
        var opening = try Opening(store: store)
        var policy = policy
        let before = opening.books
        caps.add(to: &policy.zones)
        try opening.complete(&policy.zones)
        let unresolved = try opening.closeAbandonedCalls(at: clock(), zones: policy.zones)
        let agreement = try opening.apply(caps, at: clock(), zones: policy.zones)
        policy.groups = agreement.groups
        policy.named = agreement.places
        policy.fallbacks = agreement.fallbacks
        policy.alerts = agreement.alerts
        let announcements = Announcements(before, policy.thresholds, policy.alerts)
        try opening.commit(to: store)
        if unresolved > 0 {
            logger.warning(
                "calls were in flight when the ledger was last used; they count as spent until reconciled",
                metadata: ["calls": "\(unresolved)"])
        }
        let head: LedgerHead
        do { head = try store.head() } catch { throw error as? LedgerError ?? .unavailable("\(error)") }
        let ledger = Ledger(
            opening, announcements, head, store: store, policy: policy, whenAhead: whenAhead, clock: clock,
            logger: logger,
            onCommit: onCommit)
        if let failure = ledger.failure {
            logger.critical("calls are refused until this is mended", metadata: ["error": "\(failure)"])
        }
        Writer.start(for: ledger, opening, retention: retention)
        return ledger
    }

    private init(
        _ opening: Opening, _ announcements: Announcements, _ head: LedgerHead, store: any LedgerStore,
        policy: Policy, whenAhead: WhenAhead,
        clock: @escaping @Sendable () -> Instant,
        logger: Logger,
        onCommit: CommitObserver?
    ) {
        self.store = store
        self.clock = clock
        self.whenAhead = whenAhead
        self.logger = logger
        self.onCommit = onCommit
        lastHead = Mutex(head)
        state = Mutex(
            State(
                books: opening.books, names: opening.names, policy: policy, events: events,
                announcements: announcements))
    }

    /// Reads the books as they are now, pending decisions included. Keep it short: it holds the lock.
    public func read<T: Sendable>(_ body: (Books, NameTable, Policy, Instant) -> T) -> T {
        state.withLock { body($0.books, $0.names, $0.policy, now($0.books)) }
    }

    /// Reads all tenants in the order of their numbers, a few at a time: the lock is held for a fraction of a millisecond, and calls
    /// pass in between. Each answer is true at its own moment; the moments lie milliseconds apart.
    public func readTenants<T: Sendable>(_ body: (TenantID, Books, NameTable, Policy, Instant) -> T) -> [T] {
        let last = read { _, names, _, _ in names.lastTenant.number }
        var all: [T] = []
        all.reserveCapacity(Int(last))
        for first in stride(from: UInt32(1), through: max(1, last), by: Int(Self.tenantsAtOnce)) where last > 0 {
            all += read { books, names, policy, now in
                (first...min(last, first + Self.tenantsAtOnce - 1)).map {
                    body(TenantID($0), books, names, policy, now)
                }
            }
        }
        return all
    }

    private static let tenantsAtOnce: UInt32 = 200

    /// How far what is durable goes, and the hash that stands for all of it. What ``read(_:)`` tells may be a batch ahead.
    public var head: LedgerHead { lastHead.withLock { $0 } }

    /// Why reservations are refused just now; nil while all is well.
    public var failure: LedgerError? { state.withLock { failure($0, at: clock()) } }

    /// The time of the last entry, where that is a day or more ahead of the wall clock.
    public var lead: Instant? {
        state.withLock { $0.books.isAhead(of: clock()) ? $0.books.lastInstant : nil }
    }

    /// Changes how states are read, when prices have changed.
    public func setThresholds(_ thresholds: Thresholds) {
        state.withLock { $0.policy.thresholds = thresholds }
    }

    /// The number of a model, for a bid. Made durable with the first entry that uses it.
    public func model(named name: String) -> ModelID {
        state.withLock { state in ModelID(state.intern(.model, name)) }
    }

    public func key(named name: String) -> KeyID {
        state.withLock { state in KeyID(state.intern(.key, name)) }
    }

    public func tenant(named name: String) -> TenantID {
        state.withLock { state in TenantID(state.intern(.tenant, name)) }
    }

    /// Writes what is pending, stops the writer and closes the store.
    public func close() {
        let first = state.withLock { state in
            defer { state.isClosing = true }
            return !state.isClosing
        }
        guard first else { return }
        wake.signal()
        stopped.wait()
    }

    func now(_ books: Books) -> Instant { books.time(wall: clock()) }

    /// Why reservations are refused at this time; nil while all is well.
    func failure(_ state: State, at wall: Instant) -> LedgerError? {
        if let failure = state.failure { return failure }
        guard whenAhead == .refuse, state.books.isAhead(of: wall) else { return nil }
        return .ahead(last: state.books.lastInstant, wall: wall)
    }

    /// Removes what is over, a little at a time.
    func forget(_ finished: Books.Finished) {
        for step in finished.steps(of: 1_000) {
            state.withLock { state in
                state.books.forget(step)
                state.announcements.forget(step.windows)
            }
        }
    }

    /// Wakes the writer, once per round. From an event loop at the end of its turn, so that all calls of the turn share one flush:
    /// woken at the first of them, the writer would commit it alone.
    func wakeWriter(_ state: inout State, after loop: (any CompletionLoop)?) {
        guard !state.isWriterAwake else { return }
        state.isWriterAwake = true
        guard let loop else {
            wake.signal()
            return
        }
        loop.afterTurn { [wake] in wake.signal() }
    }
}

/// Where answers of the ledger are run: an event loop. The writer hands over all answers of a batch at once.
public protocol CompletionLoop: AnyObject, Sendable {
    func run(_ jobs: [@Sendable () -> Void])
    /// Runs the job when what the loop is at now is done; from anywhere else soon.
    func afterTurn(_ job: @escaping @Sendable () -> Void)
}

extension Ledger.State {
    mutating func intern(_ kind: Name.Kind, _ text: String) -> UInt32 {
        let (number, isNew) = names.intern(kind, text)
        if isNew { pending.names.append(Name(kind: kind, number: number, text: text)) }
        return number
    }

    /// Decides a command, folds what it comes to into the books, and puts it on the way to the store.
    mutating func carryOut(_ command: Command, at now: Instant) -> Result<[Entry.Event], Refusal> {
        policy.zones.remember(now)
        let decided = books.decide(command, at: now, zones: policy.zones)
        guard case .success(let events) = decided else { return decided }
        let call = command.reservation.flatMap { books.open[$0] }
        for event in events {
            let entry = Entry(at: now, event: event)
            do { try books.apply(entry) } catch {
                preconditionFailure("the books refused their own decision: \(error)")
            }
            pending.entries.append(entry)
            announce(entry, about: call)
        }
        return decided
    }
}
