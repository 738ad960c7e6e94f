public import Budgeting
public import Ledger
public import Logging
public import Receipts
public import ServiceLifecycle
internal import Synchronization

/// Tells of events: each is put into the outbox for each destination, and sent until it has arrived, with growing delays. At least
/// once; its id is the same every time.
public final class Webhooks: Service {
    private let destinations: [WebhookDestination]
    private let outbox: Outbox
    private let events: GatewayEvents.Subscription
    private let clock: @Sendable () -> Instant
    private let logger: Logger
    private let sender = HTTPSender(connectSeconds: 5, totalSeconds: 20)
    private let counts = Mutex(Counts())

    /// Since the start.
    public struct Counts: Hashable, Sendable {
        public var sent: Int64 = 0
        public var failures: Int64 = 0
        /// Given up.
        public var dropped: Int64 = 0
        /// Why the last attempt failed; nil where it did not.
        public var problem: String?
    }

    /// After so many failures in a row a message is given up: most of two days later.
    static let mostAttempts: Int64 = 10
    private static let lookEverySeconds: Int64 = 1
    private static let rememberDays: Int64 = 40

    public init(
        _ destinations: [WebhookDestination], _ outbox: Outbox, events: GatewayEvents,
        clock: @escaping @Sendable () -> Instant, logger: Logger
    ) {
        self.destinations = destinations
        self.outbox = outbox
        self.events = events.subscribe(most: 4_096)
        self.clock = clock
        self.logger = logger
    }

    public var status: Counts { counts.withLock { $0 } }

    public var isOn: Bool { !destinations.isEmpty }

    /// Messages that wait to be sent.
    public var waiting: Int64 { (try? outbox.waiting()) ?? 0 }

    @concurrent
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await occurrence in self.events.occurrences { self.take(occurrence) } }
                for destination in self.destinations { group.addTask { await self.keepSending(destination) } }
            }
        }
    }

    /// Tells of trouble with an export, and of its end.
    public func tell(_ news: ExportNews) { tell(WebhookMessage(news), id: news.messageID) }

    private func tell(_ message: WebhookMessage, id: String) {
        let now = clock()
        for destination in destinations {
            do {
                try outbox.put(
                    .init(id: id, destination: destination.name, at: now, body: destination.body(message, at: now)))
            } catch {
                logger.error("a message cannot be kept", metadata: ["kind": "\(message.kind)", "error": "\(error)"])
            }
        }
    }

    private func take(_ occurrence: GatewayEvents.Occurrence) {
        guard let message = WebhookMessage(occurrence.event) else { return }
        tell(message, id: occurrence.event.messageID(at: occurrence.at, number: occurrence.number))
    }

    private func keepSending(_ destination: WebhookDestination) async {
        while !Task.isCancelled {
            await sendDue(destination)
            try? await Task.sleep(for: .seconds(Self.lookEverySeconds))
        }
    }

    /// Sends what is due, one after the other; at the first failure the rest waits.
    func sendDue(_ destination: WebhookDestination) async {
        do {
            try outbox.forget(before: Instant(milliseconds: clock().milliseconds - Self.rememberDays * 86_400_000))
            for message in try outbox.due(destination.name, at: clock()) {
                do {
                    _ = try await sender.deliver(destination.request(message, at: clock()))
                    try outbox.finish(message)
                    counts.withLock { counts in
                        counts.sent += 1
                        counts.problem = nil
                    }
                } catch let failure as SinkFailure {
                    try failed(message, failure)
                    return
                }
            }
        } catch {
            logger.error("messages cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private func failed(_ message: Outbox.Message, _ failure: SinkFailure) throws {
        counts.withLock { counts in
            counts.failures += 1
            counts.problem = failure.description
        }
        // 410 asks not to be asked again. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
        let isGone = failure.description.hasPrefix("it answered 410")
        guard message.attempts + 1 < Self.mostAttempts, !isGone else {
            counts.withLock { $0.dropped += 1 }
            logger.error(
                "a message is given up",
                metadata: ["id": "\(message.id)", "to": "\(message.destination)", "why": "\(failure.description)"])
            return try outbox.finish(message)
        }
        logger.warning(
            "a message did not arrive; it is sent again",
            metadata: ["id": "\(message.id)", "to": "\(message.destination)", "why": "\(failure.description)"])
        var asked: Int64 = 0
        if case .tryAgain(_, let seconds?) = failure { asked = seconds * 1_000 }
        let delay = max(asked, Self.delayMilliseconds(after: message.attempts))
        try outbox.postpone(message, until: Instant(milliseconds: clock().milliseconds + delay))
    }

    /// 5 s, 25 s, 2 min, 10 min, 52 min, then 4 h and 8 h, each with a random part.
    static func delayMilliseconds(after attempts: Int64) -> Int64 {
        var delay: Int64 = 5_000
        for _ in 0..<min(attempts, 8) { delay = min(delay * 5, 8 * 3_600_000) }
        return delay + Int64.random(in: 0...delay / 5)
    }
}
