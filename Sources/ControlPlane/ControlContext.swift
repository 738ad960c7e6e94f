public import Hummingbird
import NIOCore

/// What a request of the control plane carries along: where it comes from, and who sent it.
public struct ControlContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The address that the connection comes from, as far as it is known.
    public let peer: String
    /// Nil for somebody unknown; set by ``Gate``.
    public var identity: Access.Identity?

    public init(source: Source) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? "local"
    }

    public var isAdmin: Bool { identity?.role == .admin }
}
