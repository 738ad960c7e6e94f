extension Ledger {
    /// Proves the ledger from its file, beside the commits that go on.
    ///
    /// - Parameter kept: a head that was noted earlier.
    /// - Throws: ``Verifier/Broken``, ``LedgerError``.
    public func verify(kept: LedgerHead? = nil) throws -> Verification {
        try store.reading { try Verifier.verify($0, kept: kept) }
    }
}

extension LedgerHead {
    /// `17:` and 64 hexadecimal digits, as ``description`` shows it; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let batch = UInt64(parts[0]), parts[1].utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var rest = parts[1].utf8[...]
        while !rest.isEmpty {
            guard let byte = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        guard let digest = LedgerDigest(bytes: bytes) else { return nil }
        self.init(batch: batch, digest: digest)
    }
}

extension LedgerHead: CustomStringConvertible {
    public var description: String { "\(batch):\(digest)" }
}
