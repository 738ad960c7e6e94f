import GRDB
import Testing

@testable import Ledger

@Suite struct LedgerReaderTests {
    @Test func readsWhatIsDurableBesideTheWriter() throws {
        let scratch = try Scratch()
        try scratch.session { store in
            let reader = try LedgerReader.open(path: scratch.ledger)
            #expect(try reader.batches(after: 0, atMost: 10).isEmpty)
            for number in 1...12 { try store.append(Scratch.batch(number)) }
            #expect(try reader.last() == 12)
            #expect(try reader.batches(after: 0, atMost: 5).map(\.number) == [1, 2, 3, 4, 5])
            #expect(
                try reader.batches(after: 9, atMost: 5).map(\.entries) == (10...12).map { Scratch.batch($0).entries })
            #expect(try reader.batches(after: 12, atMost: 5).isEmpty)
            #expect(try reader.names(.tenant, after: 1).map(\.text) == ["tenant 11"])
            try store.erase(.tenant, number: 11)
            #expect(try reader.names(.tenant, after: 1).isEmpty)
            #expect(try reader.erased(.tenant) == [11])
            try store.checkpoint(every: 1)
            try store.append(Scratch.batch(13))
            #expect(try reader.batches(after: 12, atMost: 5).map(\.number) == [13])
            try reader.close()
        }
    }

    @Test func refusesWhatWasChanged() throws {
        let scratch = try Scratch()
        try scratch.fill(3)
        try scratch.tamper("UPDATE batch SET entries = x'00' WHERE number = 2")
        try scratch.session { _ in
            let reader = try LedgerReader.open(path: scratch.ledger)
            #expect(try requireError { _ = try reader.batches(after: 0, atMost: 5) }.isDamaged)
            #expect(try reader.batches(after: 0, atMost: 1).count == 1)
        }
    }

    @Test func refusesWhatIsNoLedger() throws {
        let scratch = try Scratch()
        try DatabaseQueue(path: scratch.ledger).write { try $0.execute(sql: "CREATE TABLE a (b)") }
        #expect(try requireError { _ = try LedgerReader.open(path: scratch.ledger) }.isDamaged)
        #expect(try requireError { _ = try LedgerReader.open(path: scratch.directory + "/none.db") }.isUnavailable)
    }
}
