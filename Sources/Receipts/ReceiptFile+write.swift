internal import Budgeting
internal import ExactMoney
internal import Foundation
internal import GRDB
internal import Ledger
internal import Synchronization

extension ReceiptFile {
    /// Writes changes, the names they use and how far they reach, in one transaction: whole or not at all.
    func write(_ changes: Projection.Changes, names: [Name], through progress: Progress) throws {
        try pool.write { db in
            try Self.write(names, db)
            try Self.write(changes.lines, db)
            try Self.writeUses(of: changes.lines, db)
            try Self.add(changes.hours, to: "hourly", db)
            try Self.add(changes.days, to: "daily", db)
            try Self.write(changes.open, db)
            try Self.write(changes.audits, db)
            try Self.write(changes.news, db)
            let update = try db.cachedStatement(
                sql: "UPDATE progress SET batch = ?, proof = ?, seq = ?, origin = ?, origin_seq = ? WHERE id = 1")
            try update.execute(arguments: [
                Int64(bitPattern: progress.batch), progress.proof, progress.sequence,
                progress.origin.map(Int64.init(bitPattern:)), progress.originSequence,
            ])
        }
    }

    /// The highest number of each kind of name that is here.
    func lastNames() throws -> [Name.Kind: UInt32] {
        try pool.read { db in
            var last: [Name.Kind: UInt32] = [:]
            for kind in Name.Kind.allCases {
                last[kind] = try UInt32.fetchOne(
                    db, sql: "SELECT max(number) FROM name WHERE kind = ?", arguments: [Int64(kind.rawValue)])
            }
            return last
        }
    }

    /// Erases the texts of names; what carried them keeps their number. The texts are overwritten in the file, and the log that held
    /// them is emptied. Says what is erased already, too: of that there may be something left in the log after a kill.
    func erase(_ names: [Name.Kind: [UInt32]]) throws {
        guard names.values.contains(where: { !$0.isEmpty }) else { return }
        let erased = try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA secure_delete = ON")
            defer { try? db.execute(sql: "PRAGMA secure_delete = OFF") }
            var count = 0
            try db.inTransaction {
                let erase = try db.cachedStatement(
                    sql: "UPDATE name SET text = NULL WHERE kind = ? AND number = ? AND text IS NOT NULL")
                for (kind, numbers) in names {
                    for number in numbers {
                        try erase.execute(arguments: [Int64(kind.rawValue), Int64(number)])
                        count += db.changesCount
                    }
                }
                return .commit
            }
            return count
        }
        if erased > 0 { owesCheckpoint.withLock { $0 = true } }
        guard owesCheckpoint.withLock({ $0 }) else { return }
        try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        owesCheckpoint.withLock { $0 = false }
    }

    private static func write(_ names: [Name], _ db: Database) throws {
        guard !names.isEmpty else { return }
        let insert = try db.cachedStatement(sql: "INSERT OR IGNORE INTO name (kind, number, text) VALUES (?, ?, ?)")
        for name in names { try insert.execute(arguments: [Int64(name.kind.rawValue), Int64(name.number), name.text]) }
    }

    private static func write(_ lines: [Projection.Line], _ db: Database) throws {
        let insert = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO receipt (
                    id, seq, at, closed, tenant, model, user, run, generation, trace, status, reserved, cost, saved,
                    input, output, evidence, doubt, details
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        let tag = try db.cachedStatement(sql: "INSERT OR IGNORE INTO receipt_tag (tag, id) VALUES (?, ?)")
        for line in lines {
            let details = line.open.details
            let id = Int64(bitPattern: line.id.number)
            try insert.execute(arguments: [
                id, line.sequence, line.open.at.milliseconds, line.closed.milliseconds, Int64(line.open.tenant.number),
                Int64(line.open.model.number), (details?.user?.number).map { Int64($0) },
                details.flatMap { $0.run.isEmpty ? nil : $0.run }, line.open.generation,
                (details?.trace).map(\.stored), line.status.code, line.open.reserved.nanodollars,
                line.cost?.nanodollars, line.saved.nanodollars, line.inputTokens, line.outputTokens,
                (line.evidence?.rawValue).map { Int64($0) }, (line.open.doubt?.rawValue).map { Int64($0) },
                details?.stored,
            ])
            for text in details?.tags ?? [] { try tag.execute(arguments: [text, id]) }
        }
    }

    private static func writeUses(of lines: [Projection.Line], _ db: Database) throws {
        var uses: [UInt32: Int64] = [:]
        for line in lines {
            guard let key = line.open.details?.key else { continue }
            uses[key.number] = max(uses[key.number] ?? .min, line.open.at.milliseconds)
        }
        guard !uses.isEmpty else { return }
        let use = try db.cachedStatement(
            sql: """
                INSERT INTO key_use (key, at) VALUES (?, ?)
                ON CONFLICT (key) DO UPDATE SET at = max(at, excluded.at)
                """)
        for (key, at) in uses { try use.execute(arguments: [Int64(key), at]) }
    }

    private static func add(_ sums: [Projection.Bucket: Projection.Sum], to table: String, _ db: Database) throws {
        let add = try db.cachedStatement(
            sql: """
                INSERT INTO \(table) (tag, start, tenant, model, provider, calls, input, output, cost, saved)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (tag, start, tenant, model, provider) DO UPDATE SET
                    calls = calls + excluded.calls, input = input + excluded.input,
                    output = output + excluded.output, cost = cost + excluded.cost, saved = saved + excluded.saved
                """)
        for (bucket, sum) in sums {
            try add.execute(arguments: [
                bucket.tag, bucket.start, bucket.tenant.map { Int64($0.number) } ?? ReceiptSchema.allTenants,
                Int64(bucket.model.number),
                Int64(bucket.provider),
                sum.calls, sum.input, sum.output, sum.cost, sum.saved,
            ])
        }
    }

    private static func write(_ audits: [Projection.Audited], _ db: Database) throws {
        guard !audits.isEmpty else { return }
        let insert = try db.cachedStatement(
            sql: "INSERT INTO audit (at, who, action, target, before, after) VALUES (?, ?, ?, ?, ?, ?)")
        for one in audits {
            try insert.execute(arguments: [
                one.at.milliseconds, one.audit.who, one.audit.action, one.audit.target, one.audit.before,
                one.audit.after,
            ])
        }
    }

    private static func write(_ news: [Entry], _ db: Database) throws {
        guard !news.isEmpty else { return }
        let insert = try db.cachedStatement(sql: "INSERT INTO news (at, entry) VALUES (?, ?)")
        for entry in news { try insert.execute(arguments: [entry.at.milliseconds, Data(Entry.encode([entry]))]) }
    }

    /// Most calls begin and end within one step and never come here.
    private static func write(_ open: [(ReservationID, Projection.Open?)], _ db: Database) throws {
        let insert = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO open_call (id, at, tenant, model, reserved, generation, doubt, details, unsettled)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        let delete = try db.cachedStatement(sql: "DELETE FROM open_call WHERE id = ?")
        for (id, call) in open {
            let id = Int64(bitPattern: id.number)
            guard let call else {
                try delete.execute(arguments: [id])
                continue
            }
            try insert.execute(arguments: [
                id, call.at.milliseconds, Int64(call.tenant.number), Int64(call.model.number),
                call.reserved.nanodollars, call.generation, (call.doubt?.rawValue).map { Int64($0) },
                call.details?.stored,
                call.unsettled?.nanodollars,
            ])
        }
    }
}

extension TraceContext {
    /// The trace's id: 16 bytes.
    var stored: Data {
        var bytes = Data()
        for half in [high, low] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: half >> shift))
            }
        }
        return bytes
    }
}
