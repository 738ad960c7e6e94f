public import Budgeting
internal import ExactMoney
internal import Foundation
internal import GRDB

/// Answers questions about receipts: a page of them, one of them, sums over them. Every answer is one consistent view; no
/// answer holds up the calls. Blocking: milliseconds where a filter stands on an index, which all of ``ReceiptFilter`` do.
public final class ReceiptStore: Sendable {
    let file: ReceiptFile

    init(_ file: ReceiptFile) {
        self.file = file
    }

    /// Opens the receipts beside a ledger, to read them only while another process, or nobody, writes.
    public static func open(ledgerPath: String) throws -> ReceiptStore {
        ReceiptStore(try ReceiptFile(path: ReceiptFile.path(besideLedger: ledgerPath)))
    }

    /// Some receipts, in order.
    public struct Page: Sendable {
        public var receipts: [Receipt]
        /// Where the next page begins; nil where there is none.
        public var next: ReservationID?
    }

    /// The newest receipts first.
    ///
    /// - Parameters:
    ///   - before: what the page before this one said was next.
    ///   - limit: at most 1 000.
    public func page(
        _ filter: ReceiptFilter = ReceiptFilter(), before: ReservationID? = nil, limit: Int = 50
    ) throws -> Page {
        try page(filter, before.map { ("id < ?", $0) }, order: "DESC", limit)
    }

    /// The other way round: the oldest receipts first, after the one of this id.
    public func oldest(
        _ filter: ReceiptFilter = ReceiptFilter(), after: ReservationID? = nil, limit: Int
    ) throws -> Page {
        try page(filter, after.map { ("id > ?", $0) }, order: "ASC", limit)
    }

    private func page(
        _ filter: ReceiptFilter, _ beyond: (condition: String, id: ReservationID)?, order: String, _ limit: Int
    ) throws -> Page {
        let limit = min(max(1, limit), 1_000)
        return try file.pool.read { db in
            guard var condition = try filter.condition(db) else { return Page(receipts: [], next: nil) }
            if let beyond { condition.add(beyond.condition, [Int64(bitPattern: beyond.id.number)]) }
            let rows = try Row.fetchAll(
                db, sql: "\(Self.select) WHERE \(condition.sql) ORDER BY id \(order) LIMIT \(limit + 1)",
                arguments: condition.arguments)
            let names = NamesOfPage(db)
            let receipts = try rows.prefix(limit).map { try Receipt($0, names) }
            return Page(receipts: receipts, next: rows.count > limit ? receipts.last?.id : nil)
        }
    }

    public func receipt(_ id: ReservationID) throws -> Receipt? {
        try one("id = ?", [Int64(bitPattern: id.number)])
    }

    /// By the id that the client was told: `req-7`.
    public func receipt(request id: String) throws -> Receipt? {
        guard id.hasPrefix("req-"), let number = UInt64(id.dropFirst(4)) else { return nil }
        return try receipt(ReservationID(number))
    }

    /// By the provider's id.
    public func receipt(generation: String) throws -> Receipt? {
        try one("generation = ?", [generation])
    }

    /// All attempts of a call that have a receipt, in order.
    public func receipts(ofCall call: ReservationID, lastID: ReservationID) throws -> [Receipt] {
        try file.pool.read { db in
            let rows = try Row.fetchAll(
                db, sql: "\(Self.select) WHERE id BETWEEN ? AND ? ORDER BY id",
                arguments: [Int64(bitPattern: call.number), Int64(bitPattern: lastID.number)])
            let names = NamesOfPage(db)
            return try rows.map { try Receipt($0, names) }.filter { $0.call == call }
        }
    }

    /// Receipts in the order in which they closed, after the one of this number: what exporters follow.
    public func closed(after sequence: Int64, limit: Int) throws -> [Receipt] {
        try file.pool.read { db in
            let select = try db.cachedStatement(sql: "\(Self.select) WHERE seq > ? ORDER BY seq LIMIT ?")
            let names = NamesOfPage(db)
            let rows = try Row.fetchCursor(select, arguments: [sequence, limit])
            var receipts: [Receipt] = []
            while let row = try rows.next() { receipts.append(try Receipt(row, names)) }
            return receipts
        }
    }

    /// The number of the receipt that closed last; 0 where none has.
    public func lastSequence() throws -> Int64 { try file.progress().sequence }

    private func one(_ condition: String, _ arguments: StatementArguments) throws -> Receipt? {
        try file.pool.read { db in
            let select = try db.cachedStatement(sql: "\(Self.select) WHERE \(condition) ORDER BY id DESC LIMIT 1")
            return try Row.fetchOne(select, arguments: arguments).map { try Receipt($0, NamesOfPage(db)) }
        }
    }

    static let select = """
        SELECT id, seq, at, closed, tenant, model, generation, status, reserved, cost, saved, input, output, evidence,
            doubt, details FROM receipt
        """
}

extension Receipt {
    init(_ row: Row, _ names: NamesOfPage) throws {
        let id = ReservationID(UInt64(bitPattern: row[0] as Int64))
        let model = ModelID(row[5])
        let stored = (row[15] as Data?).flatMap(CallDetails.init(stored:))
        let details = stored ?? CallDetails(call: id, asked: model, planned: model, served: model)
        func name(_ model: ModelID) throws -> String { try names.text(1, model.number) }
        self.init(
            id: id, call: details.call, sequence: row[1], isLast: details.isLast,
            admittedAt: Instant(milliseconds: row[2]), closedAt: Instant(milliseconds: row[3]), generation: row[6],
            trace: details.trace, tenant: try names.text(0, row[4]),
            key: try details.key.map { try names.text(4, $0.number) },
            user: try details.user.map { try names.text(2, $0.number) }, run: details.run, tags: details.tags,
            endpoint: details.endpoint, isStream: details.isStream, asked: try name(details.asked),
            planned: try name(details.planned), served: try name(model),
            provider: try details.provider.map { try names.text(7, $0.number) }, moved: details.moved,
            attempts: try details.attempts.map { attempt in
                Attempt(
                    model: try name(attempt.model), reservation: attempt.reservation, why: attempt.why,
                    status: attempt.status, beganMicroseconds: attempt.beganMicroseconds,
                    tookMicroseconds: attempt.tookMicroseconds)
            },
            inputTokens: row[11], outputTokens: row[12], usage: details.usage,
            cost: (row[9] as Int64?).map(Money.init(nanodollars:)), promptCost: details.promptCost,
            completionCost: details.completionCost, evidence: (row[13] as UInt8?).flatMap(Entry.Evidence.init),
            doubt: (row[14] as UInt8?).flatMap(Entry.Doubt.init), reserved: Money(nanodollars: row[8]),
            saved: Money(nanodollars: row[10]), status: Status(code: row[7]), httpStatus: details.status,
            finishReason: details.finishReason, dropped: details.dropped, stateBefore: details.stateBefore,
            stateAfter: details.stateAfter,
            waitedMicroseconds: details.waitedMicroseconds, firstByteMicroseconds: details.firstByteMicroseconds,
            totalMicroseconds: details.totalMicroseconds)
    }
}
