public import Budgeting
public import Ledger
public import Logging
public import Receipts
public import ServiceLifecycle
internal import Synchronization

/// Watches what operators and tenants want to hear of, and has the messenger tell them.
///
/// Budgets are told of as events come. Events can be missed, by a kill or a queue that was full: so at the start, and whenever
/// something may have been missed, all that stands is looked at again; what was told before is told nobody. What stands in the log
/// as news is followed by a cursor. Paces are looked at every few seconds, while money moves.
public final class Alerts: Service {
    private let messenger: Messenger
    let ledger: Ledger
    let receipts: ReceiptStore
    private let events: GatewayEvents.Subscription
    let clock: @Sendable () -> Instant
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var rules: AlertRules
        var teller = EventTeller()
        /// Something may have been missed.
        var looksAgain = true
        var dropped = 0
        /// The last news that was told.
        var news: Int64 = 0
        /// The last day for which the ledger's head was told; nil before it is known.
        var headDay: Int64?
        /// How far books and receipts were when paces were looked at.
        var paced: Moved?
        var pacesDue = Instant(milliseconds: .min)
        /// How far paces were told by this process: a month that is missed is seen again every few seconds.
        var toldPaces: [String: Int64] = [:]
    }

    /// Receipts come a moment after the books have moved.
    private struct Moved: Equatable {
        let books: Instant
        let receipts: Int64
    }

    private static let mostEvents = 4_096
    private static let lookEvery = Duration.seconds(1)
    private static let pacesEveryMilliseconds: Int64 = 10_000
    private static let newsSubject = "news"

    public init(
        _ messenger: Messenger, _ ledger: Ledger, _ receipts: ReceiptStore, rules: AlertRules,
        clock: @escaping @Sendable () -> Instant, logger: Logger
    ) {
        self.messenger = messenger
        self.ledger = ledger
        self.receipts = receipts
        events = ledger.events.subscribe(most: Self.mostEvents)
        self.clock = clock
        self.logger = logger
        state = Mutex(State(rules: rules))
        // What is told from here on is news, also to a gateway that never looked at any.
        do { try beginNews() } catch { failed(error) }
    }

    public func adopt(_ rules: AlertRules) {
        state.withLock { state in
            state.rules = rules
            state.paced = nil
        }
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

    /// Puts what came at the very end where it is sent from after the next start. When calls, books and receipts have closed.
    public func finish() {
        do { try tellNews() } catch { failed(error) }
        lookAgain()
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
            failed(error)
            state.withLock { $0.looksAgain = true }
        }
    }

    private func failed(_ error: any Error) {
        logger.error("alerts cannot be worked out or kept; they are tried again", metadata: ["error": "\(error)"])
    }

    private func keepLooking() async {
        while !Task.isCancelled {
            do {
                try tellNews()
                if mayHaveMissed() { lookAgain() }
                try tellPaces()
                try tellHead()
            } catch { failed(error) }
            try? await Task.sleep(for: Self.lookEvery)
        }
    }

    // MARK: What may have been missed

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

    // MARK: News of the log

    private func beginNews() throws {
        let last = try messenger.level(of: Self.newsSubject) ?? receipts.lastNews()
        state.withLock { $0.news = last }
        try messenger.move(.init(of: Self.newsSubject, level: last, until: .never))
    }

    private func tellNews() throws {
        let last = state.withLock(\.news)
        let (news, through) = try receipts.news(after: last)
        guard through > last else { return }
        let now = clock()
        for telling in try NewsTeller.tellings(news, at: now, used: { try used($0, until: now) }) {
            try messenger.tell(telling)
        }
        try messenger.move(.init(of: Self.newsSubject, level: through, until: .never))
        state.withLock { $0.news = through }
    }

    /// What each tenant's calls of a model came to in the last days, whole days in UTC.
    private func used(_ model: String, until now: Instant) throws -> [ReportLine] {
        let day: Int64 = 86_400_000
        let today = now.milliseconds / day * day
        var question = ReportQuestion(
            by: [.tenant], from: Instant(milliseconds: today - (PriceEffect.days - 1) * day))
        question.model = model
        question.limit = 10_000
        return try receipts.report(question)
    }

    // MARK: The ledger's head

    private func tellHead() throws {
        let now = clock()
        let today = DailyHead.day(of: now)
        let last = state.withLock(\.headDay) ?? messenger.level(of: DailyHead.subject)
        if let last, last < today, let telling = DailyHead.telling(ledger.head, at: now) {
            try messenger.tell(telling)
        } else if last == nil {
            // The first day of these books has none before it.
            try messenger.move(DailyHead.mark(today))
        }
        state.withLock { $0.headDay = max(today, last ?? today) }
    }

    // MARK: Paces

    private func tellPaces() throws {
        let now = clock()
        let moved = Moved(
            books: ledger.read { books, _, _, _ in books.lastInstant }, receipts: try receipts.lastSequence())
        let rules = state.withLock { state -> AlertRules? in
            guard now >= state.pacesDue, state.paced != moved else { return nil }
            state.pacesDue = now.adding(milliseconds: Self.pacesEveryMilliseconds)
            return state.rules
        }
        guard let rules else { return }
        for forecast in monthForecasts() {
            if let telling = forecast.telling(at: now) { try tellPace(telling) }
        }
        if let factor = rules.rateFactor {
            for spend in try hourlySpends(at: now) {
                if let telling = spend.telling(above: factor, at: now) { try tellPace(telling) }
            }
        }
        state.withLock { $0.paced = moved }
    }

    private func tellPace(_ telling: Telling) throws {
        guard let mark = telling.mark, state.withLock({ $0.toldPaces[mark.subject] ?? .min }) < mark.level else {
            return
        }
        try messenger.tell(telling)
        state.withLock { state in
            // Forgetting it costs a look into the outbox.
            if state.toldPaces.count > 100_000 { state.toldPaces = [:] }
            state.toldPaces[mark.subject] = mark.level
        }
    }
}

/// What is told beside crossings.
public struct AlertRules: Hashable, Sendable {
    /// How many times what is usual a tenant has to spend in an hour, in hundredths; nil tells of no hour.
    public var rateFactor: Int64?

    public init(rateFactor: Int64? = 300) {
        self.rateFactor = rateFactor
    }
}
