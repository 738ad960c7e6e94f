public import Budgeting
internal import GRDB

/// Messages on their way out, kept until they arrived or were given up, and what was told before. Beside the receipts, so that a
/// restart loses none and repeats none.
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

    /// How far something has gone that was told. A subject is told again only of a higher level.
    public struct Mark: Hashable, Sendable {
        public var subject: String
        public var level: Int64
        /// Then it is forgotten.
        public var until: Instant

        public init(_ subject: String, level: Int64, until: Instant) {
            self.subject = subject
            self.level = level
            self.until = until
        }
    }

    private let file: ReceiptFile

    init(_ file: ReceiptFile) {
        self.file = file
    }

    /// Puts a message in. One whose id was there before, sent or not, is dropped: nothing is told twice.
    public func put(_ message: Message) throws { try put([message], mark: nil) }

    /// Puts messages in, each as ``put(_:)`` does, and remembers the mark with them: all or nothing.
    ///
    /// - Returns: false where the mark was reached before; then nothing is put in.
    @discardableResult
    public func put(_ messages: [Message], mark: Mark?) throws -> Bool {
        try file.pool.write { db in
            if let mark {
                guard try Self.level(mark.subject, db).map({ $0 < mark.level }) ?? true else { return false }
                try Self.set(mark, db)
            }
            let insert = try db.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO outbox (id, destination, at, body, attempts, due, isOver)
                    VALUES (?, ?, ?, ?, 0, ?, 0)
                    """)
            for message in messages {
                let at = message.at.milliseconds
                try insert.execute(arguments: [message.id, message.destination, at, message.body, at])
            }
            return true
        }
    }

    /// How far a subject was told; nil where it never was.
    public func level(of subject: String) throws -> Int64? {
        try file.pool.read { try Self.level(subject, $0) }
    }

    /// Moves a mark to wherever it now stands, lower too.
    public func move(_ mark: Mark) throws { try file.pool.write { try Self.set(mark, $0) } }

    private static func level(_ subject: String, _ db: Database) throws -> Int64? {
        let select = try db.cachedStatement(sql: "SELECT level FROM told WHERE subject = ?")
        return try Int64.fetchOne(select, arguments: [subject])
    }

    private static func set(_ mark: Mark, _ db: Database) throws {
        let set = try db.cachedStatement(sql: "INSERT OR REPLACE INTO told (subject, level, until) VALUES (?, ?, ?)")
        try set.execute(arguments: [mark.subject, mark.level, mark.until.milliseconds])
    }
}

// MARK: - On the way

extension Outbox {
    /// Where something is to be sent now.
    public func destinations(at now: Instant) throws -> [String] {
        try file.pool.read { db in
            let select = try db.cachedStatement(
                sql: "SELECT DISTINCT destination FROM outbox WHERE isOver = 0 AND due <= ?")
            return try String.fetchAll(select, arguments: [now.milliseconds])
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

    /// All that waits for a destination is due now: it is there again.
    public func hurry(_ destination: String, at now: Instant) throws {
        try run(
            "UPDATE outbox SET due = ? WHERE isOver = 0 AND destination = ? AND due > ?",
            [now.milliseconds, destination, now.milliseconds])
    }

    /// Lets go of messages and news from before a moment, sent or not, and of marks whose time is over.
    public func forget(before instant: Instant, marksOf now: Instant) throws {
        try run("DELETE FROM news WHERE at < ?", [instant.milliseconds])
        try run("DELETE FROM outbox WHERE at < ?", [instant.milliseconds])
        try run("DELETE FROM told WHERE until < ?", [now.milliseconds])
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try file.pool.write { try $0.cachedStatement(sql: sql).execute(arguments: arguments) }
    }
}
