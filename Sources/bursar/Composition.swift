import Budgeting
import BundledCatalogue
import ControlPlane
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
import ServiceLifecycle
import UnixSignals
import Upstream

/// Where everything meets: settings in, a running gateway out. One screen.
struct Composition {
    let settings: Settings
    let upstream: UpstreamEndpoint
    let key: String
    let logger: Logger
    var isSandbox = false

    init(_ settings: Settings, upstream: UpstreamEndpoint, key: String, logger: Logger, isSandbox: Bool = false) {
        self.settings = settings
        self.upstream = upstream
        self.key = key
        self.logger = logger
        self.isSandbox = isSandbox
    }

    /// Runs until SIGTERM or SIGINT: then calls drain, settlements are written, and the ledger is closed.
    func run() async throws {
        let pool = try UpstreamPool.Settings(endpoint: upstream, key: key)
        let source = PriceSource(upstream: pool, own: settings.ownPrices)
        let (prices, isFetched) = try await StartingPrices(
            settings: settings.gateway, source: source, logger: logger
        ).load()
        let path = settings.ledgerPath ?? "bursar.db"
        let thresholds = Thresholds(
            warnAt: settings.warnAt, degradeAt: settings.degradeAt,
            smallestCall: SmallestCall.cost(in: prices, settings.gateway))
        let metrics = GatewayMetrics()
        let fetchedAt = isFetched ? Composition.wallClock() : nil
        if let fetchedAt { metrics.catalogueFetched(atMilliseconds: fetchedAt.milliseconds) }
        let ledger: Ledger
        do {
            ledger = try Ledger.open(
                try SQLiteStore.open(path: path), caps: settings.caps,
                policy: .init(zone: settings.zone, thresholds: thresholds), clock: Composition.wallClock,
                logger: logger,
                onCommit: { metrics.committed(nanoseconds: $0, entries: $1) })
        } catch { throw Stop("\(error)") }
        defer { ledger.close() }
        let gateway = Gateway(
            settings: settings.gateway, ledger: ledger, prices: PriceBoard(prices, fetchedAt: fetchedAt),
            upstream: pool,
            metrics: metrics, clock: Composition.wallClock, logger: logger)
        let refresh = CatalogueRefresh(
            gateway: gateway, source: source, thresholds: thresholds,
            interval: .milliseconds(settings.catalogueRefreshMilliseconds), logger: logger)
        let greeting = Greeting(settings, ledgerPath: path, prices: prices, isSandbox: isSandbox)
        let server = Application(
            router: ControlPlane(gateway).router(),
            server: .init { TwoPlanes(gateway, responder: $0) },
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), backlog: 4096,
                availableConnectionsDelegate: .maximum(Composition.mostConnections, logger: logger)),
            onServerRunning: { channel in greeting.say(port: channel.localAddress?.port ?? settings.port) },
            logger: Logger(label: "http") { _ in LineLog(level: .warning, format: settings.logsJSON ? .json : .text) })
        let group = ServiceGroup(
            configuration: .init(
                services: [server, refresh, Drain(gateway, seconds: settings.drainSeconds)].map {
                    (service: any Service) in
                    .init(
                        service: service, successTerminationBehavior: .ignore, failureTerminationBehavior: .cancelGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do { try await group.run() } catch {
            throw Stop(
                "cannot listen on \(settings.host):\(settings.port): \(error). Set HOST or PORT to another address.")
        }
    }

    /// Beyond this, clients wait in the kernel's queue until another leaves.
    private static let mostConnections = 4096

    static let wallClock: @Sendable () -> Instant = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// On SIGTERM: no new call, a bounded wait for those that run, then upstream is cancelled for the rest.
struct Drain: Service {
    private let gateway: Gateway
    private let seconds: Int64

    init(_ gateway: Gateway, seconds: Int64) {
        self.gateway = gateway
        self.seconds = seconds
    }

    func run() async throws {
        try? await gracefulShutdown()
        gateway.stopAdmitting()
        let end = ContinuousClock.now + .seconds(seconds)
        while gateway.hasCallsInFlight, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
        gateway.cancelCalls()
    }
}
