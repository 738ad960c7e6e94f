import Budgeting
import Exporting
import Gateway
import Ledger
import Logging
import Metering
import Receipts
import ServiceLifecycle
import Synchronization

/// All that leaves the gateway beside answers: receipts to sinks, messages to webhooks, Slack and mailboxes. Made from the settings;
/// runs as services, and has a few seconds more than the calls at the end.
final class Exports: Sendable {
    let exporters: Exporters
    let messenger: Messenger
    let alerts: Alerts

    private let inForce: Mutex<[SinkSettings]>
    private let salt: UInt64
    private let clock: @Sendable () -> Instant

    static let flushSeconds: Int64 = 5

    init(
        _ settings: ExportSettings, _ receipts: Projector, _ ledger: Ledger,
        clock: @escaping @Sendable () -> Instant, logger: Logger
    ) throws {
        self.clock = clock
        salt = try receipts.store.salt()
        inForce = Mutex(settings.sinks)
        messenger = Messenger(settings.routes, receipts.outbox, clock: clock, logger: logger)
        let alerts = Alerts(
            messenger, ledger, receipts.store, rules: settings.alerts, clock: clock, logger: logger)
        self.alerts = alerts
        exporters = try Exporters(
            settings.sinks.map { [salt] in $0.sink(salt: salt, clock: clock) }, receipts.store,
            intervalMilliseconds: settings.intervalMilliseconds, clock: clock, logger: logger,
            toldSince: { alerts.failing($0) }, onTrouble: { alerts.tell($0) })
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

    /// Takes up new settings.
    ///
    /// - Throws: where the place of a new sink cannot be kept; then all stays as it was.
    func adopt(_ settings: ExportSettings) throws {
        let known = inForce.withLock(\.self)
        let sinks = settings.sinks.map { (isNew: !known.contains($0), sink: $0.sink(salt: salt, clock: clock)) }
        try exporters.adopt(
            Set(sinks.map(\.sink.name)), changed: sinks.filter(\.isNew).map(\.sink),
            intervalMilliseconds: settings.intervalMilliseconds)
        inForce.withLock { $0 = settings.sinks }
        messenger.adopt(settings.routes)
        alerts.adopt(settings.alerts)
    }

    /// What is behind at the end is sent, for a few seconds; messages wait for the next start.
    func flush() async {
        alerts.finish()
        await exporters.flush(withinSeconds: Exports.flushSeconds)
    }
}
