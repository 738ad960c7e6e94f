public import Budgeting
internal import GRDB

/// What is known of a virtual key beyond the books.
extension ReceiptStore {
    /// When the newest call of each key began that has ended. Keys that no call has shown are left out.
    public func lastUses(of keys: [KeyID]) throws -> [KeyID: Instant] {
        guard !keys.isEmpty else { return [:] }
        let places = keys.map { _ in "?" }.joined(separator: ",")
        return try file.pool.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT key, at FROM key_use WHERE key IN (\(places))",
                arguments: StatementArguments(keys.map { Int64($0.number) }))
            return Dictionary(uniqueKeysWithValues: rows.map { (KeyID($0[0]), Instant(milliseconds: $0[1])) })
        }
    }

    /// Changes of one thing, the newest first.
    ///
    /// - Parameter target: as the record has it: `key ci`.
    public func audits(of target: String, limit: Int) throws -> [AuditRecord] {
        try audits(where: "target = ?", [target], limit: limit)
    }

    /// When each of these things was changed so.
    ///
    /// - Parameter action: as the record has it: `key revoked`.
    public func times(of action: String, on targets: [String]) throws -> [String: Set<Instant>] {
        guard !targets.isEmpty else { return [:] }
        let places = targets.map { _ in "?" }.joined(separator: ",")
        return try file.pool.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT target, at FROM audit WHERE target IN (\(places)) AND action = ?",
                arguments: StatementArguments(targets + [action]))
            return rows.reduce(into: [:]) { times, row in
                times[row[0], default: []].insert(Instant(milliseconds: row[1]))
            }
        }
    }
}
