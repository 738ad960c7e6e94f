/// Where batches are kept. The port that every store implements; `LedgerStoreConformance` examines them all.
///
/// ``append(_:)`` is called by one thread at a time: first the opener's, then the writer's. ``save(_:)``, ``forget(through:)``
/// and ``checkpoint(every:)`` may be called by one other thread meanwhile, and hold an append up for one small commit at most.
public protocol LedgerStore: LedgerReading, Sendable {
    /// All batches after the one of this number, in order, oldest first, each without its names: those are told by ``names()``.
    /// After 0 it is the whole log.
    ///
    /// - Throws: ``LedgerError/damaged(_:)`` where a number is missing or a sum or hash does not hold, and where batches that are
    ///   asked for were forgotten.
    func replay(after number: UInt64, _ body: (Batch) throws -> Void) throws

    /// All names that were not erased.
    func names() throws -> [Name]

    /// The highest number that a name of this kind was ever given, erased names included; zero where there is none.
    ///
    /// New names are numbered after it: entries keep the number of an erased name, and must not come to mean another.
    func lastNumber(_ kind: Name.Kind) throws -> UInt32

    /// Makes the batch and its names durable, whole or not at all. When it returns, no crash can lose the batch.
    ///
    /// Idempotent by number: the same batch again changes nothing.
    ///
    /// - Throws: ``LedgerError/conflict(batch:)`` where another batch has the number, or the number leaves a gap;
    ///   ``LedgerError/full(_:)`` and ``LedgerError/unavailable(_:)`` where nothing was written;
    ///   ``LedgerError/uncertain(_:)`` where the outcome is not known: append the same batch again to learn it.
    func append(_ batch: Batch) throws

    /// The last batch and the hash of all through it.
    func head() throws -> LedgerHead
    /// The hash of all through a batch; nil where the batch was never there, was forgotten, or came before there was a chain.
    func digest(after number: UInt64) throws -> LedgerDigest?
    /// The newest snapshot of fewer batches than `number` that is whole; nil where there is none. A damaged one is passed over.
    func snapshot(before number: UInt64) throws -> Snapshot?

    /// Keeps a snapshot, whole or not at all, and lets go of all but the newest ``Snapshot/kept``.
    ///
    /// - Throws: ``LedgerError/conflict(batch:)`` where its batch is not in the log.
    func save(_ snapshot: Snapshot) throws

    /// The last batch that was forgotten; 0 while the log is whole.
    func forgotten() throws -> UInt64

    /// Deletes the batches through this number, durably and at once: ask for few at a time.
    ///
    /// - Throws: ``LedgerError/conflict(batch:)`` where a batch is not before ``Snapshot/kept`` snapshots.
    func forget(through number: UInt64) throws

    /// Moves what the store has put aside to make commits fast to its place, once so many batches are put aside. For another
    /// thread than the writer's, so that no commit has to do it.
    func checkpoint(every batches: Int) throws

    /// Erases a name's text. Entries hold the number only and stay as they are.
    func erase(_ kind: Name.Kind, number: UInt32) throws

    /// Runs the body on the ledger as it stands at one moment, beside appends and without holding them up.
    func reading<T>(_ body: (any LedgerReading) throws -> T) throws -> T
    /// Lets go of file and lock. Nothing else may be called afterwards.
    func close() throws
}

extension LedgerStore {
    /// The whole log.
    public func replay(_ body: (Batch) throws -> Void) throws { try replay(after: 0, body) }

    public func checkpoint(every batches: Int) throws {}

    public func reading<T>(_ body: (any LedgerReading) throws -> T) throws -> T { try body(self) }
}

/// What can be asked of a ledger without changing it. See ``LedgerStore`` for what each promises.
public protocol LedgerReading {
    func replay(after number: UInt64, _ body: (Batch) throws -> Void) throws
    func names() throws -> [Name]
    func head() throws -> LedgerHead
    func digest(after number: UInt64) throws -> LedgerDigest?
    func snapshot(before number: UInt64) throws -> Snapshot?
    func forgotten() throws -> UInt64
}

/// How far a ledger goes, and the hash that stands for all of it.
public struct LedgerHead: Hashable, Sendable {
    public let batch: UInt64
    public let digest: LedgerDigest

    public init(batch: UInt64, digest: LedgerDigest) {
        self.batch = batch
        self.digest = digest
    }
}

/// What is committed at once: the entries that were decided while the last batch was being written.
public struct Batch: Hashable, Sendable {
    /// From 1, without gaps.
    public let number: UInt64
    /// `Entry.encode`'s bytes.
    public let entries: [UInt8]
    /// Names that the entries use for the first time.
    public let names: [Name]

    public init(number: UInt64, entries: [UInt8], names: [Name]) {
        self.number = number
        self.entries = entries
        self.names = names
    }
}

/// What a number in the ledger stands for.
public struct Name: Hashable, Sendable {
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case tenant = 0
        case model = 1
        case user = 2
        case group = 3
        case key = 4
        case run = 5
        /// `feature=search`, and `feature` alone for all tags of that name.
        case tag = 6
        /// Who ran a model for OpenRouter.
        case provider = 7
    }

    public let kind: Kind
    public let number: UInt32
    public let text: String

    public init(kind: Kind, number: UInt32, text: String) {
        self.kind = kind
        self.number = number
        self.text = text
    }
}
