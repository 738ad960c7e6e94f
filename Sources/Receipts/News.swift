public import Budgeting
public import ExactMoney
internal import Foundation
internal import GRDB

/// What the log tells that somebody wants to hear of, in its order. Projected with the receipts, so that each stands here once,
/// whatever ends the process.
public struct News: Hashable, Sendable {
    public enum What: Hashable, Sendable {
        /// The provider billed more than a call's ceiling.
        case overran(Receipt, by: Money)
        /// Nothing told what a call cost; what it held was booked.
        case assumed(Receipt)
        /// The upstream key's usage rose by this much more than the books explain.
        case spentOutside(Money)
        case priced(model: String, Entry.PriceChange)
    }

    /// They grow in the order of the log.
    public var number: Int64
    public var at: Instant
    public var what: What
}

extension Entry {
    /// Whether somebody wants to hear of it at once.
    var isNews: Bool {
        switch event {
        case .overrun: true
        // Most readings of the key find nothing.
        case .outsideSpent(let spend): !spend.shares.isEmpty
        case .settled(_, let settlement): settlement.evidence == .assumed
        // A model that had no price before is none that anybody used.
        case .priced(_, let change): !change.old.isEmpty
        default: false
        }
    }
}

extension ReceiptStore {
    /// The number of the newest; 0 where there is none.
    public func lastNews() throws -> Int64 {
        try file.pool.read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM news") ?? 0 }
    }

    /// What came after the one of this number, in order, and the number that was looked through to.
    public func news(after number: Int64, limit: Int = 500) throws -> (news: [News], through: Int64) {
        try file.pool.read { db in
            let select = try db.cachedStatement(sql: "SELECT id, entry FROM news WHERE id > ? ORDER BY id LIMIT ?")
            var news: [News] = []
            var through = number
            for row in try Row.fetchAll(select, arguments: [number, limit]) {
                through = row[0]
                for entry in try Entry.decode(row[1] as Data) {
                    guard let what = try News.What(entry.event, db) else { continue }
                    news.append(News(number: through, at: entry.at, what: what))
                }
            }
            return (news, through)
        }
    }
}

extension News.What {
    /// Nil for what is no news, or about a call that has no receipt.
    fileprivate init?(_ event: Entry.Event, _ db: Database) throws {
        switch event {
        case .overrun(let id, let amount):
            guard let receipt = try Receipt.fetched(id, db) else { return nil }
            self = .overran(receipt, by: amount)
        case .settled(let id, _):
            guard let receipt = try Receipt.fetched(id, db) else { return nil }
            self = .assumed(receipt)
        case .outsideSpent(let spend):
            guard let most = spend.shares.map(\.amount).max() else { return nil }
            self = .spentOutside(most)
        case .priced(let model, let change): self = .priced(model: try Names.text(1, model.number, db), change)
        default: return nil
        }
    }
}

extension Receipt {
    fileprivate static func fetched(_ id: ReservationID, _ db: Database) throws -> Receipt? {
        let select = try db.cachedStatement(sql: "\(ReceiptStore.select) WHERE id = ?")
        let row = try Row.fetchOne(select, arguments: [Int64(bitPattern: id.number)])
        return try row.map { try Receipt($0, NamesOfPage(db)) }
    }
}
