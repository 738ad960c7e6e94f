public import ExactMoney
public import Pricing
public import Routing

/// What holds for one tenant's calls beside its budgets.
public struct TenantRules: Hashable, Sendable {
    public var limits = CallLimits()
    /// Names of models, or the beginnings of names before a `*`. Empty: all that are priced.
    public var models: [String] = []
    public var policy = Policy()
    /// The tenant's own key for upstream; nil for the gateway's.
    public var upstreamKey: String?

    public init() {}

    /// By its full name.
    public func mayUse(_ model: String) -> Bool { ModelPattern.allow(model, models) }
}

/// How calls are treated when money is tight: rules that several tenants may share.
public struct Policy: Hashable, Sendable {
    /// Models to move to, in place of the gateway's chain.
    public var chain: [String]?
    /// Whether budgets may move a call to a cheaper model.
    public var mayDowngrade = true
    /// The most that one call may cost.
    public var maxCall: Money?
    /// Whether caps are only watched; nil as the gateway says.
    public var observes: Bool?

    public init() {}
}

extension GatewaySettings {
    public func rules(of tenant: String) -> TenantRules { tenants[tenant] ?? everyone }

    /// Every model that the settings name to serve calls, with what names it.
    public var namedModels: [(model: String, by: String)] {
        let chains = chains.sorted { $0.key < $1.key }
        let policies = ([everyone] + tenants.sorted { $0.key < $1.key }.map(\.value)).map(\.policy)
        return chain.map { ($0, "FALLBACK_MODEL_CHAIN") }
            + [primaryModel].compactMap { $0 }.map { ($0, "PRIMARY_MODEL") }
            + chains.flatMap { chain in ([chain.key] + chain.value).map { ($0, "MODEL_CHAINS") } }
            + policies.flatMap { ($0.chain ?? []).map { ($0, "POLICIES") } }
    }
}

extension Catalogue {
    /// The models that may serve in place of the one asked, in order: those of its chain after its own place, all of them if it is
    /// not in it. The policy's chain comes before the model's, and that before the one for all.
    public func chain(after asked: Model, _ settings: GatewaySettings, _ policy: Policy) -> [Model] {
        let names = policy.chain ?? chain(of: asked, settings.chains) ?? settings.chain
        let chain = names.compactMap { resolve($0) }
        let place = chain.firstIndex { $0.name == asked.name }
        var models: [Model] = []
        for model in chain[(place.map { $0 + 1 } ?? 0)...]
        where model.name != asked.name && !models.contains(where: { $0.name == model.name }) { models.append(model) }
        return models
    }

    private func chain(of asked: Model, _ chains: [String: [String]]) -> [String]? {
        guard !chains.isEmpty else { return nil }
        return chains[asked.name.text]
            ?? chains.filter { resolve($0.key)?.name == asked.name }.min { $0.key < $1.key }?.value
    }
}
