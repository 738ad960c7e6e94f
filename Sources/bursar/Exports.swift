import Budgeting
import Exporting
import Gateway
import Ledger
import Logging
import Metering
import Receipts
import ServiceLifecycle

/// All that leaves the gateway beside answers: receipts to sinks, messages to webhooks, Slack and mailboxes. Made from the settings;
/// runs as services, and has a few seconds more than the calls at the end.
struct Exports {
    let exporters: Exporters
    let messenger: Messenger
    let alerts: Alerts

    static let flushSeconds: Int64 = 5

    init(
        _ settings: ExportSettings, _ receipts: Projector, _ ledger: Ledger,
        clock: @escaping @Sendable () -> Instant, logger: Logger
    ) throws {
        messenger = Messenger(settings.routes, receipts.outbox, clock: clock, logger: logger)
        let alerts = Alerts(
            messenger, ledger, receipts.store, rules: settings.alerts, clock: clock, logger: logger)
        self.alerts = alerts
        exporters = try Exporters(
            try Exports.sinks(settings, salt: receipts.store.salt(), clock: clock), receipts.store,
            intervalMilliseconds: settings.intervalMilliseconds, clock: clock, logger: logger,
            toldSince: { alerts.failing($0) }, onTrouble: { alerts.tell($0) })
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
        guard !messenger.routes.isEmpty else { return sinks }
        let counts = messenger.status
        return sinks + [
            .init(
                sink: "messages", totals: .init(sent: counts.sent, failures: counts.failures, dropped: counts.dropped),
                behind: messenger.waiting, lagMilliseconds: 0, problem: counts.problem)
        ]
    }

    var services: [any Service] { [exporters, alerts, messenger] }

    /// Takes up new settings, as far as they can be while the gateway runs.
    func adopt(_ settings: ExportSettings) {
        messenger.adopt(settings.routes)
        alerts.adopt(settings.alerts)
    }

    /// What is behind at the end is sent, for a few seconds; messages wait for the next start.
    func flush() async {
        alerts.finish()
        await exporters.flush(withinSeconds: Exports.flushSeconds)
    }
}
