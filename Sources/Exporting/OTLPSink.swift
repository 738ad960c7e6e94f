public import Budgeting
internal import Receipts

/// Phoenix, or any collector that takes OTLP over HTTP as protobuf.
/// https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md
public struct OTLPSink: Sink {
    public struct Settings: Equatable, Sendable {
        /// Its name among sinks: `phoenix` or `otlp`.
        public var name: String
        /// The whole address, `/v1/traces` included.
        public var address: SinkAddress
        public var headers: [(name: String, value: String)] = []
        public var serviceName = "bursar"
        /// Phoenix' project.
        public var project: String?

        public init(name: String, address: SinkAddress) {
            self.name = name
            self.address = address
        }

        public static func == (lhs: Settings, rhs: Settings) -> Bool {
            lhs.name == rhs.name && lhs.address == rhs.address && lhs.headers.elementsEqual(rhs.headers) { $0 == $1 }
                && lhs.serviceName == rhs.serviceName && lhs.project == rhs.project
        }
    }

    public var name: String { settings.name }
    public let mostReceipts = 300
    private let settings: Settings
    private let spans: ReceiptSpans
    private let sender: HTTPSender

    /// - Parameter salt: sets this gateway's ids apart from another's; ``ReceiptStore/salt()``.
    public init(_ settings: Settings, salt: UInt64) {
        self.settings = settings
        spans = ReceiptSpans(salt: salt)
        sender = HTTPSender()
    }

    public func send(_ batch: SinkBatch) async throws(SinkFailure) {
        try await send(batch.receipts.flatMap(spans.spans))
    }

    public func sendTest(at now: Instant) async throws(SinkFailure) -> String {
        let moment = UInt64(max(0, now.milliseconds)) * 1_000_000
        var random = SystemRandomNumberGenerator()
        var span = OTLPSpan(
            trace: random.next().bigEndianBytes + random.next().bigEndianBytes, id: random.next().bigEndianBytes,
            name: "bursar test", startNanoseconds: moment, endNanoseconds: moment)
        span.add("bursar.test", .bool(true))
        span.add("openinference.span.kind", .string("CHAIN"))
        try await send([span])
        return "it took a span named 'bursar test'"
    }

    private func send(_ spans: [OTLPSpan]) async throws(SinkFailure) {
        var resource = [OTLPSpan.Attribute(name: "service.name", value: .string(settings.serviceName))]
        if let project = settings.project {
            resource.append(.init(name: "openinference.project.name", value: .string(project)))
        }
        var request = SinkRequest(address: settings.address)
        // Not packed, which is OTLP's default: packing took longer than all the rest, and a collector is near.
        request.headers = [("content-type", "application/x-protobuf")] + settings.headers
        request.body = OTLPSpan.request(spans, resource: resource)
        _ = try await sender.deliver(request)
    }
}
