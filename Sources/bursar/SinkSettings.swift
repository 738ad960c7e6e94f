import Budgeting
import Exporting

/// One place that receipts are sent to, as the settings name it.
enum SinkSettings: Equatable, Sendable {
    case loki(LokiSink.Settings)
    /// Phoenix, or any collector.
    case otlp(OTLPSink.Settings)
    /// With AWS' usual variables, for its key.
    case cloudWatch(CloudWatchSink.Settings, aws: [String: String])
    /// CloudWatch's metrics as lines on the standard output.
    case embedded(namespace: String)

    /// - Parameter salt: ``ReceiptStore/salt()``.
    func sink(salt: UInt64, clock: @escaping @Sendable () -> Instant) -> any Sink {
        switch self {
        case .loki(let settings): LokiSink(settings)
        case .otlp(let settings): OTLPSink(settings, salt: salt)
        case .cloudWatch(let settings, let aws):
            CloudWatchSink(
                settings, credentials: AWSCredentialChain(environment: aws, region: settings.region), clock: clock)
        case .embedded(let namespace): EmbeddedMetricSink(namespace: namespace) { StandardOutput.say($0) }
        }
    }
}
