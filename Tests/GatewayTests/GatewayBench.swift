import Budgeting
import ExactMoney
import Ledger
import Logging
import Metering
import NIOHTTP1
import Pricing
import Upstream

@testable import Gateway

/// A gateway over a ledger in memory; what it would send upstream goes nowhere.
struct GatewayBench {
    let ledger: Ledger
    let gateway: Gateway

    static let noon = Instant(seconds: CivilDate(year: 2026, month: 6, day: 15).daysSince1970 * 86_400 + 43_200)

    init(caps: Caps = Caps(), settings: GatewaySettings = GatewaySettings(), models: [Model] = Models.all) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ledger = try Ledger.open(
            MemoryStore(), caps: caps, policy: .init(thresholds: Thresholds()), clock: { GatewayBench.noon },
            logger: logger)
        guard let nowhere = UpstreamEndpoint(url: "http://127.0.0.1:1/api/v1") else {
            preconditionFailure("the address of nowhere is no address")
        }
        gateway = Gateway(
            settings: settings, ledger: ledger, prices: PriceBoard(Catalogue(models)),
            upstream: try UpstreamPool.Settings(endpoint: nowhere, key: "sk-ours"), metrics: GatewayMetrics(),
            keys: KeyDesk(ledger, hasher: KeyHasher(pepper: [UInt8](repeating: 7, count: 32))),
            clock: { GatewayBench.noon },
            logger: logger)
    }

    /// How many reservations were ever made.
    var reservations: UInt64 { ledger.read { books, _, _, _ in books.lastReservation.number } }
}

/// Models from dear to free.
enum Models {
    static func model(
        _ name: String, price: Int64, context: Int64 = 100_000, can capabilities: Capabilities = [.tools, .jsonSchema]
    ) -> Model {
        Model(
            name: ModelName(name), canonicalName: ModelName("\(name)-20260101"), contextTokens: context,
            maxOutputTokens: 10_000,
            capabilities: capabilities,
            prices: PriceSheet(
                base: Rates(prompt: Rate(picodollars: price * 1_000), completion: Rate(picodollars: price * 10_000))))
    }

    static let all = [
        model("v/big", price: 100), model("v/mid", price: 10), model("v/small", price: 1), model("w/other", price: 5),
        model("w/plain", price: 2, can: []), model("w/short", price: 3, context: 50), model("w/gift", price: 0),
    ]
}
