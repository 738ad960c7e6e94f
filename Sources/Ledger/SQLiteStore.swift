internal import GRDB
internal import Synchronization

/// The ledger in one SQLite file, for one process.
///
/// One connection, `journal_mode = WAL`, `synchronous = FULL`: a commit costs one flush of the log. Everything runs on the
/// calling thread. Each batch carries a checksum over the one before, so that a changed, missing or moved batch is found at
/// replay; names carry their own. Beside the file stand `-wal` and `-shm` while it is open (copy them with it, or close
/// first), and `.lock`, see ``LedgerLock``.
///
/// A failed flush ends the process: no later answer of the disk could be trusted.
public final class SQLiteStore: LedgerStore {
    /// Where COMMIT itself moves the log into the file, should nobody call ``checkpoint(every:)``: 64 MB, beyond what gathers
    /// between two calls. SQLite drops that checkpoint's failure, and may: until one has succeeded, the log is kept and read.
    static let autocheckpointPages = 16_384

    /// The file, by the one path that all links to it lead to.
    public var path: String { file.path }

    private let file: LedgerFile
    private let hooks: Hooks
    private let state: Mutex<State>
    /// Held while a second connection moves the log into the file.
    private let checkpointing = Mutex(())

    /// What tests put in the place of the disk.
    struct Hooks: Sendable {
        var failures: SQLiteFailures
        var commit: @Sendable (Database) throws -> Void = { try $0.cachedStatement(sql: "COMMIT").execute() }
    }

    private struct State {
        /// Nil once the store is closed.
        var lock: LedgerLock?
        /// Nil where a failure left it unusable; the next call connects again.
        var connection: Connection?
        /// Whether the last commit may be in or not.
        var isInDoubt = false
    }

    /// Takes the lock, opens the ledger or makes a new one, and checks that the last batch committed is there. Batches and
    /// names are proved when they are read.
    ///
    /// - Parameter syncFailed: what ends the process when a flush fails; it gets the cause.
    /// - Throws: ``LedgerError/held(path:pid:)`` where another process has it; ``LedgerError/damaged(_:)`` where the file is
    ///   empty, no ledger, or less than was committed; ``LedgerError/unavailable(_:)`` where it cannot be opened, was
    ///   written by a newer version, or the file system does not promise durable commits.
    public static func open(
        path: String, syncFailed: @escaping @Sendable (String) -> Never = SQLiteStore.endProcess
    ) throws(LedgerError) -> SQLiteStore {
        try SQLiteStore(path: path, hooks: Hooks(failures: SQLiteFailures(syncFailed: syncFailed)))
    }

    @Sendable
    public static func endProcess(_ cause: String) -> Never {
        fatalError("the ledger's disk failed to flush (\(cause)), so no answer of it holds; check it, then start again")
    }

    init(path: String, hooks: Hooks) throws(LedgerError) {
        let file = try LedgerFile(path: path)
        let lock = try LedgerLock(path: file.path)
        if case .missing = try file.presence() {
            file.removeDraft()
            try Connection.create(at: file.draftPath, hooks: hooks)
            try file.adoptDraft(syncFailed: hooks.failures.syncFailed)
        }
        let connection = try Self.connect(to: file, hooks: hooks)
        self.file = file
        self.hooks = hooks
        self.state = Mutex(State(lock: lock, connection: connection))
    }

    deinit {
        // A failure to tidy up here loses nothing: the log is read at the next start.
        try? close()
    }

    public func replay(after number: UInt64, _ body: (Batch) throws -> Void) throws {
        try withConnection { connection in try connection.replay(after: number, body) }
    }

    public func names() throws -> [Name] {
        try withConnection { connection in try connection.names() }
    }

    public func lastNumber(_ kind: Name.Kind) throws -> UInt32 {
        try withConnection { connection in try connection.lastNumber(kind) }
    }

    public func append(_ batch: Batch) throws {
        try withConnection { connection in try connection.append(batch) }
    }

    public func erase(_ kind: Name.Kind, number: UInt32) throws {
        try withConnection { connection in try connection.erase(kind, number: number) }
    }

    public func reading<T>(_ body: (any LedgerReading) throws -> T) throws -> T {
        try SQLiteReading.run(path: file.path, body)
    }

    public func head() throws -> LedgerHead {
        try withConnection { LedgerHead(batch: $0.head.batch, digest: $0.head.digest) }
    }

    public func digest(after number: UInt64) throws -> LedgerDigest? {
        try withConnection { connection in try connection.digest(after: number) }
    }

    /// Moves the log into the file once that many batches are in it; before, it does nothing.
    ///
    /// A connection of its own moves all but the batches committed meanwhile, beside the commits; the store's own connection
    /// moves those few, so that the log starts over and stays short (a long one is dearer: it grows where a short one is
    /// overwritten in place, 255 µs a commit against 164 with 64 MB).
    public func checkpoint(every batches: Int = 128) throws {
        guard try withConnection({ $0.batchesInLog >= batches }) else { return }
        try checkpointing.withLock { _ in
            try hooks.failures.attempt { try Connection.moveLog(of: file.path, hooks: hooks) }
        }
        try withConnection { connection in try connection.checkpoint(.passive) }
    }

    public func close() throws {
        try checkpointing.withLock { _ in
            try state.withLock { state in
                // The lock goes last, whatever becomes of the rest.
                defer { state.lock = nil }
                defer { state.connection = nil }
                guard let queue = state.connection?.queue else { return }
                try hooks.failures.attempt { try queue.close() }
            }
        }
    }

    /// Shows the connection to tests.
    func inspect<T: Sendable>(_ body: (Database) throws -> T) throws -> T {
        try withConnection { connection in try connection.queue.writeWithoutTransaction(body) }
    }

    /// Flushes the log before it connects: what a dead process, or a failed commit, wrote and did not flush would else be
    /// read from memory and taken for durable.
    private static func connect(to file: LedgerFile, hooks: Hooks) throws(LedgerError) -> Connection {
        guard case .present = try file.presence() else { throw .damaged("\(file.path) is missing") }
        try file.syncLog(syncFailed: hooks.failures.syncFailed)
        return try Connection(to: file.path, hooks: hooks)
    }

    func withConnection<T: Sendable>(_ body: (inout Connection) throws -> T) throws -> T {
        try state.withLock { state in
            guard state.lock != nil else { throw LedgerError.unavailable("it is closed") }
            var connection = try state.connection ?? reconnect(inDoubt: state.isInDoubt)
            // Taken out, so that a second connection never stands beside it.
            state.connection = nil
            state.isInDoubt = false
            defer {
                if connection.isBroken { try? connection.queue.close() } else { state.connection = connection }
            }
            do {
                return try body(&connection)
            } catch LedgerError.uncertain(let cause) {
                state.isInDoubt = true
                throw LedgerError.uncertain(cause)
            }
        }
    }

    /// While a commit is in doubt, not to reach the ledger does not mean that nothing was written.
    private func reconnect(inDoubt: Bool) throws(LedgerError) -> Connection {
        do throws(LedgerError) {
            return try Self.connect(to: file, hooks: hooks)
        } catch {
            switch error {
            case .unavailable(let cause) where inDoubt, .full(let cause) where inDoubt: throw .uncertain(cause)
            default: throw error
            }
        }
    }
}
