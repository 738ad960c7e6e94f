public import Budgeting
internal import GRDB

/// How far a sink has come. Kept beside the receipts, so that it lasts as long as they do.
public struct ExportCursor: Hashable, Sendable {
    /// The last receipt that arrived, by its sequence.
    public var sequence: Int64
    /// What is being sent: until it has arrived, the same is sent again, whatever has closed meanwhile.
    public var plan: Plan?

    public struct Plan: Hashable, Sendable {
        /// The last receipt of it.
        public var through: Int64
        public var at: Instant

        public init(through: Int64, at: Instant) {
            self.through = through
            self.at = at
        }
    }

    public init(sequence: Int64, plan: Plan? = nil) {
        self.sequence = sequence
        self.plan = plan
    }
}

extension ReceiptStore {
    /// Has a sink that was never seen begin with what closes from now on. One that was seen goes on where it stopped.
    public func begin(_ sink: String) throws {
        try file.pool.write { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO export (sink, seq) VALUES (?, ?)",
                arguments: [sink, file.startSequence ?? Self.fromOrigin])
        }
    }

    /// Has a sink that comes while the process runs, and was never seen, begin with what closes from this moment on.
    public func beginNow(_ sink: String) throws {
        let progress = try file.progress()
        // While what was in the log at the start is being projected anew, nobody knows which receipt is the last.
        guard file.startSequence != nil || progress.originSequence != nil else { return try begin(sink) }
        let last = progress.sequence
        try file.pool.write { db in
            try db.execute(sql: "INSERT OR IGNORE INTO export (sink, seq) VALUES (?, ?)", arguments: [sink, last])
        }
    }

    /// Stands for the last receipt of what was in the log when the file was made, while that is being projected.
    private static let fromOrigin: Int64 = -1

    /// Nil for a sink that has not begun, and while it is not known where it begins.
    public func cursor(of sink: String) throws -> ExportCursor? {
        let row = try file.pool.read { db in
            let select = try db.cachedStatement(sql: "SELECT seq, through, at FROM export WHERE sink = ?")
            return try Row.fetchOne(select, arguments: [sink])
        }
        guard let row else { return nil }
        if row[0] == Self.fromOrigin { return try file.progress().originSequence.map { ExportCursor(sequence: $0) } }
        let through: Int64? = row[1]
        return ExportCursor(
            sequence: row[0], plan: through.map { .init(through: $0, at: Instant(milliseconds: row[2])) })
    }

    /// Durable but for a power cut, after which the last batches may be sent again.
    public func save(_ cursor: ExportCursor, of sink: String) throws {
        try file.pool.write { db in
            let save = try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO export (sink, seq, through, at) VALUES (?, ?, ?, ?)")
            try save.execute(arguments: [sink, cursor.sequence, cursor.plan?.through, cursor.plan?.at.milliseconds])
        }
    }

    /// A number that this file's gateway and no other has, for ids that are made up.
    public func salt() throws -> UInt64 {
        try file.pool.read { db in
            UInt64(bitPattern: try Int64.fetchOne(db, sql: "SELECT salt FROM progress WHERE id = 1") ?? 0)
        }
    }
}
