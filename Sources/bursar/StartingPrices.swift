import BundledCatalogue
import ExactMoney
import Gateway
import Logging
import NIOCore
import NIOPosix
import Pricing
import Upstream

/// The catalogue to start with: the bundled list, and over it what upstream lists now, if it answers in time.
struct StartingPrices {
    private let settings: GatewaySettings
    private let upstream: UpstreamPool.Settings
    private let logger: Logger

    private static let patience = TimeAmount.seconds(3)

    init(_ settings: GatewaySettings, upstream: UpstreamPool.Settings, logger: Logger) {
        self.settings = settings
        self.upstream = upstream
        self.logger = logger
    }

    /// - Throws: ``Stop`` where a model of the settings is in neither list, though upstream has answered.
    func load() async throws -> Catalogue {
        var catalogue = Catalogue(try CatalogueReader.models(Array(BundledCatalogue.json.utf8)))
        do {
            let listed = try CatalogueReader.models(try await fetch())
            for model in listed { catalogue.insert(model) }
            logger.info("prices are upstream's", metadata: ["models": "\(listed.count)"])
            try check(catalogue)
        } catch let stop as Stop {
            throw stop
        } catch {
            logger.warning("prices are the bundled ones: upstream gave no list", metadata: ["why": "\(error)"])
        }
        return catalogue
    }

    private func fetch() async throws -> [UInt8] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (settings, patience) = (upstream, StartingPrices.patience)
        return try await loop.flatSubmit {
            let pool = UpstreamPool(settings, on: loop)
            return UpstreamFetch.get("/models", from: pool, within: patience).assumeIsolated().always { _ in
                pool.close()
            }.nonisolated()
        }.get()
    }

    private func check(_ catalogue: Catalogue) throws {
        let named =
            settings.chain.map { ("FALLBACK_MODEL_CHAIN", $0) }
            + [settings.primaryModel].compactMap { $0 }.map { ("PRIMARY_MODEL", $0) }
        for (variable, name) in named where catalogue.resolve(name) == nil {
            let near = catalogue.suggestions(for: name).map(\.text).joined(separator: ", ")
            throw Stop(
                "\(variable) names '\(name)', which has no known price.\(near.isEmpty ? "" : " Did you mean \(near)?")")
        }
    }
}

/// What the smallest call worth making costs: 200 input and the least output tokens of the cheapest model that is not free.
enum SmallestCall {
    private static let inputTokens: Int64 = 200

    static func cost(in catalogue: Catalogue, _ settings: GatewaySettings) -> Money {
        let models = ([settings.primaryModel].compactMap { $0 } + settings.chain).compactMap { catalogue.resolve($0) }
        return models.filter { !$0.prices.isFree }.compactMap {
            $0.ceiling(inputTokens: inputTokens).amount(outputTokens: settings.minOutputTokens)
        }.min() ?? .zero
    }
}
