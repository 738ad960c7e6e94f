extension LedgerStoreConformance {
    public static let checks: [Check] = batchChecks + chainChecks + conflictChecks + nameChecks + snapshotChecks

    private static let batchChecks: [Check] = [
        Check(name: "is empty at first") { ledger in
            try ledger.session { store in
                try expectBatches([], in: store)
                try expectNames([], in: store)
            }
        },
        Check(name: "replays batches in order, now and when opened again") { ledger in
            let batches = (1...300).map { batch($0) }
            try ledger.session { store in
                for batch in batches { try store.append(batch) }
                try expectBatches(batches, in: store)
            }
            try ledger.session { store in try expectBatches(batches, in: store) }
        },
        Check(name: "goes on where it was left") { ledger in
            for number in 1...4 { try ledger.session { store in try store.append(batch(UInt64(number))) } }
            try ledger.session { store in try expectBatches((1...4).map { batch($0) }, in: store) }
        },
        Check(name: "keeps a batch without entries, and a large one, byte for byte") { ledger in
            let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let batches = [batch(1, []), batch(2, large), batch(3, [0])]
            try ledger.session { store in for batch in batches { try store.append(batch) } }
            try ledger.session { store in try expectBatches(batches, in: store) }
        },
        Check(name: "passes the reader's error on, and works after it") { ledger in
            try ledger.session { store in
                for number in 1...3 { try store.append(batch(UInt64(number))) }
                var seen: [UInt64] = []
                do {
                    try store.replay { batch in
                        seen.append(batch.number)
                        if batch.number == 2 { throw Failure(description: "enough") }
                    }
                    throw Failure(description: "the reader's error was lost")
                } catch let error as Failure {
                    try expect(error.description, "enough", "the reader's error")
                }
                try expect(seen, [1, 2], "batches before the reader's error")
                try store.append(batch(4))
            }
        },
    ]

    /// Reckoned with another program: whoever keeps a head must be able to prove it without us.
    private static let heads = [
        "a2cc07748878b694cf86e1534aa2a8cf581098f1ddb9f5b18d0233f9ef3233ce",
        "c909b5d7cd9e1d63a83fc4336f2cbf0906d529d02308e4a1df7dd8c0bc3eab7c",
        "80e70a58619e157a0d5967a09642ecdc2cface0cec478bbc41a750183fcd6813",
    ]

    private static let chainChecks: [Check] = [
        Check(name: "chains every batch to the ones before it") { ledger in
            for number in 0...2 as ClosedRange<UInt64> {
                try ledger.session { store in
                    if number > 0 { try store.append(batch(number)) }
                    let head = try store.head()
                    try expect(head.batch, number, "the head's batch")
                    try expect(head.digest.description, heads[Int(number)], "head \(number)")
                }
            }
            try ledger.session { store in
                for number in 0...2 as ClosedRange<UInt64> {
                    try expect(store.digest(after: number)?.description, heads[Int(number)], "hash after \(number)")
                }
                try expect(store.digest(after: 3), nil, "the hash of a batch that is not there")
            }
        },
        Check(name: "has the same head whichever names there are, and when one is erased") { ledger in
            try ledger.session { store in
                try store.append(batch(1, names: [tenant(1, "acme")]))
                try store.erase(.tenant, number: 1)
                try expect(store.head().digest.description, heads[1], "head 1")
            }
        },
        Check(name: "keeps the head where a batch is refused or comes again") { ledger in
            try ledger.session { store in
                try store.append(batch(1))
                try expectConflict(batch(1, [9]), in: store)
                try expectConflict(batch(3), in: store)
                try store.append(batch(1))
                try expect(store.head().digest.description, heads[1], "head 1")
            }
        },
        Check(name: "goes on with the chain when old batches are forgotten") { ledger in
            try ledger.session { store in
                for number in 1...6 as ClosedRange<UInt64> { try store.append(batch(number)) }
                for number in [5, 6] as [UInt64] { try store.save(Snapshot(batch: number, books: [UInt8(number)])) }
                let hash = try store.digest(after: 4)
                try store.forget(through: 4)
                try expect(store.digest(after: 4), hash, "the hash at which the log now begins")
                try expect(store.digest(after: 3), nil, "the hash of a batch that is forgotten")
                try store.append(batch(7))
            }
            try ledger.session { store in
                try store.replay(after: store.forgotten()) { _ in }
                try expect(store.head().batch, 7, "the head's batch")
            }
        },
    ]

    private static let conflictChecks: [Check] = [
        Check(name: "takes the same batch again and changes nothing") { ledger in
            let batches = (1...3).map { batch($0, names: [tenant(UInt32($0), "tenant \($0)")]) }
            try ledger.session { store in
                for batch in batches { for _ in 0..<2 { try store.append(batch) } }
            }
            try ledger.session { store in
                for batch in batches { try store.append(batch) }
                try expectBatches(batches, in: store)
                try expectNames(batches.flatMap(\.names), in: store)
            }
        },
        Check(name: "refuses other entries under a number, and works after it") { ledger in
            try ledger.session { store in
                for number in 1...2 { try store.append(batch(UInt64(number))) }
                for number in 1...2 { try expectConflict(batch(UInt64(number), [9]), in: store) }
                try store.append(batch(3))
                try expectBatches((1...3).map { batch($0) }, in: store)
            }
        },
        Check(name: "refuses other names under a number") { ledger in
            try ledger.session { store in
                try store.append(batch(1, names: [tenant(1, "a"), tenant(2, "b")]))
                let others = [
                    [], [tenant(1, "a")], [tenant(1, "a"), tenant(2, "c")], [tenant(1, "a"), tenant(3, "b")],
                    [tenant(1, "a"), tenant(2, "b"), tenant(3, "c")],
                ]
                for names in others {
                    try expectConflict(batch(1, names: names), in: store)
                }
                try expectNames([tenant(1, "a"), tenant(2, "b")], in: store)
            }
        },
        Check(name: "refuses a gap and number zero") { ledger in
            try ledger.session { store in
                for number in [0, 2, .max] as [UInt64] { try expectConflict(batch(number), in: store) }
                try store.append(batch(1))
                for number in [0, 3, UInt64(Int64.max) + 1] { try expectConflict(batch(number), in: store) }
                try expectBatches([batch(1)], in: store)
            }
        },
    ]

    private static let nameChecks: [Check] = [
        Check(name: "keeps names by kind and number, in that order") { ledger in
            let names = Name.Kind.allCases.flatMap { kind in
                [0, 7, .max].map { Name(kind: kind, number: $0, text: "\(kind) \($0)") }
            }
            try ledger.session { store in
                try store.append(batch(1, names: Array(names.reversed().prefix(4))))
                try store.append(batch(2, names: Array(names.reversed().dropFirst(4))))
                try expectNames(names, in: store)
            }
            try ledger.session { store in try expectNames(names, in: store) }
        },
        Check(name: "keeps any text byte for byte") { ledger in
            let texts = ["", "a\0b", "\u{E9}", "e\u{301}", "👩‍👩‍👧 'q' \"d\" ?1", String(repeating: "x", count: 70_000)]
            let names = texts.enumerated().map { tenant(UInt32($0), $1) }
            try ledger.session { store in try store.append(batch(1, names: names)) }
            try ledger.session { store in try expectNames(names, in: store) }
        },
        Check(name: "takes a name again with the same text only, else nothing of the batch") { ledger in
            try ledger.session { store in
                try store.append(batch(1, names: [tenant(1, "\u{E9}")]))
                try store.append(batch(2, names: [tenant(1, "\u{E9}")]))
                try expectConflict(batch(3, names: [tenant(2, "new"), tenant(1, "e\u{301}")]), in: store)
                try expectConflict(batch(3, names: [tenant(2, "one"), tenant(2, "two")]), in: store)
                try store.append(batch(2, names: [tenant(1, "\u{E9}")]))
                try expectBatches((1...2).map { batch($0) }, in: store)
                try expectNames([tenant(1, "\u{E9}")], in: store)
            }
        },
        Check(name: "erases a text and keeps its number taken") { ledger in
            let first = batch(1, names: [tenant(1, "gone"), tenant(2, "stays")])
            try ledger.session { store in
                try store.append(first)
                for _ in 0..<2 { try store.erase(.tenant, number: 1) }
                try store.erase(.user, number: 1)
                try expectNames([tenant(2, "stays")], in: store)
            }
            try ledger.session { store in
                try expectNames([tenant(2, "stays")], in: store)
                try expectConflict(batch(2, names: [tenant(1, "gone")]), in: store)
                try store.append(first)
                try expectBatches([first], in: store)
                try expectNames([tenant(2, "stays")], in: store)
            }
        },
    ]
}
