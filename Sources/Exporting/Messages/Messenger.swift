public import Budgeting
public import Logging
public import Receipts
public import ServiceLifecycle
internal import Synchronization

/// Brings notices to where they are to be told: each is put into the outbox for each place, and sent until it has arrived, with
/// growing delays. At least once; its id is the same every time.
public final class Messenger: Service {
    private let outbox: Outbox
    private let clock: @Sendable () -> Instant
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var routes: MessageRoutes
        /// Places that something is being sent to.
        var busy: Set<String> = []
        /// Places where the last attempt failed.
        var failing: Set<String> = []
        var counts = Counts()
        var forgetAt = Instant(milliseconds: .min)
    }

    /// Since the start.
    public struct Counts: Hashable, Sendable {
        public var sent: Int64 = 0
        public var failures: Int64 = 0
        /// Given up.
        public var dropped: Int64 = 0
        /// Why the last attempt failed; nil where it did not.
        public var problem: String?
    }

    /// A message that has not arrived after so long is given up: what it tells is no news any more.
    static let keepTryingMilliseconds: Int64 = 7 * 86_400_000
    private static let lookEvery = Duration.milliseconds(500)
    private static let rememberMilliseconds: Int64 = 40 * 86_400_000

    public init(
        _ routes: MessageRoutes, _ outbox: Outbox, clock: @escaping @Sendable () -> Instant, logger: Logger
    ) {
        state = Mutex(State(routes: routes))
        self.outbox = outbox
        self.clock = clock
        self.logger = logger
    }

    /// Tells new places from now on. What waits for a place that is gone waits for it to come back.
    public func adopt(_ routes: MessageRoutes) { state.withLock { $0.routes = routes } }

    public var routes: MessageRoutes { state.withLock { $0.routes } }

    public var status: Counts { state.withLock { $0.counts } }

    /// Messages that wait to be sent.
    public var waiting: Int64 { (try? outbox.waiting()) ?? 0 }

    /// Has everyone told whom a notice concerns. Durable when this returns.
    ///
    /// - Throws: where it cannot be kept; then nobody is told, and nothing remembered.
    func tell(_ telling: Telling) throws {
        let now = clock()
        let messages = routes.destinations(of: telling.audience).map { place in
            Outbox.Message(
                id: telling.id, destination: place.name, at: now, body: place.body(telling.notice, at: now))
        }
        try outbox.put(messages, mark: telling.mark)
    }

    /// How far a subject was told; nil where it never was.
    func level(of subject: String) -> Int64? { noted { try outbox.level(of: Outbox.Mark.key(subject)) } ?? nil }

    /// Moves a mark to wherever it now stands.
    func move(_ mark: Outbox.Mark) throws { try outbox.move(mark) }

    @concurrent
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    self.forget()
                    for destination in self.due() {
                        group.addTask {
                            await self.sendDue(destination)
                            self.state.withLock { _ = $0.busy.remove(destination.name) }
                        }
                    }
                    try? await Task.sleep(for: Self.lookEvery)
                }
            }
        }
    }

    /// Places that something is to be sent to, and nothing is being sent to; they are taken.
    private func due() -> [MessageDestination] {
        guard let names = noted({ try Set(outbox.destinations(at: clock())) }), !names.isEmpty else { return [] }
        return state.withLock { state in
            state.routes.all.filter { names.contains($0.name) && state.busy.insert($0.name).inserted }
        }
    }

    /// Sends what is due, one after the other; at the first failure the rest waits.
    func sendDue(_ destination: MessageDestination) async {
        guard let messages = noted({ try outbox.due(destination.name, at: clock()) }) else { return }
        for message in messages where !Task.isCancelled {
            do {
                _ = try await destination.send(message, at: clock())
                noted { try outbox.finish(message) }
                arrived(destination)
            } catch {
                noted { try failed(message, error) }
                return
            }
        }
    }

    private func arrived(_ destination: MessageDestination) {
        let isBack = state.withLock { state in
            state.counts.sent += 1
            state.counts.problem = nil
            return state.failing.remove(destination.name) != nil
        }
        // What waited for a place that was away is not held up by how long it was away.
        if isBack { noted { try outbox.hurry(destination.name, at: clock()) } }
    }

    private func failed(_ message: Outbox.Message, _ failure: SinkFailure) throws {
        state.withLock { state in
            state.counts.failures += 1
            state.counts.problem = failure.description
            state.failing.insert(message.destination)
        }
        let facts: Logger.Metadata = [
            "id": "\(message.id)", "to": "\(message.destination)", "why": "\(failure.description)",
        ]
        let now = clock()
        // 410 asks not to be asked again. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
        let isGone = failure.description.hasPrefix("it answered 410")
        guard !isGone, now.milliseconds - message.at.milliseconds < Self.keepTryingMilliseconds else {
            state.withLock { $0.counts.dropped += 1 }
            logger.error("a message is given up", metadata: facts)
            return try outbox.finish(message)
        }
        logger.warning("a message did not arrive; it is sent again", metadata: facts)
        var asked: Int64 = 0
        if case .tryAgain(_, let seconds?) = failure { asked = seconds * 1_000 }
        let delay = max(asked, Self.delayMilliseconds(after: message.attempts))
        try outbox.postpone(message, until: now.adding(milliseconds: delay))
    }

    /// 5 s, 25 s, 2 min, 10 min, 52 min, then 4 h and 8 h, each with a random part.
    static func delayMilliseconds(after attempts: Int64) -> Int64 {
        var delay: Int64 = 5_000
        for _ in 0..<min(attempts, 8) { delay = min(delay * 5, 8 * 3_600_000) }
        return delay + Int64.random(in: 0...delay / 5)
    }

    /// Once a minute lets go of what is over.
    private func forget() {
        let now = clock()
        let isTime = state.withLock { state in
            guard now >= state.forgetAt else { return false }
            state.forgetAt = now.adding(milliseconds: 60_000)
            return true
        }
        guard isTime else { return }
        noted {
            try outbox.forget(before: now.adding(milliseconds: -Self.rememberMilliseconds), marksOf: now)
        }
    }

    /// Nil where the outbox fails; that is logged, and tried again.
    @discardableResult
    private func noted<T>(_ work: () throws -> T) -> T? {
        do { return try work() } catch {
            logger.error("messages cannot be kept or read", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
