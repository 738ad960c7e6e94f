public import Budgeting
internal import ExactMoney
public import Receipts

/// Amazon CloudWatch: the metric `Cost` by `Tenant` and `Model`, and beside it `Calls`, `InputTokens` and `OutputTokens` by the same, so
/// that every sum over dimensions is right. Receipts are added up by the minute in which they closed, as statistic values.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
///
/// CloudWatch cannot tell a repetition. One batch is one request and the same when it is sent again, so that what may be counted
/// twice is one batch, and only where the process or the connection ended between the request and its answer.
public struct CloudWatchSink: Sink {
    public struct Settings: Hashable, Sendable {
        public var namespace = "LLM/Costs"
        public var region: String
        public var address: SinkAddress

        public init(region: String, address: SinkAddress) {
            self.region = region
            self.address = address
        }
    }

    public let name = "cloudwatch"
    private let settings: Settings
    private let credentials: AWSCredentialChain
    private let clock: @Sendable () -> Instant
    private let sender: HTTPSender

    public init(_ settings: Settings, credentials: AWSCredentialChain, clock: @escaping @Sendable () -> Instant) {
        self.settings = settings
        self.credentials = credentials
        self.clock = clock
        sender = HTTPSender()
    }

    public func count(fitting receipts: [Receipt]) -> Int { MetricGroup.count(fitting: receipts) }

    public func send(_ batch: SinkBatch) async throws(SinkFailure) {
        _ = try await put(Self.body(MetricGroup.groups(batch.receipts), namespace: settings.namespace))
    }

    public func sendTest(at now: Instant) async throws(SinkFailure) -> String {
        let body = JSONWriter.object { body in
            body.member("Namespace", settings.namespace)
            body.key("MetricData")
            body.array { list in
                list.object { datum in
                    datum.member("MetricName", "BursarTest")
                    datum.member("Timestamp", now.seconds)
                    datum.member("Value", number: "1")
                    datum.member("Unit", "None")
                }
            }
        }
        let answer = try await put(body)
        return "it answered \(answer.status) to the metric BursarTest"
    }

    static func body(_ groups: [MetricGroup], namespace: String) -> String {
        JSONWriter.object { body in
            body.member("Namespace", namespace)
            body.key("MetricData")
            body.array { list in
                for group in groups { for metric in group.metrics { list.raw(Self.datum(metric, group)) } }
            }
        }
    }

    private static func datum(_ metric: MetricGroup.Metric, _ group: MetricGroup) -> String {
        JSONWriter.object { datum in
            datum.member("MetricName", metric.name.description)
            datum.key("Dimensions")
            datum.array { list in
                for (name, value) in [("Tenant", group.tenant), ("Model", group.model)] {
                    list.object { dimension in
                        dimension.member("Name", name)
                        dimension.member("Value", value)
                    }
                }
            }
            datum.member("Timestamp", group.minute * 60)
            datum.key("StatisticValues")
            datum.object { values in
                values.member("SampleCount", Int64(metric.values.count))
                values.member("Sum", number: metric.text(metric.values.reduce(0, +)))
                values.member("Minimum", number: metric.text(metric.values.min() ?? 0))
                values.member("Maximum", number: metric.text(metric.values.max() ?? 0))
            }
            datum.member("Unit", metric.unit)
        }
    }

    private func put(_ body: String) async throws(SinkFailure) -> SinkAnswer {
        let key: AWSCredentials
        do { key = try await credentials.current(at: clock()) } catch { throw .tryAgain("\(error)") }
        var request = SinkRequest(address: settings.address)
        request.headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "GraniteServiceVersion20100801.PutMetricData"),
        ]
        request.body = Array(body.utf8)
        let signed = SignatureV4(credentials: key, region: settings.region, service: "monitoring").signed(
            request, at: clock())
        do { return try await sender.deliver(signed) } catch {
            // Too much at once, and a key that has run out, come as 400. https://docs.aws.amazon.com/general/latest/gr/api-retries.html
            guard case .refused(let what) = error else { throw error }
            if ["Throttl", "Expired", "RequestLimit", "Signature", "Token", "Credential"].contains(where: what.contains)
            {
                await credentials.forget()
                throw .tryAgain(what)
            }
            throw error
        }
    }
}

/// What one tenant's calls of one model came to in one minute.
struct MetricGroup: Hashable, Sendable {
    let minute: Int64
    let tenant: String
    let model: String
    /// Nanodollars.
    private var costs: [Int64] = []
    private var calls: [Int64] = []
    private var inputTokens: [Int64] = []
    private var outputTokens: [Int64] = []

    struct Metric {
        let name: StaticString
        let unit: String
        /// One for each receipt.
        let values: [Int64]
        let text: (Int64) -> String
    }

    /// A request holds 1 000 metrics, of which a group has four; and stays below 1 MB.
    static let mostGroups = 240

    var metrics: [Metric] {
        [
            Metric(name: "Cost", unit: "None", values: costs) { Money(nanodollars: $0).description },
            Metric(name: "Calls", unit: "Count", values: calls, text: String.init),
            Metric(name: "InputTokens", unit: "Count", values: inputTokens, text: String.init),
            Metric(name: "OutputTokens", unit: "Count", values: outputTokens, text: String.init),
        ]
    }

    /// How many receipts it holds.
    var count: Int { costs.count }

    private mutating func add(_ receipt: Receipt) {
        costs.append(receipt.cost?.nanodollars ?? 0)
        calls.append(receipt.isLast ? 1 : 0)
        inputTokens.append(receipt.inputTokens)
        outputTokens.append(receipt.outputTokens)
    }

    private struct Key: Hashable {
        let minute: Int64
        let tenant: String
        let model: String

        init(_ receipt: Receipt) {
            minute = receipt.closedAt.seconds / 60
            tenant = receipt.tenant
            model = receipt.served
        }
    }

    /// In the order in which the first receipt of each closed.
    static func groups(_ receipts: [Receipt]) -> [MetricGroup] {
        var places: [Key: Int] = [:]
        var groups: [MetricGroup] = []
        for receipt in receipts {
            let key = Key(receipt)
            let place = places[key] ?? groups.count
            if place == groups.count {
                places[key] = place
                groups.append(MetricGroup(minute: key.minute, tenant: key.tenant, model: key.model))
            }
            groups[place].add(receipt)
        }
        return groups
    }

    static func count(fitting receipts: [Receipt]) -> Int {
        var keys: Set<Key> = []
        for (index, receipt) in receipts.enumerated() {
            keys.insert(Key(receipt))
            if keys.count > mostGroups { return index }
        }
        return receipts.count
    }

    private init(minute: Int64, tenant: String, model: String) {
        self.minute = minute
        self.tenant = tenant
        self.model = model
    }
}
