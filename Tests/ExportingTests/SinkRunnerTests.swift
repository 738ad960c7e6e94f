import Budgeting
import ExactMoney
import Foundation
import Ledger
import Logging
import Receipts
import Synchronization
import Testing

@testable import Exporting

/// A sink that keeps what it takes, and fails as it is told.
private final class KeepingSink: Sink {
    let name: String
    let mostReceipts: Int
    private let state = Mutex<(failures: [SinkFailure], batches: [[Receipt]])>(([], []))

    init(most: Int = 4, name: String = "kept") {
        self.name = name
        mostReceipts = most
    }

    func fail(_ failures: [SinkFailure]) { state.withLock { $0.failures = failures } }
    var batches: [[Receipt]] { state.withLock { $0.batches } }

    func send(_ batch: SinkBatch) async throws(SinkFailure) {
        let failure = state.withLock { state -> SinkFailure? in
            state.batches.append(batch.receipts)
            return state.failures.isEmpty ? nil : state.failures.removeFirst()
        }
        if let failure { throw failure }
    }

    func sendTest(at now: Instant) async throws(SinkFailure) -> String { "" }
}

/// A ledger with so many settled calls, and their receipts.
private final class Calls {
    let directory: String
    private let store: SQLiteStore
    private var number: UInt64 = 0
    private var batch: UInt64 = 0

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("export-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        store = try SQLiteStore.open(path: directory + "/ledger.db")
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func settle(_ count: Int) throws {
        var entries: [Entry] = []
        for _ in 0..<count {
            number += 1
            let at = Instant(milliseconds: Int64(number) * 1_000)
            let id = ReservationID(number)
            entries.append(
                Entry(
                    at: at,
                    event: .reserved(
                        .init(
                            id: id, tenant: TenantID(1), model: ModelID(1), amount: Money(nanodollars: 9), windows: []))
                ))
            let cost = Money(nanodollars: Int64(number))
            entries.append(
                Entry(
                    at: at,
                    event: .settled(id, .init(cost: cost, inputTokens: 1, outputTokens: 1, evidence: .provider))))
        }
        batch += 1
        try store.append(Batch(number: batch, entries: Entry.encode(entries), names: []))
    }

    func project() throws -> ReceiptStore {
        let path = directory + "/ledger.db"
        let projector = try Projector(
            reader: try LedgerReader.open(path: path), ledgerPath: path,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        projector.start()
        projector.close()
        return projector.store
    }
}

@Suite struct SinkRunnerTests {
    private func runner(_ sink: any Sink, _ store: ReceiptStore, at seconds: Int64 = 100) throws -> SinkRunner {
        try SinkRunner(
            sink, store, ReceiptPages(store), clock: { Instant(seconds: seconds) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func drain(_ runner: SinkRunner) async {
        while case .done = await runner.step() {}
    }

    private func numbers(_ batches: [[Receipt]]) -> [[UInt64]] { batches.map { $0.map(\.id.number) } }

    /// A sink that is new begins with what closes after it was first seen.
    private func seen(_ calls: Calls, _ sink: any Sink) async throws -> ReceiptStore {
        try calls.settle(1)
        let store = try calls.project()
        #expect(await (try runner(sink, store)).step() == .nothing)
        return store
    }

    @Test func sendsAllInOrderAndInBatches() async throws {
        let calls = try Calls()
        let sink = KeepingSink()
        _ = try await seen(calls, sink)
        try calls.settle(10)
        let store = try calls.project()
        let runner = try runner(sink, store)
        await drain(runner)
        #expect(numbers(sink.batches) == [[2, 3, 4, 5], [6, 7, 8, 9], [10, 11]])
        #expect(runner.status.sent == 10 && runner.status.behind == 0)
        #expect(await runner.step() == .nothing)
    }

    @Test func sendsTheSameBatchAgainAfterAFailureAndAfterARestart() async throws {
        let calls = try Calls()
        let sink = KeepingSink()
        _ = try await seen(calls, sink)
        try calls.settle(2)
        var store = try calls.project()
        sink.fail([.tryAgain("down", afterSeconds: 9), .tryAgain("down")])
        let first = try runner(sink, store)
        #expect(await first.step() == .failed(afterSeconds: 9))
        #expect(first.status.problem == "down" && first.status.behind == 2)
        #expect(first.status.lagMilliseconds == 98_000)
        // More closes meanwhile; what was planned is sent first, as it was.
        try calls.settle(3)
        store = try calls.project()
        let second = try runner(sink, store)
        #expect(await second.step() == .failed(afterSeconds: nil))
        await drain(second)
        #expect(numbers(sink.batches) == [[2, 3], [2, 3], [2, 3], [4, 5, 6]])
        #expect(second.status.problem == nil && second.status.failures == 1)
    }

    @Test func halvesWhatIsTooLargeAndGivesUpOnOneThatIs() async throws {
        let calls = try Calls()
        let sink = KeepingSink()
        _ = try await seen(calls, sink)
        try calls.settle(4)
        let store = try calls.project()
        sink.fail([.tooLarge("big"), .tooLarge("big"), .tooLarge("big")])
        let runner = try runner(sink, store)
        await drain(runner)
        #expect(numbers(sink.batches) == [[2, 3, 4, 5], [2, 3], [2], [3, 4, 5]])
        #expect(runner.status.dropped == 1 && runner.status.sent == 3)
    }

    @Test func doesNotSendARefusedBatchAgain() async throws {
        let calls = try Calls()
        let sink = KeepingSink()
        _ = try await seen(calls, sink)
        try calls.settle(6)
        let store = try calls.project()
        sink.fail([.refused("bad")])
        let runner = try runner(sink, store)
        await drain(runner)
        #expect(numbers(sink.batches) == [[2, 3, 4, 5], [6, 7]])
        #expect(runner.status.dropped == 4)
    }

    /// Pages are read once for all: what one sink's batches are must not change another's.
    @Test(arguments: [3, 7, 1_000])
    func sinksThatShareWhatIsReadGetAllOfIt(_ most: Int) async throws {
        let calls = try Calls()
        let sinks = [KeepingSink(most: most, name: "a"), KeepingSink(most: 5, name: "b")]
        try calls.settle(1)
        for round in 0..<3 {
            let store = try calls.project()
            let pages = ReceiptPages(store)
            let runners = try sinks.map { sink in
                try SinkRunner(
                    sink, store, pages, clock: { Instant(seconds: 100) },
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }
            while case .done = await runners[0].step() { _ = await runners[1].step() }
            while case .done = await runners[1].step() {}
            if round < 2 { try calls.settle(1_009) }
        }
        for sink in sinks {
            let numbers = sink.batches.flatMap { $0 }.map(\.id.number)
            #expect(numbers.elementsEqual(2...2_019), "\(numbers.count) of 2 018")
        }
    }

    @Test func anotherSinkGoesOnFromWhereTheFirstStopped() async throws {
        let calls = try Calls()
        let first = KeepingSink()
        _ = try await seen(calls, first)
        try calls.settle(6)
        let store = try calls.project()
        let runner = try runner(first, store)
        #expect(await runner.step() == .done(mayHaveMore: true))
        first.fail([.tryAgain("down")])
        #expect(await runner.step() == .failed(afterSeconds: nil))
        let (before, second) = (runner.changes, KeepingSink())
        runner.adopt(second)
        #expect(runner.changes > before && runner.status.problem == nil)
        await drain(runner)
        #expect(numbers(first.batches) == [[2, 3, 4, 5], [6, 7]])
        #expect(numbers(second.batches) == [[6, 7]], "what had not arrived, as it was planned")
        #expect(runner.status.sent == 6)
    }

    @Test func aSinkThatIsTakenAwayIsSentNothingUntilItIsBack() async throws {
        let calls = try Calls()
        let sink = KeepingSink()
        _ = try await seen(calls, sink)
        try calls.settle(3)
        let store = try calls.project()
        let runner = try runner(sink, store)
        runner.adopt(nil)
        #expect(await runner.step() == .resting)
        #expect(sink.batches.isEmpty && !runner.isSet)
        runner.adopt(sink)
        await drain(runner)
        #expect(numbers(sink.batches) == [[2, 3, 4]], "it goes on where it stopped")
    }

    @Test func sinksComeAndGoWhileOthersAreSentTo() async throws {
        let calls = try Calls()
        let (stays, goes, comes) = (KeepingSink(name: "stays"), KeepingSink(name: "goes"), KeepingSink(name: "comes"))
        _ = try await seen(calls, stays)
        try calls.settle(2)
        let store = try calls.project()
        let exporters = try Exporters(
            [stays, goes], store, intervalMilliseconds: 10, clock: { Instant(seconds: 100) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await exporters.run() }
        try await settled { exporters.statuses.map(\.sent) == [2, 2] }
        try exporters.adopt(["stays", "comes"], changed: [comes], intervalMilliseconds: 5)
        #expect(exporters.statuses.map(\.sink) == ["stays", "comes"])
        // A moment in which nothing closes: what is there already is none of the new one's business.
        try await Task.sleep(for: .milliseconds(50))
        try calls.settle(3)
        _ = try calls.project()
        try await settled { exporters.statuses.map(\.sent) == [5, 3] }
        #expect(numbers(comes.batches).flatMap(\.self) == [4, 5, 6])
        #expect(numbers(goes.batches).flatMap(\.self) == [2, 3])
        try exporters.adopt(["stays", "comes", "goes"], changed: [goes], intervalMilliseconds: 5)
        try await settled { goes.batches.flatMap(\.self).count == 5 }
        #expect(numbers(goes.batches).flatMap(\.self) == [2, 3, 4, 5, 6], "it goes on where it stopped")
        running.cancel()
        try await running.value
    }

    private func settled(_ isSo: () -> Bool) async throws {
        for _ in 0..<1_000 where !isSo() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(isSo())
    }

    @Test func waitsLongerAfterEachFailureButNotForEver() {
        var backoff = Backoff()
        let waits = (0..<10).map { _ in backoff.failed(chance: 0.999) }
        #expect(waits == waits.sorted())
        #expect(waits[0] <= 1_000 && waits[9] <= 60_000 && waits[9] > 30_000)
        backoff.succeeded()
        #expect(backoff.failed(chance: 0) == 500)
    }

    @Test func tellsOnceOfASinkThatFailsForLongAndOnceThatItWorks() {
        var trouble = ExportTrouble(sink: "loki")
        #expect(trouble.failed(at: Instant(seconds: 0), "a") == nil)
        #expect(trouble.failed(at: Instant(seconds: 299), "a") == nil)
        #expect(trouble.failed(at: Instant(seconds: 300), "b")?.kind == .failing)
        #expect(trouble.failed(at: Instant(seconds: 900), "b") == nil)
        #expect(trouble.succeeded()?.kind == .working)
        #expect(trouble.succeeded() == nil)
        #expect(trouble.failed(at: Instant(seconds: 1_000), "c") == nil)
        #expect(trouble.succeeded() == nil)
    }
}
