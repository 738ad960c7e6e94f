import Hummingbird
import NIOCore
import ServiceLifecycle

/// A request's context: Hummingbird's own, and the connection, which tells whether the client is still there.
struct SandboxContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    func client() async throws -> Client {
        Client(watch: try await channel.pipeline.handler(type: PeerWatch.self).get(), eventLoop: channel.eventLoop)
    }
}

/// Who waits for an answer.
struct Client: Sendable {
    let watch: PeerWatch
    let eventLoop: any EventLoop

    /// Waits; throws ``PeerGone`` as soon as the client has left.
    func pause(milliseconds: Int) async throws {
        if await watch.pause(milliseconds: milliseconds, on: eventLoop) == .gone { throw PeerGone() }
    }

    /// Waits until the client has left, then throws ``PeerGone``. A shutdown ends it too, within a fifth of a second.
    func untilGone() async throws -> Never {
        while !Task.isShuttingDownGracefully { try await pause(milliseconds: 200) }
        throw PeerGone()
    }
}
