internal import Crypto

/// The head of the ledger's hash chain: SHA-256 over the head before, a batch's number and its entries.
///
/// Whoever noted a head can later prove that nothing through that batch was changed, removed or slipped in.
public struct LedgerDigest: Hashable, Sendable, CustomStringConvertible {
    /// 32 of them.
    public let bytes: [UInt8]

    /// Nil for anything but 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == SHA256.byteCount else { return nil }
        self.bytes = bytes
    }

    private init(_ hash: SHA256) {
        bytes = Array(hash.finalize())
    }

    /// Lower-case hexadecimal.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Where a chain begins: after the batch of this number, whose plain sum it takes in. A new ledger begins after batch 0;
    /// one from before there was a chain, after its last batch at that time.
    static func start(after number: UInt64, sum: Checksum) -> LedgerDigest {
        var hash = SHA256()
        hash.update(data: Array("bursar ledger chain 1".utf8))
        hash.update(number)
        hash.update(sum.value)
        return LedgerDigest(hash)
    }

    /// The head after one more batch.
    func chained(number: UInt64, entries: [UInt8]) -> LedgerDigest {
        var hash = SHA256()
        hash.update(data: bytes)
        hash.update(number)
        hash.update(UInt64(entries.count))
        hash.update(data: entries)
        return LedgerDigest(hash)
    }
}

extension SHA256 {
    fileprivate mutating func update(_ number: UInt64) {
        update(data: (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
    }
}
