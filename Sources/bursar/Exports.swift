import Budgeting
import Exporting
import Gateway
import Ledger
import Logging
import Metering
import Receipts
import ServiceLifecycle

/// All that leaves the gateway beside answers: receipts to sinks, messages to webhooks. Made from the settings; runs as services, and
/// has a few seconds more than the calls at the end.
struct Exports {
    let exporters: Exporters
    let webhooks: Webhooks

    static let flushSeconds: Int64 = 5

    init(
        _ settings: ExportSettings, _ receipts: Projector, events: GatewayEvents,
        clock: @escaping @Sendable () -> Instant, logger: Logger
    ) throws {
        let webhooks = Webhooks(
            settings.destinations, receipts.outbox, events: events, clock: clock, logger: logger)
        self.webhooks = webhooks
        exporters = try Exporters(
            try Exports.sinks(settings, salt: receipts.store.salt(), clock: clock), receipts.store,
            intervalMilliseconds: settings.intervalMilliseconds, clock: clock, logger: logger,
            onTrouble: { webhooks.tell($0) })
    }

    /// The sinks that the settings name, in a fixed order.
    static func sinks(
        _ settings: ExportSettings, salt: UInt64, clock: @escaping @Sendable () -> Instant
    ) -> [any Sink] {
        var sinks: [any Sink] = []
        if let loki = settings.loki { sinks.append(LokiSink(loki)) }
        for otlp in settings.otlp { sinks.append(OTLPSink(otlp, salt: salt)) }
        switch settings.cloudWatch {
        case .off: break
        case .api(let api):
            let key = AWSCredentialChain(environment: settings.aws, region: api.region)
            sinks.append(CloudWatchSink(api, credentials: key, clock: clock))
        case .embedded(let namespace):
            sinks.append(EmbeddedMetricSink(namespace: namespace) { StandardOutput.say($0) })
        }
        return sinks
    }

    /// For metrics and readiness.
    var reports: [ExportWatch.Report] {
        let sinks = exporters.statuses.map { status in
            ExportWatch.Report(
                sink: status.sink,
                totals: .init(sent: status.sent, failures: status.failures, dropped: status.dropped),
                behind: status.behind, lagMilliseconds: status.lagMilliseconds, problem: status.problem)
        }
        guard webhooks.isOn else { return sinks }
        let counts = webhooks.status
        return sinks + [
            .init(
                sink: "messages", totals: .init(sent: counts.sent, failures: counts.failures, dropped: counts.dropped),
                behind: webhooks.waiting, lagMilliseconds: 0, problem: counts.problem)
        ]
    }

    var services: [any Service] { [exporters, webhooks] }

    /// What is behind at the end is sent, for a few seconds.
    func flush() async {
        await exporters.flush(withinSeconds: Exports.flushSeconds)
    }
}
