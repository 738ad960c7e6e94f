public import NIOCore
public import NIOHTTP1

/// What a priced call must hold to be sent: a durable reservation. The gateway's is the only one.
public protocol DispatchPermit: ~Copyable {}

/// Told what happens to one exchange with upstream, on its event loop. After ``exchangeEnded()`` or
/// ``exchangeFailed(_:)`` nothing more comes.
public protocol ExchangeDelegate: AnyObject {
    func exchangeAnswered(_ head: HTTPResponseHead)
    /// Everything that one read brought.
    func exchangeReceived(_ bytes: ByteBuffer)
    func exchangeEnded()
    func exchangeFailed(_ failure: ExchangeFailure)
}

public enum ExchangeFailure: Hashable, Sendable {
    /// No connection; not a byte of the request was written.
    case notConnected(String)
    /// The connection broke after the request, or a part of it, was written.
    case broken(String)
}

/// One request to upstream and its answer. Used on its event loop only.
public final class Exchange {
    enum Progress {
        case connecting
        case running(UpstreamConnection)
        case over
    }

    weak var delegate: (any ExchangeDelegate)?
    var progress = Progress.connecting

    init(delegate: any ExchangeDelegate) {
        self.delegate = delegate
    }

    /// Ends the exchange without a word to the delegate; upstream sees its connection close.
    public func cancel() {
        delegate = nil
        if case .running(let connection) = progress { connection.close() }
        progress = .over
    }

    /// Stops reading from upstream until ``resume()``, so that a slow client slows upstream and not our memory.
    public func pause() {
        if case .running(let connection) = progress { connection.setReading(false) }
    }

    public func resume() {
        if case .running(let connection) = progress { connection.setReading(true) }
    }

    /// The delegate has all it needs. What is left of the answer is read, so that the connection can serve again, but not for
    /// longer than `limit`.
    public func letGo(within limit: TimeAmount, on eventLoop: any EventLoop) {
        delegate = nil
        guard case .running = progress else { return }
        resume()
        eventLoop.assumeIsolated().scheduleTask(in: limit) { self.cancel() }
    }

    func fail(_ failure: ExchangeFailure) {
        guard case .over = progress else {
            progress = .over
            delegate?.exchangeFailed(failure)
            return
        }
    }
}
