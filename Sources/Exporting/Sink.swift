public import Budgeting
public import Receipts

/// Where receipts are sent. The port that every exporter implements; `SinkConformance` examines them all.
///
/// A batch is sent at least once, in the order in which receipts closed, and again after a failure or a crash: what a sink makes
/// of it must be the same both times, so that its receiver can tell a repetition.
public protocol Sink: Sendable {
    /// One word, for metrics, logs and the cursor: `loki`. Never changed, or the sink begins anew.
    var name: String { get }

    /// The most receipts that are asked for at once.
    var mostReceipts: Int { get }

    /// How many of these, from the first, fit one request. At least 1.
    func count(fitting receipts: [Receipt]) -> Int

    /// Sends one batch in one request, so that it has arrived as a whole or is sent again as a whole.
    ///
    /// - Throws: ``SinkFailure`` with what to do about it.
    func send(_ batch: SinkBatch) async throws(SinkFailure)

    /// Sends something marked as a test, which counts as no money. What the sink answered, in a few words.
    func sendTest(at now: Instant) async throws(SinkFailure) -> String
}

extension Sink {
    public var mostReceipts: Int { 1_000 }
    public func count(fitting receipts: [Receipt]) -> Int { receipts.count }
}

/// Receipts that are sent together.
public struct SinkBatch: Sendable {
    /// Never empty.
    public let receipts: [Receipt]
    /// When the batch was put together; the same when it is sent again.
    public let at: Instant

    public init(_ receipts: [Receipt], at: Instant) {
        precondition(!receipts.isEmpty, "a batch without receipts says nothing")
        self.receipts = receipts
        self.at = at
    }

    /// Names the batch: its first and last receipt.
    public var key: String { "\(receipts[0].sequence ?? 0)-\(receipts[receipts.count - 1].sequence ?? 0)" }
}

/// How sending failed. Texts name addresses and statuses, never a key.
public enum SinkFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// It may go better later: the sink is down, busy, or does not know our key.
    case tryAgain(String, afterSeconds: Int64? = nil)
    /// The sink will never take this batch; half of it may do.
    case tooLarge(String)
    /// The sink will never take this batch.
    case refused(String)

    public var description: String {
        switch self {
        case .tryAgain(let what, _), .tooLarge(let what), .refused(let what): what
        }
    }
}

extension SinkFailure {
    /// What an answer that is no success says.
    ///
    /// Never again what is wrong in itself (400, 422); again what may be mended at the sink, an address or a key among it.
    init(_ answer: SinkAnswer) {
        let what = "it answered \(answer.status) \(answer.excerpt)"
        switch answer.status {
        case 413: self = .tooLarge(what)
        case 400, 406, 415, 422: self = .refused(what)
        default:
            let after = answer.header("retry-after").flatMap { Int64($0) }
            self = .tryAgain(what, afterSeconds: after.map { min(max(0, $0), 3_600) })
        }
    }
}

extension HTTPSender {
    /// The answer, if it is a success.
    func deliver(_ request: SinkRequest) async throws(SinkFailure) -> SinkAnswer {
        let answer: SinkAnswer
        do { answer = try await send(request) } catch {
            throw .tryAgain("\(request.address.authority): \(error.description)")
        }
        guard (200..<300).contains(answer.status) else { throw SinkFailure(answer) }
        return answer
    }
}
