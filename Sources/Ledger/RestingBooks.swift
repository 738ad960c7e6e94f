public import Budgeting

/// The books of a ledger that no gateway holds, as they stood when it was last used. To look at: nothing is written.
public struct RestingBooks: Sendable {
    public let books: Books
    public let names: NameTable
    public let policy: Ledger.Policy
    /// Where the hash chain stands.
    public let head: LedgerHead

    /// - Parameters:
    ///   - caps: what the settings say; only their groups are looked at, as the ledger keeps the rest itself.
    ///   - policy: how time and states are read.
    /// - Throws: ``LedgerError/held(path:pid:)`` where a process has the ledger.
    public static func read(path: String, caps: Caps, policy: Ledger.Policy) throws -> RestingBooks {
        try SQLiteStore.readingAlone(path: path) { try RestingBooks($0, caps, policy) }
    }

    private init(_ reading: any LedgerReading, _ caps: Caps, _ policy: Ledger.Policy) throws {
        var names = NameTable()
        for name in try reading.names() { names.insert(name) }
        (books, _, _) = try Opening.fold(reading)
        var policy = policy
        caps.add(to: &policy.zones)
        for name in Set(books.terms.values.compactMap(\.zone)) where !policy.zones.knows(name) {
            guard let zone = ZoneRules.host(named: name) else {
                throw LedgerError.unavailable("a budget is kept in time zone \(name), which this machine does not know")
            }
            policy.zones.add(zone)
        }
        for (group, tenants) in caps.groups.sorted(by: { $0.key < $1.key }) {
            guard let group = names.number(of: group, .group).map(GroupID.init) else { continue }
            for tenant in tenants.sorted().compactMap(names.tenant) { policy.groups[tenant, default: []].append(group) }
        }
        self.names = names
        self.policy = policy
        head = try reading.head()
    }

    /// Time never runs back in the books.
    public func now(wall: Instant) -> Instant { books.time(wall: wall) }

    /// The names of all tenants, in order.
    public var tenants: [String] { names.all(.tenant).sorted() }
}
