/// FNV-1a with 64 bits, as batches and names are summed.
///
/// It finds accidents: one changed byte always, more with near certainty. It does not stop a forger.
/// (http://www.isthe.com/chongo/tech/comp/fnv/)
struct Checksum: Equatable {
    /// The sum of nothing, and what the first batch is chained to.
    static let basis = Checksum(value: 0xCBF2_9CE4_8422_2325)

    private(set) var value: UInt64

    init(value: UInt64) {
        self.value = value
    }

    /// As SQLite stores it.
    init(stored: Int64) {
        self.value = UInt64(bitPattern: stored)
    }

    var stored: Int64 { Int64(bitPattern: value) }

    /// The sum of a batch: over the sum of the one before, its number, and its entries.
    func chained(number: UInt64, entries: [UInt8]) -> Checksum {
        var sum = Self.basis
        sum.add(value)
        sum.add(number)
        sum.add(UInt64(entries.count))
        sum.add(entries)
        return sum
    }

    /// The sum of a line of the table of names. An erased one has no text.
    static func name(kind: Int64, number: Int64, batch: Int64, text: [UInt8]?) -> Checksum {
        var sum = Self.basis
        sum.add(UInt64(bitPattern: kind))
        sum.add(UInt64(bitPattern: number))
        sum.add(UInt64(bitPattern: batch))
        guard let text else { return sum }
        sum.add(UInt64(text.count))
        sum.add(text)
        return sum
    }

    /// The sum of a snapshot: over the sum of the batch it follows, that batch's number, and the books.
    static func snapshot(_ snapshot: Snapshot, chain: Checksum) -> Checksum {
        chain.chained(number: snapshot.batch, entries: snapshot.books)
    }

    private mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { add(byte) }
    }

    private mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}
