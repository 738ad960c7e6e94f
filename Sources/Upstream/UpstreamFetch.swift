public import NIOCore
public import NIOHTTP1

/// One `GET` taken whole, bounded in time and size.
public final class UpstreamFetch: ExchangeDelegate {
    public struct Failed: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let promise: EventLoopPromise<[UInt8]>
    private let mostBytes: Int
    private var exchange: Exchange?
    private var timer: Scheduled<Void>?
    private var bytes: [UInt8] = []
    private var isOver = false

    private init(_ promise: EventLoopPromise<[UInt8]>, mostBytes: Int) {
        self.promise = promise
        self.mostBytes = mostBytes
    }

    /// The body of a 2xx answer, from the pool's event loop.
    public static func get(
        _ path: String, from pool: UpstreamPool, within timeout: TimeAmount, mostBytes: Int = 32 << 20
    ) -> EventLoopFuture<[UInt8]> {
        let promise = pool.eventLoop.makePromise(of: [UInt8].self)
        let fetch = UpstreamFetch(promise, mostBytes: mostBytes)
        fetch.exchange = pool.get(path, to: fetch)
        // The timer keeps the fetch alive until it is over.
        fetch.timer = pool.eventLoop.assumeIsolated().scheduleTask(in: timeout) { fetch.finish("no answer in time") }
        return promise.futureResult
    }

    public func exchangeAnswered(_ head: HTTPResponseHead) {
        if head.status.code / 100 != 2 { finish("upstream answered \(head.status.code)") }
    }

    public func exchangeReceived(_ bytes: ByteBuffer) {
        self.bytes += bytes.readableBytesView
        if self.bytes.count > mostBytes { finish("the answer is too large") }
    }

    public func exchangeEnded() { finish(nil) }

    public func exchangeFailed(_ failure: ExchangeFailure) {
        switch failure {
        case .notConnected(let why), .broken(let why): finish(why)
        }
    }

    private func finish(_ problem: String?) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        timer = nil
        if let problem {
            exchange?.cancel()
            promise.fail(Failed(description: problem))
        } else {
            promise.succeed(bytes)
        }
    }
}
