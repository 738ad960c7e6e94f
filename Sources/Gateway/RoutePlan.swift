import Budgeting
import ExactMoney
import Ledger
import Pricing
import Routing
import Upstream

/// The models that may serve one request, the asked one first, each with its price in force at admission.
struct RoutePlan {
    struct Hop {
        let model: Model
        private(set) var offer: Bid.Offer
        /// What was reserved at: the model's own prices, or the dearest of those that the client lets upstream fall back to.
        private(set) var prices: PriceSheet
        private(set) var pin: PricePin
        let fallbacks: [ModelName]
        private let others: [Model]
        private let demand: Demand

        /// - Parameter others: models that upstream may turn to by itself.
        init(_ model: Model, others: [Model], for demand: Demand, _ id: ModelID) {
            self.model = model
            self.others = others
            self.demand = demand
            prices = others.map(\.prices).reduce(model.prices, PriceSheet.dearest)
            pin = PricePin(prices.pinned, for: demand)
            fallbacks = others.map(\.name)
            let ceiling = others.map { $0.ceiling(for: demand) }.reduce(model.ceiling(for: demand), Ceiling.dearest)
            offer = Bid.Offer(
                model: id, ceiling: ceiling,
                outputTokensLimit: others.map(\.outputTokensLimit).reduce(model.outputTokensLimit, max),
                isFree: ceiling.isZero)
        }

        fileprivate mutating func raise(to sheet: PriceSheet) -> Bool {
            var dearer = model
            dearer.prices = PriceSheet.dearest(model.prices, sheet)
            let raised = Hop(dearer, others: others, for: demand, offer.model)
            guard raised.pin != pin else { return false }
            self = raised
            return true
        }
    }

    let request: PricedRequest
    /// In observe mode, the server tools and plugins that enforcing would have taken out.
    var wouldDrop: [String] = []
    var hops: [Hop]
    /// The conversation's beginnings, by which a part of the prompt may be known.
    let prefixes: [Prefix]
    /// Whether the client itself named the first model.
    let clientNamedModel: Bool

    /// - Throws: ``Refusal`` where no model is named, or the one named has no price.
    init(
        _ request: PricedRequest, _ catalogue: Catalogue, _ settings: GatewaySettings, _ ledger: Ledger,
        policy: Policy = Policy(),
        knownTokens: (_ prefixes: [Prefix], _ model: ModelName) -> Int64? = { _, _ in nil }
    ) throws(Refusal) {
        self.request = request
        let prefixes = request.prefixes
        self.prefixes = prefixes
        let named = request.model ?? request.alternatives.first
        clientNamedModel = named != nil
        guard let name = named ?? settings.primaryModel else {
            throw .invalid("invalid_field", param: "model", "'model' is missing, and no PRIMARY_MODEL is set.")
        }
        guard let asked = catalogue.resolve(name) else { throw RoutePlan.notPriced(name, "model", catalogue) }
        guard RoutePlan.serves(asked, request) else { throw RoutePlan.wrongKind(asked, "model", request) }
        let others = try RoutePlan.alternatives(of: request, catalogue)
        let models =
            [asked]
            + catalogue.chain(after: asked, settings, policy).filter {
                RoutePlan.canServe(request, $0, insteadOf: asked)
            }
        hops = models.enumerated().map { index, model in
            Hop(
                model, others: index == 0 ? others : [],
                for: request.demand.bounding(textTokens: knownTokens(prefixes, model.name)),
                ledger.model(named: model.name.text))
        }
    }

    /// Prices a hop at its dearest endpoint.
    ///
    /// - Returns: false where that is no dearer than what was pinned.
    mutating func raise(_ hop: Int, to sheet: PriceSheet) -> Bool { hops[hop].raise(to: sheet) }

    private static func alternatives(of request: PricedRequest, _ catalogue: Catalogue) throws(Refusal) -> [Model] {
        var models: [Model] = []
        for (index, name) in request.alternatives.enumerated() {
            guard let model = catalogue.resolve(name) else {
                throw notPriced(name, "models[\(index)]", catalogue)
            }
            guard serves(model, request) else { throw wrongKind(model, "models[\(index)]", request) }
            models.append(model)
        }
        return models
    }

    /// A bid with these hops to choose from.
    func bid(hops indices: [Int], scopes: CallScopes, caller: Caller, settings: GatewaySettings) -> Bid {
        let isStructured = !request.needs.isDisjoint(with: [.tools, .jsonSchema, .reasoning])
        return Bid(
            scopes: scopes, offers: indices.map { hops[$0].offer },
            output: output(settings),
            floor: max(
                request.leastOutputTokens, settings.minOutputTokens,
                isStructured ? GatewaySettings.minOutputTokensForStructure : 0),
            moves: caller.mayDowngrade ? .allowed : .never, maxCall: caller.maxCost)
    }

    private func output(_ settings: GatewaySettings) -> Bid.OutputLimit {
        guard request.hasOutput else { return .named(0) }
        if let limit = request.outputLimit { return .named(limit) }
        return .open(most: max(settings.defaultMaxOutputTokens, request.leastOutputTokens))
    }

    /// What the model asked for would have cost more for the same usage.
    func saved(by hop: Int, usage: Usage?, cost: Money) -> Money {
        guard hop != 0, let usage, let asked = hops[0].model.prices.cost(of: usage), asked > cost else { return .zero }
        return Money(nanodollars: asked.nanodollars - cost.nanodollars)
    }

    /// Whether another model can do what the request needs: tools, schema, its vendor's reasoning, and enough context. A token
    /// has seldom fewer than three bytes, so a third of the bound is taken for the prompt's real length.
    private static func canServe(_ request: PricedRequest, _ model: Model, insteadOf asked: Model) -> Bool {
        guard serves(model, request) else { return false }
        let wanted = request.needs.subtracting(.reasoning)
        guard model.capabilities.isSuperset(of: wanted) else { return false }
        guard !request.staysWithVendor || model.author == asked.author else { return false }
        return request.inputTokensBound / 3 / request.inputs < model.contextTokens
    }

    /// A model either writes or makes vectors; no path takes both kinds.
    private static func serves(_ model: Model, _ request: PricedRequest) -> Bool {
        model.capabilities.contains(.embeddings) == request.needs.contains(.embeddings)
    }

    private static func wrongKind(_ model: Model, _ param: String, _ request: PricedRequest) -> Refusal {
        let what =
            model.capabilities.contains(.embeddings)
            ? "turns texts into vectors; ask it at /v1/embeddings" : "writes text and makes no vectors"
        return .invalid("invalid_field", param: param, "'\(model.name)' \(what).")
    }

    private static func notPriced(_ name: String, _ param: String, _ catalogue: Catalogue) -> Refusal {
        let near = catalogue.suggestions(for: name).map { "'\($0)'" }
        let hint = near.isEmpty ? "See the models upstream lists." : "Did you mean \(near.joined(separator: ", "))?"
        return .invalid("model_not_priced", param: param, "'\(name.prefix(128))' has no known price. \(hint)")
    }
}
