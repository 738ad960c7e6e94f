import BundledCatalogue
import ExactMoney
import Gateway
import Logging
import NIOCore
import NIOPosix
import Pricing
import Upstream

/// Where prices come from: what upstream lists, over the bundled list, and the operator's own over both.
struct PriceSource: Sendable {
    let upstream: UpstreamPool.Settings
    let own: OwnPrices

    /// What the operator says of prices and names.
    struct OwnPrices: Sendable {
        var overrides: [(model: ModelName, override: PriceOverride)] = []
        var aliases: [String: String] = [:]
    }

    /// The bundled list alone.
    func bundled() throws -> Catalogue {
        let models = try [BundledCatalogue.json, BundledCatalogue.embeddingsJSON].flatMap {
            try CatalogueReader.models(Array($0.utf8))
        }
        return try finished(Catalogue(models))
    }

    /// What upstream lists now, over `known`: a model that is no longer listed keeps its last price.
    func fetched(over known: Catalogue, within patience: TimeAmount) async throws -> Catalogue {
        var catalogue = Catalogue(known.models)
        for model in try CatalogueReader.models(try await fetch(within: patience)) { catalogue.insert(model) }
        return try finished(catalogue)
    }

    private func finished(_ catalogue: Catalogue) throws -> Catalogue {
        var catalogue = catalogue
        catalogue.aliases = own.aliases
        for (name, override) in own.overrides {
            do { try catalogue.apply(override, to: name) } catch {
                switch error {
                case .unknownPrice(let price):
                    throw Stop("PRICE_OVERRIDES of \(name): no price is called '\(price)'")
                case .incomplete:
                    throw Stop(
                        "PRICE_OVERRIDES of \(name): the model is not listed, so prompt, completion and context_length are needed"
                    )
                }
            }
        }
        return catalogue
    }

    private func fetch(within patience: TimeAmount) async throws -> [UInt8] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let settings = upstream
        return try await loop.flatSubmit {
            let pool = UpstreamPool(settings, on: loop)
            return UpstreamFetch.get("/models", from: pool, within: patience).assumeIsolated().always { _ in
                pool.close()
            }.nonisolated()
        }.get()
    }
}

/// The catalogue to start with: what upstream lists, if it answers in time, else the bundled list.
struct StartingPrices {
    let settings: GatewaySettings
    let source: PriceSource
    let logger: Logger

    private static let patience = TimeAmount.seconds(3)

    /// - Returns: the catalogue, and whether upstream told it.
    /// - Throws: ``Stop`` where a model of the settings is in neither list, though upstream has answered.
    func load() async throws -> (Catalogue, isFetched: Bool) {
        let bundled = try source.bundled()
        do {
            let catalogue = try await source.fetched(over: bundled, within: StartingPrices.patience)
            logger.info("prices are upstream's", metadata: ["models": "\(catalogue.models.count)"])
            try check(catalogue)
            return (catalogue, true)
        } catch let stop as Stop {
            throw stop
        } catch {
            logger.warning("prices are the bundled ones: upstream gave no list", metadata: ["why": "\(error)"])
            return (bundled, false)
        }
    }

    private func check(_ catalogue: Catalogue) throws {
        let named =
            settings.chain.map { ("FALLBACK_MODEL_CHAIN", $0) }
            + [settings.primaryModel].compactMap { $0 }.map { ("PRIMARY_MODEL", $0) }
            + catalogue.aliases.sorted { $0.key < $1.key }.map { ("MODEL_ALIASES", $0.value) }
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
