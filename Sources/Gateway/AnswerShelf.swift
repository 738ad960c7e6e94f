import NIOCore
import NIOHTTP1
import Synchronization

/// Answers under a client's `Idempotency-Key`, in memory: a call that runs can be joined, and one that ended well is kept for ten
/// minutes. What was refused or broke off is not kept, so that it can be tried again.
final class AnswerShelf: Sendable {
    struct Key: Hashable, Sendable {
        let tenant: String
        let key: String
    }

    enum Found {
        /// Nobody has asked this yet: run the call and record it here.
        case new(AnswerRecord)
        case known(AnswerRecord)
        /// The key stands for another body.
        case conflict
    }

    private struct State {
        var records: [Key: AnswerRecord] = [:]
        /// Kept answers, oldest first.
        var kept: [(key: Key, record: AnswerRecord, until: NIODeadline)] = []
        var keptBytes = 0
    }

    private let state = Mutex(State())

    private static let keeping = TimeAmount.minutes(10)
    /// All kept answers together; the oldest make room.
    private static let mostBytes = 64 << 20

    func open(_ key: Key, bodyHash: Int) -> Found {
        state.withLock { state in
            drop(&state, past: .now())
            guard let known = state.records[key] else {
                let record = AnswerRecord(bodyHash: bodyHash)
                state.records[key] = record
                return .new(record)
            }
            return known.bodyHash == bodyHash ? .known(known) : .conflict
        }
    }

    /// The call has ended: a sound answer is kept, any other forgotten.
    func close(_ key: Key, _ record: AnswerRecord) {
        let bytes = record.soundBytes
        state.withLock { state in
            guard state.records[key] === record else { return }
            guard let bytes, bytes <= AnswerShelf.mostBytes / 8 else {
                state.records[key] = nil
                return
            }
            state.kept.append((key, record, .now() + AnswerShelf.keeping))
            state.keptBytes += bytes
            drop(&state, past: .now())
        }
    }

    private func drop(_ state: inout State, past now: NIODeadline) {
        while let oldest = state.kept.first, oldest.until <= now || state.keptBytes > AnswerShelf.mostBytes {
            state.kept.removeFirst()
            state.keptBytes -= oldest.record.soundBytes ?? 0
            if state.records[oldest.key] === oldest.record { state.records[oldest.key] = nil }
        }
    }
}

/// One answer as it is being written, for all who asked for it.
final class AnswerRecord: Sendable {
    enum Part: Sendable {
        case head(HTTPResponseHead)
        case bytes(ByteBuffer)
        case end(AnswerQuality)
        case aborted
    }

    private struct State {
        var parts: [Part] = []
        var byteCount = 0
        var isSound = false
        var followers: [Follower] = []
    }

    /// Someone who asked the same, on an event loop of its own.
    struct Follower: Sendable {
        let eventLoop: any EventLoop
        let take: @Sendable (Part) -> Void
    }

    let bodyHash: Int
    private let state = Mutex(State())

    init(bodyHash: Int) {
        self.bodyHash = bodyHash
    }

    /// How long the answer is, if it ended well.
    var soundBytes: Int? { state.withLock { $0.isSound ? $0.byteCount : nil } }

    var hasFollowers: Bool { state.withLock { !$0.followers.isEmpty } }

    func add(_ part: Part) {
        state.withLock { state in
            state.parts.append(part)
            switch part {
            case .head(let head): state.isSound = head.status.code / 100 == 2
            case .bytes(let bytes): state.byteCount += bytes.readableBytes
            case .end(let quality): state.isSound = state.isSound && quality == .sound
            case .aborted: state.isSound = false
            }
            for follower in state.followers { follower.eventLoop.execute { follower.take(part) } }
            switch part {
            case .head, .bytes: break
            case .end, .aborted: state.followers = []
            }
        }
    }

    /// Tells a follower all there is, and then what comes.
    func follow(_ follower: Follower) {
        state.withLock { state in
            let parts = state.parts
            follower.eventLoop.execute { for part in parts { follower.take(part) } }
            switch parts.last {
            case .end, .aborted: break
            case nil, .head, .bytes: state.followers.append(follower)
            }
        }
    }
}

/// Writes an answer to its client and to the record, and goes on with the record alone when the client has left but others wait.
final class RecordedConnection: ClientConnection {
    private let record: AnswerRecord
    private let whenOver: () -> Void
    private var client: (any ClientConnection)?

    init(_ client: any ClientConnection, _ record: AnswerRecord, whenOver: @escaping () -> Void) {
        self.client = client
        self.record = record
        self.whenOver = whenOver
    }

    /// - Returns: whether others still wait for the answer; if not, its call is of no use any more.
    func clientLeft() -> Bool {
        client = nil
        return record.hasFollowers
    }

    var isWritable: Bool { client?.isWritable ?? true }

    func write(_ head: HTTPResponseHead) {
        record.add(.head(head))
        client?.write(head)
    }

    func write(_ bytes: ByteBuffer) {
        record.add(.bytes(bytes))
        client?.write(bytes)
    }

    func flush() { client?.flush() }

    func end(_ quality: AnswerQuality) {
        record.add(.end(quality))
        client?.end(quality)
        whenOver()
    }

    func abort() {
        record.add(.aborted)
        client?.abort()
        whenOver()
    }
}
