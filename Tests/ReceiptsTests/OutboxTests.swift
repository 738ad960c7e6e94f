import Budgeting
import Ledger
import Logging
import Testing

@testable import Receipts

@Suite struct OutboxTests {
    private let maker: LogMaker
    private let outbox: Outbox

    init() throws {
        maker = try LogMaker(seed: 1)
        outbox = Outbox(try ReceiptFile(path: maker.directory + "/r.db"))
    }

    private func message(_ id: String, to destination: String = "a", at seconds: Int64 = 1) -> Outbox.Message {
        .init(id: id, destination: destination, at: Instant(seconds: seconds), body: "text")
    }

    private func due(_ destination: String = "a", at seconds: Int64 = 10) throws -> [String] {
        try outbox.due(destination, at: Instant(seconds: seconds)).map(\.id)
    }

    @Test func aMessageGoesInOnceSentOrNot() throws {
        try outbox.put(message("m"))
        try outbox.put(message("m"))
        #expect(try due() == ["m"])
        try outbox.finish(message("m"))
        try outbox.put(message("m"))
        #expect(try due() == [] && outbox.waiting() == 0)
    }

    /// Levels as they are told of one subject, and which of them get through.
    @Test(
        arguments: [
            ([5, 8, 9], [5, 8, 9]), ([8, 5, 8, 9], [8, 9]), ([0, 0], [0]), ([-3, -3, -2], [-3, -2]),
        ] as [([Int64], [Int64])])
    func aSubjectIsToldOnlyOfAHigherLevel(_ levels: [Int64], _ told: [Int64]) throws {
        let through = try levels.filter { level in
            try outbox.put(
                [message("m\(level)")], mark: .init("budget", level: level, until: Instant(seconds: 9)))
        }
        #expect(through == told)
        #expect(try outbox.waiting() == told.count)
        #expect(try outbox.level(of: "budget") == told.last && outbox.level(of: "other") == nil)
    }

    @Test func aMarkIsForgottenWhenItsTimeIsOver() throws {
        let mark = Outbox.Mark("budget", level: 5, until: Instant(seconds: 9))
        #expect(try outbox.put([], mark: mark))
        try outbox.forget(before: Instant(seconds: 0), marksOf: Instant(seconds: 9))
        #expect(try !outbox.put([message("m")], mark: mark))
        try outbox.forget(before: Instant(seconds: 0), marksOf: Instant(seconds: 10))
        #expect(try outbox.put([message("m")], mark: mark))
        #expect(try due() == ["m"])
    }

    @Test func whatWaitsForADestinationIsDueWhenItIsThereAgain() throws {
        for id in ["m", "n"] { try outbox.put(message(id)) }
        try outbox.put(message("o", to: "b"))
        for id in ["m", "n"] { try outbox.postpone(message(id), until: Instant(seconds: 100)) }
        #expect(try due() == [] && outbox.destinations(at: Instant(seconds: 10)) == ["b"])
        try outbox.hurry("a", at: Instant(seconds: 10))
        #expect(try due() == ["m", "n"] && outbox.due("a", at: Instant(seconds: 10)).map(\.attempts) == [1, 1])
        #expect(try Set(outbox.destinations(at: Instant(seconds: 10))) == ["a", "b"])
    }
}
