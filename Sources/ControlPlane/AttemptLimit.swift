import Budgeting
import Synchronization

/// Bounds how many wrong tokens a peer may send: a burst, then one more each few seconds.
final class AttemptLimit: Sendable {
    private struct Peer: Sendable {
        /// How many failures count now, in thousandths, as they fade.
        var failuresThousandths: Int64
        var at: Instant
    }

    private let burst: Int64
    private let secondsPerAttempt: Int64
    private let peers = Mutex<[String: Peer]>([:])

    /// Beyond so many peers those that are not known yet share one count.
    private static let mostPeers = 10_000
    private static let others = "*"

    init(burst: Int64, secondsPerAttempt: Int64) {
        self.burst = burst
        self.secondsPerAttempt = secondsPerAttempt
    }

    /// Nil where another attempt may be made now.
    func secondsToWait(_ peer: String, at now: Instant) -> Int64? {
        peers.withLock { peers in
            let failures = faded(peers[peer] ?? peers[AttemptLimit.others], at: now)
            let over = failures - (burst - 1) * 1_000
            return over > 0 ? max(1, (over * secondsPerAttempt + 999) / 1_000) : nil
        }
    }

    func failed(_ peer: String, at now: Instant) {
        peers.withLock { peers in
            if peers.count >= AttemptLimit.mostPeers, peers[peer] == nil {
                peers = peers.filter { faded($0.value, at: now) > 0 }
            }
            let name = peers.count < AttemptLimit.mostPeers || peers[peer] != nil ? peer : AttemptLimit.others
            peers[name] = Peer(failuresThousandths: faded(peers[name], at: now) + 1_000, at: now)
        }
    }

    private func faded(_ peer: Peer?, at now: Instant) -> Int64 {
        guard let peer else { return 0 }
        let gone = max(0, now.milliseconds - peer.at.milliseconds) / secondsPerAttempt
        return max(0, peer.failuresThousandths - gone)
    }
}
