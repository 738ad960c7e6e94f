public import Budgeting
internal import ExactMoney
public import Receipts

/// Grafana Loki's push API: one line of flat JSON per receipt, two labels, ids and tenant as structured metadata.
/// https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
///
/// Lines go in the order in which receipts closed, each at a moment of its own that is the same when it is sent again: Loki takes
/// the same line at the same moment for one.
public struct LokiSink: Sink {
    public struct Settings: Hashable, Sendable {
        public var address: SinkAddress
        public var username: String?
        public var password: String?
        /// Which of Loki's own tenants the lines belong to.
        public var tenantID: String?

        public init(address: SinkAddress, username: String? = nil, password: String? = nil, tenantID: String? = nil) {
            self.address = address
            self.username = username
            self.password = password
            self.tenantID = tenantID
        }
    }

    public let name = "loki"
    private let settings: Settings
    private let sender: HTTPSender

    /// Loki refuses what is older than a week by default; what waited longer is told at the time of sending.
    private static let oldestMilliseconds: Int64 = 6 * 86_400_000
    /// Below Loki's 4 MB a second.
    private static let mostBytes = 2 << 20

    public init(_ settings: Settings) {
        self.settings = settings
        sender = HTTPSender()
    }

    public func count(fitting receipts: [Receipt]) -> Int {
        var bytes = 0
        for (index, receipt) in receipts.enumerated() {
            bytes += ReceiptLine.bytes(of: receipt)
            if bytes > Self.mostBytes { return index }
        }
        return receipts.count
    }

    public func send(_ batch: SinkBatch) async throws(SinkFailure) {
        _ = try await sender.deliver(request(Self.body(batch)))
    }

    public func sendTest(at now: Instant) async throws(SinkFailure) -> String {
        let body = Self.body("test") { values in
            Self.write(now.milliseconds * 1_000_000, nil, to: &values) { line in
                line.object { line in
                    line.member("event", "test")
                    line.member("message", "bursar config check --live")
                }
            }
        }
        let answer = try await sender.deliver(request(body))
        return "it answered \(answer.status)"
    }

    private func request(_ body: [UInt8]) -> SinkRequest {
        var request = SinkRequest(address: settings.address.appending("/loki/api/v1/push"))
        request.headers = [("content-type", "application/json"), ("content-encoding", "gzip")]
        if let username = settings.username {
            request.headers.append(("authorization", basic(username, settings.password ?? "")))
        }
        if let tenant = settings.tenantID { request.headers.append(("x-scope-orgid", tenant)) }
        request.body = Gzip.compress(body)
        return request
    }

    static func body(_ batch: SinkBatch) -> [UInt8] {
        body("receipt") { values in
            for receipt in batch.receipts {
                write(nanoseconds(of: receipt, at: batch.at), receipt, to: &values) { line in
                    ReceiptLine.write(receipt, to: &line)
                }
            }
        }
    }

    /// One stream of lines.
    private static func body(_ event: String, _ lines: (inout JSONWriter) -> Void) -> [UInt8] {
        var body = JSONWriter()
        body.object { body in
            body.key("streams")
            body.array { list in
                list.object { stream in
                    stream.key("stream")
                    stream.object { labels in
                        labels.member("service_name", "bursar")
                        labels.member("event", event)
                    }
                    stream.key("values")
                    stream.array(lines)
                }
            }
        }
        return body.bytes
    }

    /// Closing never runs back, and the sequence sets apart what closed in one millisecond.
    private static func nanoseconds(of receipt: Receipt, at now: Instant) -> Int64 {
        let isOld = now.milliseconds - receipt.closedAt.milliseconds > oldestMilliseconds
        let moment = isOld ? now : receipt.closedAt
        return moment.milliseconds * 1_000_000 + (receipt.sequence ?? 0) % 1_000_000
    }

    private static func write(
        _ nanoseconds: Int64, _ receipt: Receipt?, to values: inout JSONWriter, line: (inout JSONWriter) -> Void
    ) {
        values.array { entry in
            entry.string(String(nanoseconds))
            entry.string(line)
            entry.object { metadata in
                guard let receipt else { return }
                metadata.member("tenant", receipt.tenant)
                metadata.member("request_id", receipt.requestID)
                metadata.member("model", receipt.served)
                metadata.member("trace_id", receipt.trace?.traceID)
                metadata.member("run", receipt.run.isEmpty ? nil : receipt.run)
            }
        }
    }
}

/// A receipt as one line of flat JSON: no value is an object or a list, and `costUsd` is the only number that is money. Other
/// amounts are texts.
enum ReceiptLine {
    static func write(_ receipt: Receipt, to line: inout JSONWriter) {
        line.object { line in
            line.member("event", "receipt")
            line.member("requestId", receipt.requestID)
            line.member("generationId", receipt.generation)
            line.member("callId", "req-\(receipt.call.number)")
            line.member("traceId", receipt.trace?.traceID)
            line.member("parentSpanId", receipt.trace?.parentID)
            line.member("tenant", receipt.tenant)
            line.member("key", receipt.key)
            line.member("user", receipt.user)
            line.member("run", receipt.run.isEmpty ? nil : receipt.run)
            line.member("tags", receipt.tags.isEmpty ? nil : receipt.tags.joined(separator: ","))
            line.member("endpoint", receipt.endpoint.word)
            line.member("stream", receipt.isStream)
            line.member("askedModel", receipt.asked)
            line.member("plannedModel", receipt.planned)
            line.member("model", receipt.served)
            line.member("provider", receipt.provider)
            line.member("moved", receipt.moved == .no ? nil : receipt.moved.word)
            line.member("attempts", Int64(max(1, receipt.attempts.count)))
            line.member("failedAttempts", failed(receipt))
            line.member("status", receipt.status.rawValue)
            line.member("httpStatus", receipt.httpStatus)
            line.member("dropped", receipt.dropped.isEmpty ? nil : receipt.dropped.joined(separator: ","))
            line.member("finishReason", receipt.finishReason.isEmpty ? nil : receipt.finishReason)
            line.member("inputTokens", receipt.inputTokens)
            line.member("outputTokens", receipt.outputTokens)
            line.member("cachedTokens", receipt.usage.cached)
            line.member("cacheWriteTokens", receipt.usage.cacheWrite)
            line.member("reasoningTokens", receipt.usage.reasoning)
            line.member("costUsd", number: receipt.cost?.description)
            line.member("promptCost", receipt.promptCost?.description)
            line.member("completionCost", receipt.completionCost?.description)
            line.member("evidence", receipt.evidence?.word)
            line.member("doubt", receipt.doubt?.word)
            line.member("reserved", receipt.reserved.description)
            line.member("saved", receipt.saved.description)
            line.member("stateBefore", receipt.stateBefore.name)
            line.member("stateAfter", receipt.stateAfter.name)
            line.member("admittedAt", receipt.admittedAt.rfc3339)
            line.member("closedAt", receipt.closedAt.rfc3339)
            line.member("waitedMicroseconds", receipt.waitedMicroseconds)
            line.member("firstByteMicroseconds", receipt.firstByteMicroseconds)
            line.member("totalMicroseconds", receipt.totalMicroseconds)
        }
    }

    /// About how long the line and its metadata are, on the high side: all that is fixed, and twice what others have named.
    static func bytes(of receipt: Receipt) -> Int {
        let named = [receipt.tenant, receipt.key, receipt.user, receipt.run, receipt.generation, receipt.provider]
        let texts = named.compactMap { $0 } + receipt.tags + [receipt.asked, receipt.planned, receipt.served]
        let attempts = receipt.attempts.reduce(0) { $0 + $1.model.utf8.count + $1.why.utf8.count + 8 }
        return 1_600 + 2 * (texts.reduce(0) { $0 + $1.utf8.count } + attempts)
    }

    /// `v/big rate_limited 429, v/mid timeout`; nil where the first attempt served.
    private static func failed(_ receipt: Receipt) -> String? {
        let failed = receipt.attempts.filter { !$0.why.isEmpty }.map { attempt in
            "\(attempt.model) \(attempt.why)\(attempt.status.map { " \($0)" } ?? "")"
        }
        return failed.isEmpty ? nil : failed.joined(separator: ", ")
    }
}

/// For the `Authorization` header.
func basic(_ username: String, _ password: String) -> String {
    "Basic \(Base64.encode(Array("\(username):\(password)".utf8)))"
}
