internal import Foundation
internal import GRDB

/// The tables. A version is added, never changed.
enum LedgerSchema {
    /// "BURS": says that a file is a ledger at all.
    static let applicationID: Int32 = 0x4255_5253

    static let version = 3

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            // `head` is what the last commit left. It stands on another page than the batches, so that a page that was
            // lost with the last batches, or with names, does not pass for an older ledger.
            try db.execute(
                sql: """
                    CREATE TABLE batch (
                        number INTEGER PRIMARY KEY,
                        entries BLOB NOT NULL,
                        checksum INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE name (
                        kind INTEGER NOT NULL,
                        number INTEGER NOT NULL,
                        batch INTEGER NOT NULL,
                        text TEXT,
                        checksum INTEGER NOT NULL,
                        PRIMARY KEY (kind, number)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE head (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        batch INTEGER NOT NULL,
                        checksum INTEGER NOT NULL,
                        names INTEGER NOT NULL
                    ) STRICT;
                    INSERT INTO head (id, batch, checksum, names) VALUES (1, 0, \(Checksum.basis.stored), 0);
                    PRAGMA application_id = \(applicationID);
                    PRAGMA user_version = 1;
                    """)
        }
        migrator.registerMigration("2") { db in
            try db.execute(
                sql: """
                    CREATE TABLE snapshot (
                        batch INTEGER PRIMARY KEY,
                        chain INTEGER NOT NULL,
                        parts INTEGER NOT NULL,
                        checksum INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE snapshot_part (
                        batch INTEGER NOT NULL,
                        part INTEGER NOT NULL,
                        bytes BLOB NOT NULL,
                        PRIMARY KEY (batch, part)
                    ) STRICT;
                    CREATE TABLE forgotten (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        batch INTEGER NOT NULL,
                        checksum INTEGER NOT NULL
                    ) STRICT;
                    INSERT INTO forgotten (id, batch, checksum) VALUES (1, 0, \(Checksum.basis.stored));
                    PRAGMA user_version = 2;
                    """)
        }
        migrator.registerMigration("3") { db in
            // The hash chain. It begins after the last batch of a ledger that was kept without one, and takes in its sum.
            try db.execute(
                sql: """
                    ALTER TABLE batch ADD COLUMN digest BLOB;
                    ALTER TABLE head ADD COLUMN digest BLOB;
                    ALTER TABLE forgotten ADD COLUMN digest BLOB;
                    CREATE TABLE chain (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        batch INTEGER NOT NULL,
                        digest BLOB NOT NULL
                    ) STRICT;
                    PRAGMA user_version = 3;
                    """)
            guard let head = try Row.fetchOne(db, sql: "SELECT batch, checksum FROM head WHERE id = 1") else {
                throw LedgerError.damaged("the head is missing")
            }
            let batch = try head.decode(Int64.self, atIndex: 0)
            let start = LedgerDigest.start(
                after: UInt64(bitPattern: batch), sum: Checksum(stored: try head.decode(Int64.self, atIndex: 1)))
            try db.execute(
                sql: "INSERT INTO chain (id, batch, digest) VALUES (1, ?, ?)", arguments: [batch, Data(start.bytes)])
            try db.execute(sql: "UPDATE head SET digest = ? WHERE id = 1", arguments: [Data(start.bytes)])
            try db.execute(
                sql: "UPDATE forgotten SET digest = ? WHERE batch = ?", arguments: [Data(start.bytes), batch])
        }
        return migrator
    }

    /// - Throws: ``LedgerError/damaged(_:)`` for a file that is no ledger, ``LedgerError/unavailable(_:)`` for one of a newer
    ///   version. Neither is touched.
    static func check(_ db: Database, path: String) throws {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id")
        guard id == applicationID else { throw LedgerError.damaged("\(path) is an SQLite file, but not a ledger") }
        let stored = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard try stored <= version && !migrator.hasBeenSuperseded(db) else {
            throw LedgerError.unavailable(
                "\(path) was written by a newer bursar (schema \(stored), this one knows \(version)); run the newer one"
            )
        }
    }
}
