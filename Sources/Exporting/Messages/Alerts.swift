public import Budgeting
public import Ledger
public import Logging
internal import Receipts
public import ServiceLifecycle
internal import Synchronization

/// Watches what operators and tenants want to hear of, and has the messenger tell them.
///
/// Budgets are told of as events come. Events can be missed, by a kill or a queue that was full: so at the start, and whenever
/// something may have been missed, all that stands is looked at again; what was told before is told nobody.
public final class Alerts: Service {
    private let messenger: Messenger
    private let ledger: Ledger
    private let events: GatewayEvents.Subscription
    private let clock: @Sendable () -> Instant
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var teller = EventTeller()
        /// Something may have been missed.
        var looksAgain = true
        var dropped = 0
    }

    private static let mostEvents = 4_096
    private static let lookEvery = Duration.seconds(1)

    public init(
        _ messenger: Messenger, _ ledger: Ledger, clock: @escaping @Sendable () -> Instant, logger: Logger
    ) {
        self.messenger = messenger
        self.ledger = ledger
        events = ledger.events.subscribe(most: Self.mostEvents)
        self.clock = clock
        self.logger = logger
    }

    @concurrent
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await occurrence in self.events.occurrences { self.take(occurrence) } }
                group.addTask { await self.keepLooking() }
            }
        }
    }

    /// Tells of trouble with an export, and of its end.
    public func tell(_ news: ExportNews) { tell(news.telling) }

    /// Since when a sink was told to be failing; nil for one that was not.
    public func failing(_ sink: String) -> Instant? {
        ExportNews.failing(messenger.level(of: ExportNews.subject(sink)))
    }

    private func take(_ occurrence: GatewayEvents.Occurrence) {
        let telling = state.withLock {
            $0.teller.take(occurrence.event, at: occurrence.at, number: occurrence.number)
        }
        if let telling { tell(telling) }
    }

    private func tell(_ telling: Telling) {
        do { try messenger.tell(telling) } catch {
            logger.error(
                "a message cannot be kept", metadata: ["kind": "\(telling.notice.kind)", "error": "\(error)"])
            state.withLock { $0.looksAgain = true }
        }
    }

    private func keepLooking() async {
        while !Task.isCancelled {
            if mayHaveMissed() { lookAgain() }
            try? await Task.sleep(for: Self.lookEvery)
        }
    }

    private func mayHaveMissed() -> Bool {
        let dropped = events.dropped
        return state.withLock { state in
            defer { (state.looksAgain, state.dropped) = (false, dropped) }
            return state.looksAgain || dropped != state.dropped
        }
    }

    private func lookAgain() {
        let now = clock()
        for event in ledger.standingCrossings() {
            if let telling = state.withLock({ $0.teller.take(event, at: now, number: 0) }) { tell(telling) }
        }
    }
}
