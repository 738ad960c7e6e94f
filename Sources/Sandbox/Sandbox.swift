public import BundledCatalogue
import Hummingbird
import HummingbirdCore
public import Logging
public import ServiceLifecycle

/// A simulated OpenRouter on a local socket: prices, answers, faults, and an exact bill of its own.
///
/// For trying things without a key or a network, and for tests that compare two independent accounts of the same calls.
/// It promises OpenRouter's shapes for its priced paths (``Endpoint``), `GET /models`, `GET /generation` and `GET /key`, under
/// `/api/v1` and `/v1`. The same request body always gets the same answer. Nothing is kept when it stops.
public struct Sandbox: Service {
    private let host: String
    private let port: Int
    private let prices: PriceList
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - port: 0 takes any free port.
    ///   - catalogueJSON: what `GET /models` answers, and what calls cost.
    ///   - onListening: called once, with the port, when the sandbox takes calls.
    /// - Precondition: `catalogueJSON` has the shape of OpenRouter's `GET /models`.
    public init(
        host: String = "127.0.0.1", port: Int, catalogueJSON: String = BundledCatalogue.json, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.host = host
        self.port = port
        self.logger = logger
        self.onListening = onListening
        do {
            prices = try PriceList(json: catalogueJSON, embeddingsJSON: BundledCatalogue.embeddingsJSON)
        } catch {
            preconditionFailure("the sandbox's catalogue has OpenRouter's shape, got: \(error)")
        }
    }

    /// Serves until a graceful shutdown: streams then finish, calls that hang are ended.
    ///
    /// - Throws: where the port cannot be bound.
    public func run() async throws {
        let onListening = onListening
        let application = Application(
            responder: Routes(prices: prices, register: Register()).responder,
            server: .http1(configuration: HTTP1Channel.Configuration(additionalChannelHandlers: [PeerWatch()])),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "bursar-sandbox", backlog: 4096),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
        try await application.run()
    }
}
