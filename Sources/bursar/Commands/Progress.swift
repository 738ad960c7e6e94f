import Foundation
import Ledger

/// How far long work has come: one line on standard error that is drawn over, where that is a terminal; nothing elsewhere.
final class Progress {
    private let what: String
    private let total: UInt64
    private var drawnAt: ContinuousClock.Instant?

    private static let isOn = isatty(STDERR_FILENO) == 1
    private static let width: UInt64 = 30
    private static let every = Duration.milliseconds(100)

    /// - Parameters:
    ///   - what: such as `verifying`.
    ///   - total: in what ``advance(to:)`` counts.
    init(_ what: String, of total: UInt64) {
        self.what = what
        self.total = max(1, total)
    }

    func advance(to done: UInt64) {
        guard Progress.isOn, drawnAt.map({ $0 + Progress.every < .now }) ?? true else { return }
        drawnAt = .now
        let done = min(done, total)
        let filled = Int(done * Progress.width / total)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Int(Progress.width) - filled)
        Progress.write("\r\(what) [\(bar)] \(done * 100 / total) %")
    }

    /// Clears the line.
    func finish() {
        if drawnAt != nil { Progress.write("\r\u{1B}[K") }
    }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// A ledger that shows how far it has been read.
struct WatchedReading: LedgerReading {
    private let base: any LedgerReading
    private let progress: Progress

    init(_ base: any LedgerReading, _ what: String) throws {
        self.base = base
        progress = Progress(what, of: try base.head().batch)
    }

    func replay(after number: UInt64, _ body: (Batch) throws -> Void) throws {
        defer { progress.finish() }
        try base.replay(after: number) { batch in
            try body(batch)
            progress.advance(to: batch.number)
        }
    }

    func names() throws -> [Name] { try base.names() }
    func head() throws -> LedgerHead { try base.head() }
    func digest(after number: UInt64) throws -> LedgerDigest? { try base.digest(after: number) }
    func snapshot(before number: UInt64) throws -> Snapshot? { try base.snapshot(before: number) }
    func forgotten() throws -> UInt64 { try base.forgotten() }
}
