public import Budgeting
internal import ExactMoney
internal import Receipts

/// The same metrics as log lines in CloudWatch's embedded format, for where logs are shipped anyway and no key is at hand.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
public struct EmbeddedMetricSink: Sink {
    public let name = "emf"
    private let namespace: String
    private let write: @Sendable (String) -> Void

    /// A metric holds at most so many values in a line.
    private static let mostValues = 100

    /// - Parameter write: takes one line at a time.
    public init(namespace: String, write: @escaping @Sendable (String) -> Void) {
        self.namespace = namespace
        self.write = write
    }

    public func send(_ batch: SinkBatch) async throws(SinkFailure) {
        for group in MetricGroup.groups(batch.receipts) {
            for start in stride(from: 0, to: group.count, by: Self.mostValues) {
                write(line(group, start..<min(start + Self.mostValues, group.count)))
            }
        }
    }

    public func sendTest(at now: Instant) async throws(SinkFailure) -> String { "its lines go to the standard output" }

    private func line(_ group: MetricGroup, _ range: Range<Int>) -> String {
        JSONWriter.object { line in
            line.key("_aws")
            line.object { aws in
                aws.member("Timestamp", group.minute * 60_000)
                aws.key("CloudWatchMetrics")
                aws.array { list in
                    list.object { directive in
                        directive.member("Namespace", namespace)
                        directive.key("Dimensions")
                        directive.array {
                            $0.array { names in for name in ["Tenant", "Model"] { names.string(name) } }
                        }
                        directive.key("Metrics")
                        directive.array { metrics in
                            for metric in group.metrics {
                                metrics.object { object in
                                    object.member("Name", metric.name.description)
                                    object.member("Unit", metric.unit)
                                }
                            }
                        }
                    }
                }
            }
            line.member("Tenant", group.tenant)
            line.member("Model", group.model)
            for metric in group.metrics {
                line.key(metric.name)
                line.array { values in for value in metric.values[range] { values.raw(metric.text(value)) } }
            }
        }
    }
}
