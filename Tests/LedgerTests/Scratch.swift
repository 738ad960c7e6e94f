import Foundation
import GRDB
import Testing

@testable import Ledger

/// A directory of one test's own, gone with it.
final class Scratch: Sendable {
    let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    var ledger: String { directory + "/ledger.db" }

    /// Closes the store whatever the body does.
    static func session<T>(_ path: String, _ body: (SQLiteStore) throws -> T) throws -> T {
        let store = try SQLiteStore.open(path: path)
        defer { try? store.close() }
        return try body(store)
    }

    func session<T>(_ body: (SQLiteStore) throws -> T) throws -> T { try Self.session(ledger, body) }

    /// A closed ledger of so many batches; each tenth defines a name.
    func fill(_ count: Int) throws {
        try session { store in for number in 1...count { try store.append(Self.batch(number)) } }
    }

    static func batch(_ number: Int) -> Batch {
        let names = number % 10 == 1 ? [Name(kind: .tenant, number: UInt32(number), text: "tenant \(number)")] : []
        return Batch(number: UInt64(number), entries: Array("the entries of batch \(number)".utf8), names: names)
    }

    /// Runs SQL as somebody else would.
    func tamper(_ sql: String) throws {
        try DatabaseQueue(path: ledger).inDatabase { try $0.execute(sql: sql) }
    }
}

/// All that a store tells.
struct Told: Equatable {
    var batches: [[UInt8]] = []
    var names: [Name] = []

    init(_ store: any LedgerStore) throws {
        var batches: [[UInt8]] = []
        try store.replay { batches.append($0.entries) }
        self.batches = batches
        self.names = try store.names()
    }

    /// What is told after so many of ``Scratch/batch(_:)``.
    init(upTo count: Int) {
        let all = (0..<count).map { Scratch.batch($0 + 1) }
        batches = all.map(\.entries)
        names = all.flatMap(\.names)
    }
}

func requireError(_ body: () throws -> Void) throws -> LedgerError {
    try #require(throws: LedgerError.self, performing: body)
}

extension LedgerError {
    var isDamaged: Bool { if case .damaged = self { true } else { false } }
    var isFull: Bool { if case .full = self { true } else { false } }
    var isUncertain: Bool { if case .uncertain = self { true } else { false } }
    var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
}
