public import Budgeting
internal import Synchronization

/// Where events are told, to all who listen. Telling never waits: a listener that is behind loses its oldest, and is told
/// how many.
public final class GatewayEvents: Sendable {
    /// An event with its number, from 1 in this process, and its time.
    public struct Occurrence: Hashable, Sendable {
        public let number: UInt64
        public let at: Instant
        public let event: GatewayEvent
    }

    /// One listener's queue. It ends when the subscription is let go of.
    public final class Subscription: Sendable {
        public let occurrences: AsyncStream<Occurrence>
        private let inbox: AsyncStream<Occurrence>.Continuation
        private let lost = Atomic(0)

        fileprivate init(most: Int) {
            (occurrences, inbox) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(most))
        }

        deinit { inbox.finish() }

        /// How many occurrences were dropped because the queue was full.
        public var dropped: Int { lost.load(ordering: .relaxed) }

        /// Ends `occurrences`, after what is queued.
        public func end() { inbox.finish() }

        fileprivate func take(_ occurrence: Occurrence) {
            if case .dropped = inbox.yield(occurrence) { lost.add(1, ordering: .relaxed) }
        }
    }

    private struct Listener {
        weak var subscription: Subscription?
    }

    private struct State {
        var last: UInt64 = 0
        var listeners: [Listener] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// - Parameter most: how many occurrences wait at most.
    /// - Precondition: `most` is above zero.
    public func subscribe(most: Int = 256) -> Subscription {
        precondition(most > 0, "a queue of \(most) occurrences holds none")
        let subscription = Subscription(most: most)
        state.withLock { $0.listeners.append(Listener(subscription: subscription)) }
        return subscription
    }

    public func tell(_ event: GatewayEvent, at now: Instant) {
        // Strong references leave the lock before they are let go of: a listener's end runs code of its own.
        let (occurrence, listeners) = state.withLock { state -> (Occurrence, [Subscription]) in
            state.last += 1
            state.listeners.removeAll { $0.subscription == nil }
            return (
                Occurrence(number: state.last, at: now, event: event), state.listeners.compactMap(\.subscription)
            )
        }
        for listener in listeners { listener.take(occurrence) }
    }
}
