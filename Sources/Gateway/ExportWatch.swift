public import Metering
import Synchronization

/// How exports are doing, for whoever asks the gateway: metrics and readiness. The gateway itself waits for none of them.
public final class ExportWatch: Sendable {
    /// One sink, or one way that messages leave.
    public struct Report: Hashable, Sendable {
        public var sink: String
        public var totals: ExportMetrics.Totals
        public var behind: Int64
        public var lagMilliseconds: Int64
        /// Why the last attempt failed; nil where it did not.
        public var problem: String?

        /// Receipts, or messages, that have arrived.
        public var sent: Int64 { totals.sent }

        public init(
            sink: String, totals: ExportMetrics.Totals, behind: Int64, lagMilliseconds: Int64, problem: String?
        ) {
            self.sink = sink
            self.totals = totals
            self.behind = behind
            self.lagMilliseconds = lagMilliseconds
            self.problem = problem
        }
    }

    private let source = Mutex<@Sendable () -> [Report]>({ [] })

    init() {}

    /// Whom to ask from now on.
    public func watch(_ source: @escaping @Sendable () -> [Report]) { self.source.withLock { $0 = source } }

    public var reports: [Report] { source.withLock { $0 }() }
}
