import Budgeting
import ExactMoney
import Foundation
import GRDB
import Testing

@testable import Receipts

@Suite struct ProjectionPropertyTests {
    private func all(_ store: ReceiptStore, _ filter: ReceiptFilter = ReceiptFilter()) throws -> [Receipt] {
        var receipts: [Receipt] = []
        var next: ReservationID?
        repeat {
            let page = try store.page(filter, before: next, limit: 7)
            receipts += page.receipts
            next = page.next
        } while next != nil
        return receipts
    }

    private func check(_ log: LogMaker, _ store: ReceiptStore, _ seed: UInt64) throws {
        let receipts = try all(store)
        let closed = receipts.filter { $0.sequence != nil }
        #expect(closed.reduce(0) { $0 + ($1.cost?.nanodollars ?? 0) } == log.settled, "seed \(seed)")
        #expect(closed.count == log.closedReceipts, "seed \(seed)")
        #expect(closed.compactMap(\.sequence).sorted() == (0..<closed.count).map { Int64($0 + 1) }, "seed \(seed)")
        #expect(receipts.count - closed.count == log.unresolved, "seed \(seed)")
        #expect(try all(store, unresolved).count == log.unresolved, "seed \(seed)")
        for keys in [[], [.hour], [.day], [.model], [.tenant, .provider]] as [[ReportKey]] {
            let lines = try store.report(ReportQuestion(by: keys))
            #expect(lines.reduce(0) { $0 + $1.cost.nanodollars } == log.settled, "seed \(seed), by \(keys)")
            #expect(lines.reduce(0) { $0 + $1.calls } == log.calls, "seed \(seed), by \(keys)")
        }
        for line in try store.report(ReportQuestion(by: [.tenant])) {
            let tenant = UInt32(line.keys[0].dropFirst(7)) ?? 0
            #expect(line.cost.nanodollars == log.byTenant[tenant], "seed \(seed)")
            let own = try all(store, ReceiptFilter(tenant: line.keys[0]))
            #expect(own.reduce(0) { $0 + ($1.cost?.nanodollars ?? 0) } == line.cost.nanodollars, "seed \(seed)")
        }
        let tags = try store.report(ReportQuestion(by: [.tag]))
        #expect(
            Dictionary(uniqueKeysWithValues: tags.map { ($0.keys[0], $0.cost.nanodollars) }).filter { $0.value > 0 }
                == log.byTag.filter { $0.value > 0 }, "seed \(seed)")
    }

    private var unresolved: ReceiptFilter {
        var filter = ReceiptFilter()
        filter.status = .unresolved
        return filter
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func receiptsComeToWhatTheLogSettled(seed: UInt64) throws {
        let log = try LogMaker(seed: seed)
        for _ in 0..<4 {
            try log.run(steps: 60)
            try check(log, try log.project(), seed)
        }
    }

    @Test(arguments: 11...13 as ClosedRange<UInt64>)
    func aLostFileIsMadeAnewTheSame(seed: UInt64) throws {
        let log = try LogMaker(seed: seed)
        // In two steps, with calls in flight between them.
        try log.run(steps: 100)
        _ = try log.project()
        try log.run(steps: 100)
        let before = try all(try log.project())
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: log.receiptsPath + suffix) }
        let after = try log.project()
        #expect(try all(after) == before)
        try check(log, after, seed)
    }

    @Test func aFileThatIsNoDatabaseIsPutAsideAndMadeAnew() throws {
        let log = try LogMaker(seed: 21)
        try log.run(steps: 80)
        // Closed here and now: a connection that ends later would mend the file.
        try log.project().file.pool.close()
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: log.receiptsPath + suffix) }
        try Data(String(repeating: "not a database at all, but longer than a page of one\n", count: 200).utf8)
            .write(to: URL(fileURLWithPath: log.receiptsPath))
        try check(log, try log.project(), 21)
        #expect(FileManager.default.fileExists(atPath: log.receiptsPath + ".damaged"))
    }

    @Test func anotherLedgersReceiptsAreNotTaken() throws {
        let first = try LogMaker(seed: 31)
        try first.run(steps: 80)
        _ = try first.project()
        let second = try LogMaker(seed: 32)
        try second.run(steps: 120)
        try FileManager.default.copyItem(atPath: first.receiptsPath, toPath: second.receiptsPath)
        try check(second, try second.project(), 32)
    }
}
