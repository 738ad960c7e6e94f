internal import Budgeting
internal import ExactMoney
internal import Foundation
internal import GRDB
internal import Synchronization

/// The receipts' file: one SQLite database beside the ledger, made anew from the log when it is lost, damaged, or another
/// ledger's.
///
/// One writer at a time, readers beside it. A power cut may take its last commits; they are projected again.
final class ReceiptFile: Sendable {
    let pool: DatabasePool
    /// The last receipt that was here when the file was opened; nil in a file that was made anew and holds none yet.
    var startSequence: Int64? { start.withLock { $0 } }
    private let start: Mutex<Int64?>
    /// The log may hold names that were erased. So it may at the start, after a kill.
    let owesCheckpoint = Mutex(true)

    /// Where the receipts of a ledger stand: `bursar.db` has them in `bursar-receipts.db`.
    static func path(besideLedger ledger: String) -> String {
        (ledger.hasSuffix(".db") ? String(ledger.dropLast(3)) : ledger) + "-receipts.db"
    }

    init(path: String) throws {
        do { pool = try Self.opened(path) } catch let error as DatabaseError where Self.isUseless(error) {
            try Self.moveAside(path)
            pool = try Self.opened(path)
        }
        let sequence = try pool.read { db in
            try Int64.fetchOne(db, sql: "SELECT seq FROM progress WHERE id = 1 AND origin_seq IS NOT NULL")
        }
        start = Mutex(sequence)
    }

    private static func opened(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "receipts"
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(5)
        let pool = try DatabasePool(path: path, configuration: configuration)
        try ReceiptSchema.migrator.migrate(pool)
        return pool
    }

    private static func isUseless(_ error: DatabaseError) -> Bool {
        [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR].contains(error.resultCode)
    }

    /// Keeps what was there under another name, for whoever wants to look.
    private static func moveAside(_ path: String) throws {
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            let aside = path + ".damaged" + suffix
            try? FileManager.default.removeItem(atPath: aside)
            try FileManager.default.moveItem(atPath: path + suffix, toPath: aside)
        }
    }

    /// How far the log is projected.
    struct Progress: Equatable {
        var batch: UInt64
        /// The log's own sum of that batch: another log has another.
        var proof: Int64
        var sequence: Int64
        /// The log's last batch when this file was made; nil until it is known.
        var origin: UInt64?
        /// The last receipt of what was in the log then; nil until that is projected.
        var originSequence: Int64?
    }

    func progress() throws -> Progress {
        try pool.read { db in
            guard
                let row = try Row.fetchOne(
                    db, sql: "SELECT batch, proof, seq, origin, origin_seq FROM progress WHERE id = 1")
            else {
                return Progress(batch: 0, proof: 0, sequence: 0)
            }
            return Progress(
                batch: UInt64(bitPattern: row[0] as Int64), proof: row[1], sequence: row[2],
                origin: (row[3] as Int64?).map(UInt64.init(bitPattern:)), originSequence: row[4])
        }
    }

    /// Notes where the log ends now, in a file that was just made.
    func begin(origin: UInt64) throws {
        try pool.write { db in
            try db.execute(
                sql: "UPDATE progress SET origin = ? WHERE origin IS NULL", arguments: [Int64(bitPattern: origin)])
        }
    }

    func openCalls() throws -> [ReservationID: Projection.Open] {
        try pool.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT id, at, tenant, model, reserved, generation, doubt, details, unsettled FROM open_call")
            return Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    let id = ReservationID(UInt64(bitPattern: row[0] as Int64))
                    return (id, Projection.Open(row))
                })
        }
    }

    /// Empties the file, to be projected from the start.
    func empty() throws {
        try pool.write { db in
            for table in [
                "name", "open_call", "receipt", "receipt_tag", "hourly", "daily", "export", "audit", "news", "key_use",
            ] {
                try db.execute(sql: "DELETE FROM \(table)")
            }
            try db.execute(sql: "UPDATE progress SET batch = 0, proof = 0, seq = 0, origin = NULL, origin_seq = NULL")
        }
        start.withLock { $0 = nil }
    }
}

extension Projection.Open {
    fileprivate init(_ row: Row) {
        self.init(
            at: Instant(milliseconds: row[1]), tenant: TenantID(row[2]), model: ModelID(row[3]),
            reserved: .init(nanodollars: row[4]), generation: row[5],
            doubt: (row[6] as UInt8?).flatMap(Entry.Doubt.init),
            details: (row[7] as Data?).flatMap(CallDetails.init(stored:)),
            unsettled: (row[8] as Int64?).map(Money.init(nanodollars:)))
    }
}

extension CallDetails {
    /// As a blob: the log's own bytes of a remark.
    var stored: Data {
        Data(Entry.encode([Entry(at: Instant(milliseconds: 0), event: .called(call, self))]))
    }

    init?(stored: Data) {
        guard case .called(_, let details) = try? Entry.decode(stored).first?.event else { return nil }
        self = details
    }
}
