internal import Dispatch
internal import Receipts
internal import Synchronization

/// The receipts that closed last, read from the file once for all sinks. Sinks that keep up ask for the same receipts within
/// moments of each other; one that is behind reads on its own.
///
/// What was read is kept for ten seconds, so that a name which is forgotten is not sent long after.
final class ReceiptPages: Sendable {
    fileprivate struct Page {
        /// The receipts after this one, without gaps.
        var after: Int64 = 0
        var receipts: [Receipt] = []
        /// By the machine's own clock, in nanoseconds.
        var readAt: UInt64 = 0
    }

    private let store: ReceiptStore
    private let page = Mutex(Page())

    fileprivate static let mostReceipts = 1_000
    private static let keptNanoseconds: UInt64 = 10_000_000_000

    init(_ store: ReceiptStore) {
        self.store = store
    }

    /// As ``ReceiptStore/closed(after:limit:)``, without what closed in the last moments.
    func closed(after sequence: Int64, limit: Int) throws -> [Receipt] {
        try page.withLock { page in
            // Within the lock: a moment from before it may lie before the one that another sink has just read at.
            let now = DispatchTime.now().uptimeNanoseconds
            if let kept = page.receipts(after: sequence, limit: limit, now: now, for: Self.keptNanoseconds) {
                return kept
            }
            let read = try store.closed(after: sequence, limit: Self.mostReceipts)
            page = Page(after: sequence, receipts: read, readAt: now)
            return Array(read.prefix(limit))
        }
    }
}

extension ReceiptPages.Page {
    /// Nil where the page begins later, or there were more behind it.
    fileprivate func receipts(after sequence: Int64, limit: Int, now: UInt64, for nanoseconds: UInt64) -> [Receipt]? {
        let first = sequence - after
        guard first >= 0, first < receipts.count, now - readAt < nanoseconds else { return nil }
        let kept = receipts[Int(first)...].prefix(limit)
        return kept.count == limit || receipts.count < ReceiptPages.mostReceipts ? Array(kept) : nil
    }
}
