extension LedgerStoreConformance {
    static let snapshotChecks: [Check] = [
        Check(name: "replays what came after a batch only") { ledger in
            let batches = (1...5).map { batch($0) }
            try ledger.session { store in
                for batch in batches { try store.append(batch) }
                for count in 0...5 { try expectBatches(Array(batches[count...]), after: UInt64(count), in: store) }
                try expectDamaged("batches beyond the end") { try store.replay(after: 6) { _ in } }
            }
        },
        Check(name: "has no snapshot at first") { ledger in
            try ledger.session { store in
                try store.append(batch(1))
                try expect(store.snapshot(before: .max), nil, "snapshot of a ledger without one")
                try expect(store.forgotten(), 0, "what was forgotten")
            }
        },
        Check(name: "keeps the newest two snapshots byte for byte, now and when opened again") { ledger in
            let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let snapshots = [[1], [], large].enumerated().map { Snapshot(batch: UInt64($0) + 1, books: $1) }
            try ledger.session { store in
                for number in 1...4 { try store.append(batch(UInt64(number))) }
                for snapshot in snapshots { for _ in 0..<2 { try store.save(snapshot) } }
                try expectSnapshots(snapshots.suffix(2), in: store)
                try store.append(batch(5))
            }
            try ledger.session { store in
                try expectSnapshots(snapshots.suffix(2), in: store)
                // Older than both, so not of the newest two.
                try store.save(snapshots[0])
                try expectSnapshots(snapshots.suffix(2), in: store)
                try expectBatches((1...5).map { batch($0) }, in: store)
            }
        },
        Check(name: "refuses a snapshot of a batch that it does not have, and works after it") { ledger in
            try ledger.session { store in
                try store.append(batch(1))
                for number in [0, 2, .max] as [UInt64] {
                    try expectConflict(number) { try store.save(Snapshot(batch: number, books: [])) }
                }
                try store.append(batch(2))
                try expect(store.snapshot(before: .max), nil, "snapshot after refusals")
            }
        },
        Check(name: "forgets only what two snapshots hold, and proves the rest") { ledger in
            let batches = (1...9).map { batch($0, names: [tenant(UInt32($0), "tenant \($0)")]) }
            try ledger.session { store in
                for batch in batches { try store.append(batch) }
                try expectConflict(1) { try store.forget(through: 1) }
                try store.save(Snapshot(batch: 5, books: [5]))
                try expectConflict(1) { try store.forget(through: 1) }
                try store.save(Snapshot(batch: 7, books: [7]))
                for number in [5, 6, 9, .max] as [UInt64] {
                    try expectConflict(number) { try store.forget(through: number) }
                }
                try store.forget(through: 2)
                try store.forget(through: 4)
                for number in [0, 1, 4] as [UInt64] { try store.forget(through: number) }
            }
            try ledger.session { store in
                try expect(store.forgotten(), 4, "what was forgotten")
                for number in 4...9 { try expectBatches(Array(batches[number...]), after: UInt64(number), in: store) }
                for number in 0...3 {
                    try expectDamaged("a forgotten batch") { try store.replay(after: UInt64(number)) { _ in } }
                }
                try expectNames(batches.flatMap(\.names), in: store)
                try expectSnapshots([Snapshot(batch: 5, books: [5]), Snapshot(batch: 7, books: [7])], in: store)
            }
        },
        Check(name: "goes on after it forgot, and takes what it has again") { ledger in
            try ledger.session { store in
                for number in 1...6 { try store.append(batch(UInt64(number))) }
                for number in [4, 6] as [UInt64] { try store.save(Snapshot(batch: number, books: [])) }
                try store.forget(through: 3)
                try expectConflict(batch(3), in: store)
                for number in 4...7 { try store.append(batch(UInt64(number))) }
            }
            try ledger.session { store in
                try store.append(batch(8))
                try expectBatches((4...8).map { batch($0) }, after: 3, in: store)
                try expectConflict(2) { try store.save(Snapshot(batch: 2, books: [])) }
            }
        },
    ]

    private static func expectBatches(_ wanted: [Batch], after number: UInt64, in store: any LedgerStore) throws {
        var found: [Batch] = []
        try store.replay(after: number) { found.append($0) }
        try expect(found.map(\.number), wanted.map(\.number), "numbers after \(number)")
        try expect(found.map(\.entries), wanted.map(\.entries), "entries after \(number)")
    }

    private static func expectSnapshots(_ wanted: [Snapshot], in store: any LedgerStore) throws {
        var found: [Snapshot] = []
        var bound = UInt64.max
        while let snapshot = try store.snapshot(before: bound) {
            found.insert(snapshot, at: 0)
            bound = snapshot.batch
        }
        try expect(found.map(\.batch), wanted.map(\.batch), "batches of snapshots")
        guard found == wanted else { throw Failure(description: "a snapshot is not what was saved") }
    }

    private static func expectConflict(_ number: UInt64, _ body: () throws -> Void) throws {
        do { try body() } catch let error as LedgerError {
            return try expect(error, .conflict(batch: number), "refusal of batch \(number)")
        }
        throw Failure(description: "batch \(number) was taken")
    }

    private static func expectDamaged(_ what: String, _ body: () throws -> Void) throws {
        do { try body() } catch LedgerError.damaged { return }
        throw Failure(description: "\(what) was replayed")
    }
}
