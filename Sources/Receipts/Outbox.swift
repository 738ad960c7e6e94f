public import Budgeting
internal import GRDB

/// Messages on their way out, kept until they arrived or were given up. Beside the receipts, so that a restart loses none.
public final class Outbox: Sendable {
    /// One message for one destination.
    public struct Message: Hashable, Sendable {
        /// The same on every attempt, so that the receiver can tell a repetition.
        public var id: String
        public var destination: String
        public var at: Instant
        public var body: String
        public var attempts: Int64 = 0

        public init(id: String, destination: String, at: Instant, body: String) {
            self.id = id
            self.destination = destination
            self.at = at
            self.body = body
        }
    }

    private let file: ReceiptFile

    init(_ file: ReceiptFile) {
        self.file = file
    }

    /// Puts a message in. One whose id was there before, sent or not, is dropped: nothing is told twice.
    public func put(_ message: Message) throws {
        try file.pool.write { db in
            let insert = try db.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO outbox (id, destination, at, body, attempts, due, isOver)
                    VALUES (?, ?, ?, ?, 0, ?, 0)
                    """)
            let at = message.at.milliseconds
            try insert.execute(arguments: [message.id, message.destination, at, message.body, at])
        }
    }

    /// What may be sent now to a destination, the oldest first.
    public func due(_ destination: String, at now: Instant, limit: Int = 50) throws -> [Message] {
        try file.pool.read { db in
            let select = try db.cachedStatement(
                sql: """
                    SELECT id, at, body, attempts FROM outbox
                    WHERE isOver = 0 AND destination = ? AND due <= ? ORDER BY at, id LIMIT ?
                    """)
            return try Row.fetchAll(select, arguments: [destination, now.milliseconds, limit]).map { row in
                var message = Message(
                    id: row[0], destination: destination, at: Instant(milliseconds: row[1]), body: row[2])
                message.attempts = row[3]
                return message
            }
        }
    }

    /// How many wait to be sent.
    public func waiting() throws -> Int64 {
        try file.pool.read { try Int64.fetchOne($0, sql: "SELECT count(*) FROM outbox WHERE isOver = 0") ?? 0 }
    }

    /// It arrived, or is given up: its id is kept for a while, its text is not.
    public func finish(_ message: Message) throws {
        try run(
            "UPDATE outbox SET isOver = 1, body = '' WHERE id = ? AND destination = ?",
            [message.id, message.destination])
    }

    /// It failed; it is due again then.
    public func postpone(_ message: Message, until: Instant) throws {
        try run(
            "UPDATE outbox SET attempts = attempts + 1, due = ? WHERE id = ? AND destination = ?",
            [until.milliseconds, message.id, message.destination])
    }

    /// Lets go of the ids of messages from before a moment that are over.
    public func forget(before instant: Instant) throws {
        try run("DELETE FROM outbox WHERE isOver = 1 AND at < ?", [instant.milliseconds])
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try file.pool.write { try $0.cachedStatement(sql: sql).execute(arguments: arguments) }
    }
}
