public import Budgeting
public import ExactMoney
internal import GRDB

/// What a report adds up by.
public enum ReportKey: String, Hashable, Sendable, CaseIterable {
    case tenant, model, provider, tag, hour, day
}

/// What a report is asked: which stretch of time, for whom, added up by what.
public struct ReportQuestion: Hashable, Sendable {
    /// In this order; empty for one total.
    public var by: [ReportKey]
    /// Hours that begin at or after, and before. Whole days of UTC are read from sums of days.
    public var from: Instant?
    public var until: Instant?
    public var tenant: String?
    public var model: String?
    /// Whose days ``ReportKey/day`` counts. Sums are kept by the hour, and an hour belongs to the day that it begins in: to the
    /// minute where the zone is whole hours off.
    public var zone = ZoneRules.utc
    /// `name=value`. Without it a report by anything but tags counts every call once.
    public var tag: String?
    /// The dearest first, at most so many; 10 000 at most.
    public var limit = 1_000

    public init(by keys: [ReportKey], from: Instant? = nil, until: Instant? = nil) {
        by = keys
        self.from = from
        self.until = until
    }
}

/// One line of a report.
public struct ReportLine: Hashable, Sendable {
    /// As asked, in that order: a name, or the start of the hour or day in RFC 3339, UTC.
    public var keys: [String]
    public var calls: Int64
    public var inputTokens: Int64
    public var outputTokens: Int64
    public var cost: Money
    public var saved: Money
}

extension ReceiptStore {
    /// Adds up from the roll-ups, never from the receipts: as fast over ten million calls as over ten thousand.
    ///
    /// Lines by hour or day come in the order of time, others by cost, the dearest first.
    public func report(_ question: ReportQuestion) throws -> [ReportLine] {
        try file.pool.read { db in
            guard let condition = try question.condition(db) else { return [] }
            let columns = question.by.map(question.column)
            let sums = "sum(calls), sum(input), sum(output), coalesce(sum(cost), 0), coalesce(sum(saved), 0)"
            let isByTime = question.by.contains(.hour) || question.by.contains(.day)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT \((columns + [sums]).joined(separator: ", ")) FROM \(question.table)
                    WHERE \(condition.sql) \(columns.isEmpty ? "" : "GROUP BY \(columns.joined(separator: ", "))")
                    ORDER BY \(isByTime ? "start" : "sum(cost) DESC, sum(calls) DESC")
                    LIMIT \(min(max(1, question.limit), 10_000))
                    """, arguments: condition.arguments)
            return try rows.compactMap { try ReportLine($0, question, db) }
        }
    }
}

extension ReportQuestion {
    fileprivate func column(_ key: ReportKey) -> String {
        switch key {
        case .tenant: "tenant"
        case .model: "model"
        case .provider: "provider"
        case .tag: "tag"
        case .hour: "start"
        case .day: "(start + \(offset)) / \(Projection.day)"
        }
    }

    /// How far the zone's clocks are from UTC at `start`, in milliseconds, as SQL.
    private var offset: String {
        let (first, end) = (from ?? Instant(seconds: 0), until ?? .never)
        var before = zone.offsetSeconds(at: first)
        let changes = zone.transitions.filter { first < $0.at && $0.at < end }
        let cases = changes.map { change in
            defer { before = change.offsetSeconds }
            return "WHEN start < \(change.at.milliseconds) THEN \(before * 1_000)"
        }
        guard !cases.isEmpty else { return "\(before * 1_000)" }
        return "CASE \(cases.joined(separator: " ")) ELSE \(before * 1_000) END"
    }
}

extension ReportQuestion {
    /// Days are enough where nothing asks for less.
    fileprivate var table: String {
        let isWholeDays = [from, until].allSatisfy { ($0?.milliseconds ?? 0) % Projection.day == 0 }
        let asksForParts = by.contains(.hour) || by.contains(.day) && zone != .utc
        return isWholeDays && !asksForParts ? "daily" : "hourly"
    }

    fileprivate func condition(_ db: Database) throws -> Condition? {
        var condition = Condition()
        if by.contains(.tag), tag == nil { condition.add("tag > ''") } else { condition.add("tag = ?", [tag ?? ""]) }
        let isByTenant = by.contains(.tenant) || tenant != nil
        condition.add(isByTenant ? "tenant <> ?" : "tenant = ?", [ReceiptSchema.allTenants])
        if let from { condition.add("start >= ?", [from.milliseconds]) }
        if let until { condition.add("start < ?", [until.milliseconds]) }
        for (kind, text, column) in [(0, tenant, "tenant"), (1, model, "model")] as [(Int64, String?, String)] {
            guard let text else { continue }
            guard let number = try Names.number(kind, text, db) else { return nil }
            condition.add("\(column) = ?", [number])
        }
        return condition
    }
}

extension ReportLine {
    /// Nil for a total of nothing.
    fileprivate init?(_ row: Row, _ question: ReportQuestion, _ db: Database) throws {
        let after = question.by.count
        guard let calls = row[after] as Int64? else { return nil }
        keys = try question.by.enumerated().map { index, key in
            switch key {
            case .tenant: try Names.text(0, row[index], db)
            case .model: try Names.text(1, row[index], db)
            case .provider: (row[index] as UInt32) == 0 ? "" : try Names.text(7, row[index], db)
            case .tag: row[index]
            case .hour: Instant(milliseconds: row[index]).rfc3339
            case .day: question.zone.start(of: CivilDate(daysSince1970: row[index])).rfc3339
            }
        }
        self.calls = calls
        inputTokens = row[after + 1]
        outputTokens = row[after + 2]
        cost = Money(nanodollars: row[after + 3])
        saved = Money(nanodollars: row[after + 4])
    }
}
