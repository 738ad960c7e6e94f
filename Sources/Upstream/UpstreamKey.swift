internal import Synchronization

/// The key that a gateway shows upstream. All connections share it, so that another takes hold of all of them at once.
public final class UpstreamKey: Sendable {
    private let kept: Mutex<String>

    public init(_ text: String) {
        kept = Mutex(text)
    }

    public var text: String {
        get { kept.withLock { $0 } }
        set { kept.withLock { $0 = newValue } }
    }
}
