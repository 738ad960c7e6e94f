import Synchronization

/// Bounds what the large bodies of all requests in flight take together, so that a crowd of them cannot exhaust memory.
///
/// A body takes its share once it passes ``freeBytes``; where there is no room its connection is not read from until others are
/// done. Whoever waits longer than a request may take is closed, as any slow request is. Smaller bodies are bounded by the
/// number of connections: 4096 of them come to 256 MiB, and with ``standardBytes`` to 512 MiB in all.
final class BodyAllowance: Sendable {
    static let standardBytes = 256 << 20
    static let freeBytes = 64 << 10

    private struct State {
        var taken = 0
        /// In order of arrival.
        var waiting: [Waiter] = []
    }

    private struct Waiter {
        let bytes: Int
        let grant: @Sendable (BodyShare) -> Void
    }

    private let state = Mutex(State())
    private let mostBytes: Int

    init(mostBytes: Int = BodyAllowance.standardBytes) {
        self.mostBytes = mostBytes
    }

    var takenBytes: Int { state.withLock(\.taken) }

    /// A share, or nil where there is no room now: then `whenFree` is handed one later, on whatever thread gives it back.
    func take(_ bytes: Int, whenFree: @escaping @Sendable (BodyShare) -> Void) -> BodyShare? {
        let fits = state.withLock { state in
            guard state.waiting.isEmpty, state.taken + bytes <= mostBytes else {
                state.waiting.append(Waiter(bytes: bytes, grant: whenFree))
                return false
            }
            state.taken += bytes
            return true
        }
        return fits ? BodyShare(bytes, of: self) : nil
    }

    fileprivate func giveBack(_ bytes: Int) {
        let served = state.withLock { state in
            state.taken -= bytes
            var served: [Waiter] = []
            while let next = state.waiting.first, state.taken + next.bytes <= mostBytes {
                state.taken += next.bytes
                served.append(state.waiting.removeFirst())
            }
            return served
        }
        for waiter in served { waiter.grant(BodyShare(waiter.bytes, of: self)) }
    }
}

/// What one body may take. Dropped with the request, it goes back.
final class BodyShare: Sendable {
    private let bytes: Mutex<Int>
    private let allowance: BodyAllowance

    fileprivate init(_ bytes: Int, of allowance: BodyAllowance) {
        self.bytes = Mutex(bytes)
        self.allowance = allowance
    }

    /// Gives back what the body, read to its end, did not take.
    func shrink(to size: Int) {
        let rest = bytes.withLock { bytes in
            defer { bytes = min(bytes, size) }
            return max(0, bytes - size)
        }
        if rest > 0 { allowance.giveBack(rest) }
    }

    deinit { allowance.giveBack(bytes.withLock { $0 }) }
}
