import Budgeting
import BundledCatalogue
import ExactMoney
import Gateway
import Logging
import NIOCore
import NIOPosix
import Pricing
import Upstream

/// Where prices come from: what upstream lists, over the bundled list. The operator's own are laid over either.
struct PriceSource: Sendable {
    let upstream: UpstreamPool.Settings
    /// Where lists are kept; nil for a command that only looks.
    var shelf: PriceShelf?
    var logger: Logger?

    /// The bundled list alone.
    static func bundled() throws -> Catalogue {
        let models = try [BundledCatalogue.json, BundledCatalogue.embeddingsJSON].flatMap {
            try CatalogueReader.models(Array($0.utf8))
        }
        return Catalogue(models)
    }

    /// What upstream lists now, over `known`: a model that is no longer listed keeps its last price. It is kept for the next start.
    func fetched(over known: Catalogue, within patience: TimeAmount) async throws -> Catalogue {
        let lists = try await fetch(within: patience)
        let catalogue = try listed(lists, over: known)
        do { try shelf?.keep(lists, at: Composition.wallClock()) } catch {
            logger?.warning("the price list could not be kept for the next start", metadata: ["why": "\(error)"])
        }
        return catalogue
    }

    /// What upstream told last, before this start; nil where it is not known.
    func kept(over bundled: Catalogue) throws -> (catalogue: Catalogue, at: Instant)? {
        guard let kept = shelf?.kept() else { return nil }
        do { return (try listed(kept.lists, over: bundled), kept.at) } catch is CatalogueReader.NotACatalogue {
            return nil
        }
    }

    private func listed(_ lists: PriceShelf.Lists, over known: Catalogue) throws -> Catalogue {
        var catalogue = Catalogue(known.models)
        for model in try lists.read() { catalogue.insert(model) }
        return catalogue
    }

    /// Upstream lists embedding models apart. Not every proxy does, so that list may be missing.
    private func fetch(within patience: TimeAmount) async throws -> PriceShelf.Lists {
        async let models = fetch("/models", within: patience)
        async let embeddings = try? fetch("/embeddings/models", within: patience)
        let told = await embeddings
        return PriceShelf.Lists(
            models: try await models, embeddings: told.flatMap { (try? JSONDocument($0)) == nil ? nil : $0 })
    }

    private func fetch(_ path: String, within patience: TimeAmount) async throws -> [UInt8] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let settings = upstream
        return try await loop.flatSubmit {
            let pool = UpstreamPool(settings, on: loop)
            return UpstreamFetch.get(path, from: pool, within: patience).assumeIsolated().always { _ in
                pool.close()
            }.nonisolated()
        }.get()
    }
}

/// The catalogue to start with: what upstream lists, if it answers in time, else what it listed last, else the bundled list.
struct StartingPrices {
    /// What was known before this start: what upstream told last, else the bundled list, or on a first start what it tells now.
    struct Found {
        /// With the operator's own prices of then.
        let known: Catalogue
        /// When upstream told it; nil for the bundled list.
        let knownAt: Instant?
        /// The list that is in force, without the operator's own.
        let listed: Catalogue
        /// With them: what upstream tells now, or else what was known.
        let current: Catalogue
        let origin: PriceBoard.Origin

        init(known: Catalogue, knownAt: Instant?, fetched: Catalogue?, _ own: OwnPrices, before: OwnPrices) throws {
            self.known = before.laid(over: known).0
            self.knownAt = knownAt
            listed = fetched ?? known
            current = try own.over(listed)
            origin = fetched == nil ? .settings : .upstream
        }
    }

    let settings: Settings
    let source: PriceSource
    let logger: Logger

    private static let patience = TimeAmount.seconds(3)

    /// - Throws: ``Stop`` where a model of the settings is in neither list, though upstream has answered.
    func load() async throws -> Found {
        let (bundled, own) = (try PriceSource.bundled(), settings.ownPrices)
        let before = source.shelf?.keptOwn.flatMap(own.with) ?? own
        let kept = try source.kept(over: bundled)
        do {
            let catalogue = try await source.fetched(over: bundled, within: StartingPrices.patience)
            logger.info("prices are upstream's", metadata: ["models": "\(catalogue.models.count)"])
            let found = try Found(
                known: kept?.catalogue ?? catalogue, knownAt: kept?.at ?? Composition.wallClock(), fetched: catalogue,
                own, before: before)
            try check(found.current)
            return found
        } catch let stop as Stop {
            throw stop
        } catch {
            guard let kept else {
                logger.warning("prices are the bundled ones: upstream gave no list", metadata: ["why": "\(error)"])
                return try Found(known: bundled, knownAt: nil, fetched: nil, own, before: before)
            }
            logger.warning(
                "prices are the last that upstream told: it gives no list now",
                metadata: ["why": "\(error)", "toldAt": "\(kept.at.rfc3339)"])
            return try Found(known: kept.catalogue, knownAt: kept.at, fetched: nil, own, before: before)
        }
    }

    private func check(_ catalogue: Catalogue) throws {
        let problems = settings.unpriced(in: catalogue)
        guard !problems.isEmpty else { return }
        throw Stop(problems.map(\.description).joined(separator: "\n"))
    }
}

extension Thresholds {
    /// As the settings say, with what the smallest call comes to at these prices.
    init(_ settings: Settings, _ prices: Catalogue) {
        self.init(
            warnAt: settings.warnAt, degradeAt: settings.degradeAt,
            smallestCall: SmallestCall.cost(in: prices, settings.gateway))
    }
}

/// What the smallest call worth making costs: 200 input and the least output tokens of the cheapest model that is not free.
enum SmallestCall {
    private static let inputTokens: Int64 = 200

    static func cost(in catalogue: Catalogue, _ settings: GatewaySettings) -> Money {
        let models = settings.namedModels.compactMap { catalogue.resolve($0.model) }
        return models.filter { !$0.prices.isFree }.compactMap {
            $0.ceiling(inputTokens: inputTokens).amount(outputTokens: settings.minOutputTokens)
        }.min() ?? .zero
    }
}
