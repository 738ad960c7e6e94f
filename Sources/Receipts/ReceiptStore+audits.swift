public import Budgeting
internal import GRDB

/// A change that somebody made, as the log has it.
public struct AuditRecord: Hashable, Sendable {
    /// They grow in the order of the log.
    public var number: Int64
    public var at: Instant
    public var audit: Entry.Audit
}

extension ReceiptStore {
    /// Changes that were made by hand, the newest first.
    ///
    /// - Parameters:
    ///   - before: the number of the last one of the page before.
    ///   - limit: at most 1 000.
    public func audits(
        before: Int64? = nil, from: Instant? = nil, until: Instant? = nil, limit: Int
    ) throws -> [AuditRecord] {
        var condition = Condition()
        if let before { condition.add("id < ?", [before]) }
        if let from { condition.add("at >= ?", [from.milliseconds]) }
        if let until { condition.add("at < ?", [until.milliseconds]) }
        return try audits(where: condition.sql, condition.arguments, limit: limit)
    }

    func audits(where condition: String, _ arguments: StatementArguments, limit: Int) throws -> [AuditRecord] {
        try file.pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, at, who, action, target, before, after FROM audit WHERE \(condition)
                    ORDER BY id DESC LIMIT \(min(max(1, limit), 1_000))
                    """, arguments: arguments
            ).map { row in
                AuditRecord(
                    number: row[0], at: Instant(milliseconds: row[1]),
                    audit: .init(who: row[2], action: row[3], target: row[4], before: row[5], after: row[6]))
            }
        }
    }
}
