import Budgeting
import ExactMoney
import Foundation
import Ledger
import Testing

@testable import Receipts

/// What the log tells that somebody wants to hear of.
@Suite final class NewsTests {
    private let directory: String
    private let log: SQLiteStore
    private var batches: UInt64 = 0

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("news-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        log = try SQLiteStore.open(path: directory + "/ledger.db")
    }

    deinit {
        try? log.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func commit(_ events: [Entry.Event], names: [Name] = []) throws {
        batches += 1
        let entries = events.map { Entry(at: Instant(seconds: Int64(batches)), event: $0) }
        try log.append(Batch(number: batches, entries: Entry.encode(entries), names: names))
    }

    private func project() throws -> ReceiptStore { try Projector(ledger: directory + "/ledger.db").whole() }

    private func call(_ number: UInt64, costing cost: Int64, _ evidence: Entry.Evidence) -> [Entry.Event] {
        let id = ReservationID(number)
        return [
            .reserved(
                .init(id: id, tenant: TenantID(1), model: ModelID(1), amount: Money(nanodollars: 9), windows: [])),
            .settled(
                id, .init(cost: Money(nanodollars: cost), inputTokens: 1, outputTokens: 1, evidence: evidence)),
        ]
    }

    private func price(_ rate: Int64) -> Entry.PriceChange.Price {
        .init(name: "prompt", rate: Rate(picodollars: rate))
    }

    @Test func eachIsThereOnceInTheOrderOfTheLog() throws {
        let names = [
            Name(kind: .tenant, number: 1, text: "acme"), Name(kind: .model, number: 1, text: "a/b"),
        ]
        try commit(call(1, costing: 5, .provider) + call(2, costing: 9, .assumed), names: names)
        let change = Entry.PriceChange(old: [price(1)], new: [price(2)])
        try commit([.priced(ModelID(1), .init(old: [], new: [price(1)])), .priced(ModelID(1), change)])
        let first = try project()
        #expect(try first.news(after: 0).news.count == 2)
        try commit(call(3, costing: 14, .provider) + [.overrun(ReservationID(3), by: Money(nanodollars: 5))])
        let store = try project()
        let (news, through) = try store.news(after: 0)
        #expect(news.map(\.at) == [1, 2, 3].map { Instant(seconds: $0) })
        guard case .assumed(let assumed) = news[0].what, case .priced("a/b", change) = news[1].what,
            case .overran(let overran, by: Money(nanodollars: 5)) = news[2].what
        else {
            Issue.record("\(news)")
            return
        }
        #expect(assumed.tenant == "acme" && assumed.cost == Money(nanodollars: 9))
        #expect(overran.requestID == "req-3" && overran.served == "a/b" && overran.reserved == Money(nanodollars: 9))
        #expect(try store.lastNews() == through && store.news(after: through).news.isEmpty)
        #expect(try store.news(after: news[0].number).news == Array(news.dropFirst()))
    }
}
