/// The books as they stood after a batch, so that a start need not fold all that came before.
///
/// A snapshot is a shortcut, never the truth: it is what the batches through its own fold to, less the windows that were over.
public struct Snapshot: Hashable, Sendable {
    /// The last batch that is folded in.
    public let batch: UInt64
    /// `Books.encode`'s bytes.
    public let books: [UInt8]

    public init(batch: UInt64, books: [UInt8]) {
        self.batch = batch
        self.books = books
    }

    /// A store keeps this many. Two, so that one that cannot be read costs no more than a longer start.
    public static let kept = 2
}

/// How long what is over is kept, and how often the books are written down whole.
public struct Retention: Hashable, Sendable {
    /// Entries are kept at least so long. Older ones are deleted once two snapshots hold what they came to.
    public var entriesDays: Int64
    /// Balances and tallies of a window are kept so long after its end, for reports. No decision needs them.
    public var windowsDays: Int64
    /// A snapshot is made after so many entries, and at the end.
    public var snapshotEvery: Int

    public init(entriesDays: Int64 = 400, windowsDays: Int64 = 62, snapshotEvery: Int = 50_000) {
        precondition(
            entriesDays >= 0 && windowsDays >= 0 && snapshotEvery > 0,
            "nothing is kept for \(entriesDays) or \(windowsDays) days, or written every \(snapshotEvery) entries")
        self.entriesDays = entriesDays
        self.windowsDays = windowsDays
        self.snapshotEvery = snapshotEvery
    }
}
