import Budgeting
import BundledCatalogue
import ControlPlane
import Dashboard
import Foundation
import Gateway
import Hummingbird
import HummingbirdCore
import Ledger
import Logging
import Metering
import NIOCore
import NIOPosix
import Pricing
import Receipts
import ServiceLifecycle
import UnixSignals
import Upstream

/// Where everything meets: settings in, a running gateway out. One screen.
struct Composition {
    let settings: Settings
    let upstream: UpstreamEndpoint
    let key: String
    let logger: Logger
    let watch: SettingsWatch.Start
    var isSandbox = false
    /// An operator says to go on though the ledger is ahead of the clock.
    var acceptsClock = false

    init(
        _ settings: Settings, upstream: UpstreamEndpoint, key: String, logger: Logger, watch: SettingsWatch.Start,
        isSandbox: Bool = false, acceptsClock: Bool = false
    ) {
        self.watch = watch
        self.acceptsClock = acceptsClock
        self.settings = settings
        self.upstream = upstream
        self.key = key
        self.logger = logger
        self.isSandbox = isSandbox
    }

    /// Runs until SIGTERM or SIGINT: then calls drain, settlements are written, and the ledger is closed.
    func run() async throws {
        let pool = try UpstreamPool.Settings(endpoint: upstream, key: key)
        let path = settings.ledgerPath ?? "bursar.db"
        let source = PriceSource(
            upstream: pool, shelf: PriceShelf(ledgerPath: path), logger: logger)
        let found = try await StartingPrices(settings: settings, source: source, logger: logger).load()
        let prices = found.current
        let thresholds = Thresholds(settings, prices)
        let metrics = GatewayMetrics()
        if let fetchedAt = found.knownAt { metrics.catalogueFetched(atMilliseconds: fetchedAt.milliseconds) }
        let ledger: Ledger
        let receipts: Projector
        do {
            let store = try SQLiteStore.open(path: path)
            ledger = try Ledger.open(
                store, caps: settings.caps,
                policy: .init(zone: settings.zone, thresholds: thresholds),
                whenAhead: acceptsClock ? .goOn : .refuse, clock: Composition.wallClock,
                logger: logger,
                onCommit: { metrics.committed(nanoseconds: $0, entries: $1) })
            receipts = try Projector(
                reader: try LedgerReader.open(path: store.path), ledgerPath: store.path, logger: logger)
        } catch { throw Stop("\(error)") }
        receipts.start()
        defer {
            ledger.close()
            receipts.close()
        }
        let gateway = Gateway(
            settings: settings.gateway, ledger: ledger, prices: PriceBoard(found.known, fetchedAt: found.knownAt),
            upstream: pool, metrics: metrics, keys: try KeyDesk(ledger, ledgerPath: path, logger: logger),
            clock: Composition.wallClock, logger: logger, settled: ReceiptGenerations(receipts.store))
        // What changed while no gateway ran is written down too.
        gateway.refreshed(found.current, by: found.origin)
        let keeper = PriceKeeper(
            gateway, source, listed: found.listed, own: settings.ownPrices,
            refreshMilliseconds: settings.catalogueRefreshMilliseconds, logger: logger)
        let exports = try Exports(
            settings.exports, receipts, ledger, clock: Composition.wallClock, logger: logger)
        gateway.exports.watch { exports.reports }
        let reconciler = Reconciler(gateway, settings: settings.reconciling(isSandbox: isSandbox))
        await reconciler.begin()
        let access = try Access(settings, ledgerPath: path, keys: gateway.keys)
        let greeting = Greeting(
            settings, ledgerPath: path, prices: prices, access: access, isSandbox: isSandbox,
            ahead: acceptsClock ? ledger.lead : nil)
        let router = ControlPlane(gateway, access: access, receipts: receipts.store).router()
        Dashboard(
            gateway, access: access, receipts: receipts,
            facts: settings.dashboard(ledgerPath: path, isSandbox: isSandbox)
        ).add(
            to: router)
        let server = Application(
            router: router,
            server: .init { TwoPlanes(gateway, responder: $0) },
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), backlog: 4096,
                availableConnectionsDelegate: .maximum(Composition.mostConnections, logger: logger)),
            onServerRunning: { channel in greeting.say(port: channel.localAddress?.port ?? settings.port) },
            logger: Logger(label: "http") { _ in LineLog(watch.log, level: .warning) })
        let live = LiveParts(
            gateway: gateway, prices: keeper, reconciler: reconciler, exports: exports, log: watch.log,
            isSandbox: isSandbox)
        let group = ServiceGroup(
            configuration: .init(
                services: (exports.services + [
                    SettingsWatch(watch, live, logger: logger), keeper, server,
                    Drain(gateway), Reconciling(reconciler),
                ]).map { (service: any Service) in
                    .init(
                        service: Named(service), successTerminationBehavior: .ignore,
                        failureTerminationBehavior: .cancelGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do { try await group.run() } catch {
            throw Stop(
                "cannot listen on \(settings.host):\(settings.port): \(error). Set HOST or PORT to another address.")
        }
        // Then all is in the log that receipts are made of, and what they owe is sent.
        ledger.close()
        receipts.close()
        await exports.flush()
    }

    /// Beyond this, clients wait in the kernel's queue until another leaves.
    private static let mostConnections = 4096

    static let wallClock: @Sendable () -> Instant = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// A service under the name of its type. The group logs its services as they describe themselves, and what they are made of may
/// hold keys.
struct Named: Service, CustomStringConvertible {
    private let service: any Service

    init(_ service: any Service) {
        self.service = service
    }

    var description: String { "\(type(of: service))" }

    func run() async throws { try await service.run() }
}

/// Finds out what calls cost that ended without telling, until the shutdown begins.
struct Reconciling: Service {
    private let reconciler: Reconciler

    init(_ reconciler: Reconciler) {
        self.reconciler = reconciler
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await reconciler.run() }
    }
}

/// On SIGTERM: no new call, a bounded wait for those that run, then upstream is cancelled for the rest.
struct Drain: Service {
    private let gateway: Gateway

    init(_ gateway: Gateway) {
        self.gateway = gateway
    }

    func run() async throws {
        try? await gracefulShutdown()
        gateway.stopAdmitting()
        let end = ContinuousClock.now + .seconds(gateway.settings.drainSeconds)
        while gateway.hasCallsInFlight, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
        gateway.cancelCalls()
    }
}
