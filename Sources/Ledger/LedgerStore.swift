/// Where batches are kept. The port that every store implements; `LedgerStoreConformance` examines them all.
///
/// A store is used by one thread at a time: first the opener's, then the writer's.
public protocol LedgerStore: Sendable {
    /// All batches in order, oldest first, each without its names: those are told by ``names()``.
    ///
    /// - Throws: ``LedgerError/damaged(_:)`` where a number is missing or a checksum does not hold.
    func replay(_ body: (Batch) throws -> Void) throws

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

    /// Erases a name's text. Entries hold the number only and stay as they are.
    func erase(_ kind: Name.Kind, number: UInt32) throws

    /// Lets go of file and lock. Nothing else may be called afterwards.
    func close() throws
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
