import NIOCore
import Synchronization

/// Knows whether the client of one connection is still there.
///
/// Hummingbird tells nobody that a client has left until the next write fails, so every wait of the sandbox is one of
/// this handler's. A client that closes only its sending side counts as gone; servers cannot tell the two apart.
final class PeerWatch: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny

    enum Peer: Sendable {
        case here
        case gone
    }

    private struct State {
        var peer = Peer.here
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var peer: Peer { state.withLock(\.peer) }

    /// Waits, but not longer than the client does. One wait at a time: a connection answers one call at a time.
    func pause(milliseconds: Int, on eventLoop: any EventLoop) async -> Peer {
        guard milliseconds > 0 else { return peer }
        await withCheckedContinuation { continuation in
            let peer = state.withLock { state in
                if state.peer == .here { state.waiter = continuation }
                return state.peer
            }
            switch peer {
            // A timer that comes after the client left finds nobody to wake; nobody waits on a closed connection.
            case .here: eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds))) { self.wake() }
            case .gone: continuation.resume()
            }
        }
        return peer
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
    }

    private func leave() {
        state.withLock { $0.peer = .gone }
        wake()
    }

    private func wake() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}

/// The client has left.
struct PeerGone: Error {}
