internal import GRDB

/// The tables of the receipts' file. A version is added, never changed; a file that does not fit can always be made anew from
/// the log.
enum ReceiptSchema {
    /// "BURR".
    static let applicationID: Int32 = 0x4255_5252

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: tables)
            try db.execute(sql: indexes)
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        // Audits that were projected before had no place; they stand in the log.
        migrator.registerMigration("2") { db in
            try db.execute(sql: audits)
        }
        migrator.registerMigration("3") { db in
            try db.execute(sql: told)
        }
        migrator.registerMigration("4") { db in
            try db.execute(sql: news)
        }
        migrator.registerMigration("5") { db in
            for table in ["hourly", "daily"] { try db.execute(sql: sumOverTenants(table)) }
        }
        migrator.registerMigration("6") { db in
            try db.execute(sql: keys)
        }
        return migrator
    }

    /// `origin` is the log's last batch when the file was made, `origin_seq` the last receipt that came of it: what came later is
    /// new to every sink. `seq` is the order in which receipts closed; exporters follow it. `id` grows with the time of
    /// admission, so that a stretch of time is a stretch of ids.
    private static let tables = """
        CREATE TABLE progress (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            batch INTEGER NOT NULL,
            proof INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            origin INTEGER,
            origin_seq INTEGER,
            salt INTEGER NOT NULL
        ) STRICT;
        INSERT INTO progress (id, batch, proof, seq, salt) VALUES (1, 0, 0, 0, random());
        CREATE TABLE name (
            kind INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT, PRIMARY KEY (kind, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE open_call (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, tenant INTEGER NOT NULL, model INTEGER NOT NULL,
            reserved INTEGER NOT NULL, generation TEXT, doubt INTEGER, details BLOB, unsettled INTEGER
        ) STRICT;
        CREATE TABLE receipt (
            id INTEGER PRIMARY KEY, seq INTEGER, at INTEGER NOT NULL, closed INTEGER NOT NULL,
            tenant INTEGER NOT NULL, model INTEGER NOT NULL, user INTEGER, run TEXT, generation TEXT, trace BLOB,
            status INTEGER NOT NULL, reserved INTEGER NOT NULL, cost INTEGER, saved INTEGER NOT NULL,
            input INTEGER NOT NULL, output INTEGER NOT NULL, evidence INTEGER, doubt INTEGER, details BLOB
        ) STRICT;
        CREATE TABLE receipt_tag (
            tag TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tag, id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE hourly (\(rollup)) STRICT, WITHOUT ROWID;
        CREATE TABLE daily (\(rollup)) STRICT, WITHOUT ROWID;
        CREATE TABLE export (
            sink TEXT PRIMARY KEY, seq INTEGER NOT NULL, through INTEGER, at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE outbox (
            id TEXT NOT NULL, destination TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
            attempts INTEGER NOT NULL, due INTEGER NOT NULL, isOver INTEGER NOT NULL, PRIMARY KEY (id, destination)
        ) STRICT, WITHOUT ROWID;
        """

    /// Who changed what, in the order of the log.
    private static let audits = """
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
            target TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL
        ) STRICT;
        CREATE INDEX audit_at ON audit (at);
        """

    /// How far each subject was told of, and until when that is remembered.
    private static let told = """
        CREATE TABLE told (
            subject TEXT PRIMARY KEY, level INTEGER NOT NULL, until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Entries of the log that somebody wants to hear of, in its order and as it has them.
    private static let news = """
        CREATE TABLE news (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, entry BLOB NOT NULL) STRICT;
        """

    /// When each virtual key was used last, from the time on when that began to be kept; and what was changed of one thing.
    private static let keys = """
        CREATE TABLE key_use (key INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
        CREATE INDEX audit_target ON audit (target, id);
        """

    /// Stands in the roll-ups for all tenants together, so that what asks for no tenant reads as many rows as there are models.
    static let allTenants: Int64 = -1

    private static func sumOverTenants(_ table: String) -> String {
        """
        INSERT INTO \(table) (tag, start, tenant, model, provider, calls, input, output, cost, saved)
        SELECT tag, start, \(allTenants), model, provider, sum(calls), sum(input), sum(output), sum(cost), sum(saved)
        FROM \(table) GROUP BY tag, start, model, provider
        """
    }

    /// Under the empty tag stands everything; under a tag what carries it, so that no sum counts a call twice.
    private static let rollup = """
        tag TEXT NOT NULL, start INTEGER NOT NULL, tenant INTEGER NOT NULL, model INTEGER NOT NULL,
        provider INTEGER NOT NULL, calls INTEGER NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL,
        cost INTEGER NOT NULL, saved INTEGER NOT NULL,
        PRIMARY KEY (tag, start, tenant, model, provider)
        """

    private static let indexes = """
        CREATE UNIQUE INDEX receipt_seq ON receipt (seq) WHERE seq IS NOT NULL;
        CREATE INDEX receipt_unresolved ON receipt (id) WHERE seq IS NULL;
        CREATE INDEX receipt_tenant ON receipt (tenant, id);
        CREATE INDEX receipt_model ON receipt (model, id);
        CREATE INDEX receipt_user ON receipt (user, id) WHERE user IS NOT NULL;
        CREATE INDEX receipt_run ON receipt (run, id) WHERE run IS NOT NULL;
        CREATE INDEX receipt_generation ON receipt (generation) WHERE generation IS NOT NULL;
        CREATE INDEX receipt_trace ON receipt (trace) WHERE trace IS NOT NULL;
        CREATE INDEX receipt_status ON receipt (status, id) WHERE status <> 0;
        CREATE INDEX outbox_due ON outbox (destination, due) WHERE isOver = 0;
        CREATE INDEX name_text ON name (kind, text);
        CREATE INDEX hourly_tenant ON hourly (tag, tenant, start);
        CREATE INDEX daily_tenant ON daily (tag, tenant, start);
        """
}
