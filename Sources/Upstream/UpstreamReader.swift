public import NIOCore
import NIOHTTP1

/// Asks upstream for what costs nothing, from any thread, over connections of its own.
public final class UpstreamReader: Sendable {
    public struct Answer: Sendable {
        public let status: Int
        public let bytes: [UInt8]
    }

    private let eventLoop: any EventLoop
    private let pool: NIOLoopBound<UpstreamPool>

    /// - Precondition: called on the event loop.
    private init(_ settings: UpstreamPool.Settings, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        pool = NIOLoopBound(UpstreamPool(settings, on: eventLoop), eventLoop: eventLoop)
    }

    public static func make(
        _ settings: UpstreamPool.Settings, on eventLoop: any EventLoop
    ) async throws -> UpstreamReader {
        try await eventLoop.submit { UpstreamReader(settings, on: eventLoop) }.get()
    }

    /// - Parameter key: another than the gateway's.
    /// - Throws: where there is no answer in time, or none that can be read.
    public func get(
        _ path: String, key: String? = nil, within timeout: TimeAmount = .seconds(15)
    ) async throws -> Answer {
        try await eventLoop.flatSubmit { [pool] in
            Asking.get(path, key, from: pool.value, within: timeout)
        }.get()
    }

    /// Closes connections that rest.
    public func close() {
        eventLoop.execute { [pool] in pool.value.close() }
    }
}

/// One `GET`, its status whatever it is.
private final class Asking: ExchangeDelegate {
    private let promise: EventLoopPromise<UpstreamReader.Answer>
    private var exchange: Exchange?
    private var timer: Scheduled<Void>?
    private var status = 0
    private var bytes: [UInt8] = []
    private var isOver = false

    private static let mostBytes = 4 << 20

    private init(_ promise: EventLoopPromise<UpstreamReader.Answer>) {
        self.promise = promise
    }

    static func get(
        _ path: String, _ key: String?, from pool: UpstreamPool, within timeout: TimeAmount
    ) -> EventLoopFuture<UpstreamReader.Answer> {
        let promise = pool.eventLoop.makePromise(of: UpstreamReader.Answer.self)
        let asking = Asking(promise)
        asking.exchange = pool.get(path, key: key, to: asking)
        // The timer keeps it alive until it is over.
        asking.timer = pool.eventLoop.assumeIsolated().scheduleTask(in: timeout) { asking.finish("no answer in time") }
        return promise.futureResult
    }

    func exchangeAnswered(_ head: HTTPResponseHead) { status = Int(head.status.code) }

    func exchangeReceived(_ bytes: ByteBuffer) {
        self.bytes += bytes.readableBytesView
        if self.bytes.count > Asking.mostBytes { finish("the answer is too large") }
    }

    func exchangeEnded() { finish(nil) }

    func exchangeFailed(_ failure: ExchangeFailure) {
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
            promise.fail(UpstreamFetch.Failed(description: problem))
        } else {
            promise.succeed(UpstreamReader.Answer(status: status, bytes: bytes))
        }
    }
}
