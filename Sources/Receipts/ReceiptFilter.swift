public import Budgeting
internal import Foundation
internal import GRDB

/// Which receipts are wanted. What is nil does not filter.
public struct ReceiptFilter: Hashable, Sendable {
    public var tenant: String?
    /// The model that served.
    public var model: String?
    public var user: String?
    public var run: String?
    /// `name=value`.
    public var tag: String?
    public var status: Receipt.Status?
    /// Admitted at or after, and before.
    public var from: Instant?
    public var until: Instant?
    /// An id or the beginning of one: of the request (`req-7`), the generation, the run, or the whole id of a trace.
    public var text: String?

    public init(tenant: String? = nil, model: String? = nil) {
        self.tenant = tenant
        self.model = model
    }
}

/// A condition in SQL, with its arguments.
struct Condition {
    private(set) var parts: [String] = []
    private(set) var arguments = StatementArguments()

    mutating func add(_ sql: String, _ values: StatementArguments = []) {
        parts.append("(\(sql))")
        arguments += values
    }

    var sql: String { parts.isEmpty ? "1" : parts.joined(separator: " AND ") }
}

extension ReceiptFilter {
    /// Nil where a name is not known: nothing can match.
    func condition(_ db: Database) throws -> Condition? {
        var condition = Condition()
        for (kind, text, column) in [(0, tenant, "tenant"), (1, model, "model"), (2, user, "user")]
            as [(Int64, String?, String)]
        {
            guard let text else { continue }
            guard let number = try Names.number(kind, text, db) else { return nil }
            condition.add("\(column) = ?", [number])
        }
        if let run { condition.add("run = ?", [run]) }
        if let tag { condition.add("id IN (SELECT id FROM receipt_tag WHERE tag = ?)", [tag]) }
        switch status {
        case nil: break
        case .unresolved: condition.add("seq IS NULL")
        case .answered: condition.add("status = 0")
        case let status?: condition.add("status <> 0 AND status = ?", [status.code])
        }
        if let from { condition.add("id >= ?", [try Self.firstID(at: from, db)]) }
        if let until { condition.add("id < ?", [try Self.firstID(at: until, db)]) }
        if let text { Self.add(text, to: &condition) }
        return condition
    }

    private static func add(_ text: String, to condition: inout Condition) {
        let number = Int64(text.hasPrefix("req-") ? text.dropFirst(4) : text[...])
        if text.hasPrefix("req-"), let number { return condition.add("id = ?", [number]) }
        // Every text that begins so sorts from it on, and before the same with its end raised.
        let end = text + "\u{10FFFF}"
        if text.utf8.count == 32, let trace = Data(hex: text) {
            return condition.add(
                "trace = ? OR (generation >= ? AND generation < ?) OR (run >= ? AND run < ?)",
                [trace, text, end, text, end])
        }
        condition.add("(generation >= ? AND generation < ?) OR (run >= ? AND run < ?)", [text, end, text, end])
    }

    /// The first receipt that was admitted at or after a moment. Ids grow with time, so it is found by halving.
    static func firstID(at instant: Instant, _ db: Database) throws -> Int64 {
        let next = try db.cachedStatement(sql: "SELECT id, at FROM receipt WHERE id >= ? ORDER BY id LIMIT 1")
        var low = try Int64.fetchOne(db, sql: "SELECT min(id) FROM receipt") ?? 0
        var high = (try Int64.fetchOne(db, sql: "SELECT max(id) FROM receipt") ?? 0) + 1
        while low < high {
            let middle = low + (high - low) / 2
            guard let row = try Row.fetchOne(next, arguments: [middle]) else {
                high = middle
                continue
            }
            if (row[1] as Int64) < instant.milliseconds { low = (row[0] as Int64) + 1 } else { high = middle }
        }
        return low
    }
}

extension Data {
    /// Two digits a byte; nil for anything else.
    init?(hex: String) {
        let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        self.init(
            stride(from: 0, to: digits.count, by: 2).map { UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)) })
    }
}

/// Names by their numbers, as the file has them.
enum Names {
    static func number(_ kind: Int64, _ text: String, _ db: Database) throws -> Int64? {
        let select = try db.cachedStatement(sql: "SELECT number FROM name WHERE kind = ? AND text = ?")
        return try Int64.fetchOne(select, arguments: [kind, text])
    }

    /// The text, or `#7` where it was erased.
    static func text(_ kind: Int64, _ number: UInt32, _ db: Database) throws -> String {
        let select = try db.cachedStatement(sql: "SELECT text FROM name WHERE kind = ? AND number = ?")
        return try String.fetchOne(select, arguments: [kind, Int64(number)]) ?? "#\(number)"
    }
}

/// The names of one answer, each looked up once: a page of receipts has few names and many of each.
final class NamesOfPage {
    private let db: Database
    private var texts: [UInt64: String] = [:]

    init(_ db: Database) {
        self.db = db
    }

    /// As ``Names/text(_:_:_:)``.
    func text(_ kind: Int64, _ number: UInt32) throws -> String {
        let key = UInt64(kind) << 32 | UInt64(number)
        if let text = texts[key] { return text }
        let text = try Names.text(kind, number, db)
        texts[key] = text
        return text
    }
}
