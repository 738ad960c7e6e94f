import Budgeting
import ExactMoney
import Foundation
import GRDB
import Ledger
import Testing

@testable import Receipts

@Suite struct ReceiptStoreTests {
    @Test(arguments: 41...43 as ClosedRange<UInt64>)
    func everyFilterFindsWhatLookingAtAllFinds(seed: UInt64) throws {
        let log = try LogMaker(seed: seed)
        try log.run(steps: 300)
        let store = try log.project()
        let all = try store.page(limit: 1_000).receipts
        #expect(all.count > 50)
        #expect(all.map(\.id) == all.map(\.id).sorted(by: >))
        let middle = all[all.count / 2].admittedAt
        func expect(_ change: (inout ReceiptFilter) -> Void, _ holds: (Receipt) -> Bool) throws {
            var filter = ReceiptFilter()
            change(&filter)
            #expect(try store.page(filter, limit: 1_000).receipts == all.filter(holds), "\(filter)")
        }
        try expect({ $0.tenant = "tenant-2" }, { $0.tenant == "tenant-2" })
        try expect({ $0.model = "v/model-3" }, { $0.served == "v/model-3" })
        try expect({ $0.user = "user-1" }, { $0.user == "user-1" })
        try expect({ $0.run = "run-2" }, { $0.run == "run-2" })
        try expect({ $0.tag = "env=1" }, { $0.tags.contains("env=1") })
        try expect({ $0.from = middle }, { $0.admittedAt >= middle })
        try expect({ $0.until = middle }, { $0.admittedAt < middle })
        try expect({ $0.text = "gen-1" }, { $0.generation?.hasPrefix("gen-1") ?? false })
        try expect({ $0.text = "req-5" }, { $0.id.number == 5 })
        for status in Receipt.Status.allCases { try expect({ $0.status = status }, { $0.status == status }) }
        try expect({ $0.tenant = "nobody" }, { _ in false })
        try expect(
            {
                $0.tenant = "tenant-1"
                $0.tag = "env=2"
                $0.from = middle
            }, { $0.tenant == "tenant-1" && $0.tags.contains("env=2") && $0.admittedAt >= middle })
    }

    @Test(arguments: 81...83 as ClosedRange<UInt64>)
    func daysOfAZoneAreMadeOfItsHours(seed: UInt64) throws {
        let log = try LogMaker(seed: seed)
        try log.run(steps: 400)
        let store = try log.project()
        let hours = try store.report(ReportQuestion(by: [.hour, .model]))
        let starts = try hours.map { line in
            let date = try #require(ISO8601DateFormatter().date(from: line.keys[0]))
            return Instant(seconds: Int64(date.timeIntervalSince1970))
        }
        let middle = try #require(starts.sorted().dropFirst(hours.count / 2).first)
        // Midnight falls into what happened; then the clocks are put back over it, or half an hour on.
        let away = -(middle.seconds % 86_400)
        let zones = [
            ZoneRules.utc, ZoneRules(name: "away", firstOffsetSeconds: away),
            ZoneRules(
                name: "back", firstOffsetSeconds: away, transitions: [.init(at: middle, offsetSeconds: away - 3_600)]),
            ZoneRules(name: "half", firstOffsetSeconds: away - 1_800),
        ]
        for zone in zones {
            var wanted: [[String]: Int64] = [:]
            for (hour, at) in zip(hours, starts) {
                let day = zone.start(of: zone.date(at: at)).rfc3339
                wanted[[day, hour.keys[1]], default: 0] += hour.cost.nanodollars
            }
            var question = ReportQuestion(by: [.day, .model])
            question.zone = zone
            let days = try store.report(question)
            #expect(days.map(\.keys[0]) == days.map(\.keys[0]).sorted())
            #expect(
                Dictionary(days.map { ($0.keys, $0.cost.nanodollars) }) { first, _ in first } == wanted, "\(zone.name)")
            #expect(Set(days.map(\.keys[0])).count >= (zone == .utc ? 1 : 2), "\(zone.name)")
        }
    }

    @Test func findsOneByEachOfItsIDs() throws {
        let log = try LogMaker(seed: 51)
        try log.run(steps: 100)
        let store = try log.project()
        let some = try #require(try store.page(limit: 1_000).receipts.first { $0.generation != nil })
        #expect(try store.receipt(some.id) == some)
        #expect(try store.receipt(request: some.requestID) == some)
        #expect(try store.receipt(generation: try #require(some.generation)) == some)
        #expect(try store.receipt(generation: "gen-none") == nil)
        #expect(try store.receipt(request: "7") == nil)
    }

    @Test func aLateSettlementCompletesTheReceiptOfTheCallAndComesLastInOrder() throws {
        let log = try LogMaker(seed: 61)
        try log.run(steps: 200)
        let store = try log.project()
        let late = try store.page(limit: 1_000).receipts.filter { $0.doubt != nil && $0.sequence != nil }
        #expect(!late.isEmpty)
        #expect(late.allSatisfy { $0.cost != nil && $0.evidence == .rates && $0.closedAt >= $0.admittedAt })
        let closed = try store.closed(after: 0, limit: 10_000)
        #expect(closed.map(\.closedAt) == closed.map(\.closedAt).sorted())
        #expect(closed.compactMap(\.sequence) == (1...Int64(closed.count)).map { $0 })
        #expect(try store.closed(after: Int64(closed.count) - 1, limit: 10) == [try #require(closed.last)])
        #expect(try store.lastSequence() == Int64(closed.count))
    }

    @Test func aNameThatTheLedgerErasedIsErasedHere() throws {
        let log = try LogMaker(seed: 71)
        try log.run(steps: 100)
        _ = try log.project()
        try log.store.erase(.user, number: 1)
        let store = try log.project()
        let users = Set(try store.page(limit: 1_000).receipts.compactMap(\.user))
        #expect(!users.contains("user-1") && users.contains("#1") && users.contains("user-2"))
        var filter = ReceiptFilter()
        filter.user = "user-1"
        #expect(try store.page(filter).receipts.isEmpty)
    }

    @Test func whatIsErasedIsInNeitherFileNorLogWhileTheyAreOpen() throws {
        let log = try LogMaker(seed: 72)
        try log.run(steps: 100)
        _ = try log.project()
        let file = try ReceiptFile(path: log.receiptsPath)
        try file.pool.write {
            try $0.execute(
                sql: "UPDATE name SET text = 'anna-lindqvist' WHERE kind = ? AND number = 2",
                arguments: [Int64(Name.Kind.user.rawValue)])
        }
        func holding() throws -> [String] {
            try ["", "-wal"].filter { suffix in
                try Data(contentsOf: URL(fileURLWithPath: log.receiptsPath + suffix)).range(
                    of: Data("anna-lindqvist".utf8)) != nil
            }
        }
        #expect(try holding() == ["-wal"])
        try file.pool.writeWithoutTransaction { _ = try $0.checkpoint(.full) }
        #expect(try holding().contains(""))
        try file.erase([.user: [2]])
        #expect(try holding().isEmpty)
        try file.erase([.user: [2]])
    }

    @Test func aReportOfDaysIsTheReportOfTheirHours() throws {
        let log = try LogMaker(seed: 81)
        try log.run(steps: 400)
        let store = try log.project()
        let days = try store.report(ReportQuestion(by: [.day]))
        var byDay: [String: Int64] = [:]
        for hour in try store.report(ReportQuestion(by: [.hour])) {
            byDay[hour.keys[0].prefix(10) + "T00:00:00Z", default: 0] += hour.cost.nanodollars
        }
        #expect(Dictionary(uniqueKeysWithValues: days.map { ($0.keys[0], $0.cost.nanodollars) }) == byDay)
        // A stretch that is not of whole days is read from hours.
        let start = Instant(milliseconds: LogMaker.start)
        let hour = Instant(milliseconds: LogMaker.start - LogMaker.start % 3_600_000 + 3_600_000)
        let first = try store.report(ReportQuestion(by: [], until: hour)).first?.cost.nanodollars ?? 0
        let rest = try store.report(ReportQuestion(by: [], from: hour)).first?.cost.nanodollars ?? 0
        #expect(first + rest == log.settled && start < hour)
    }
}
