import Gateway
import Pricing

extension Settings {
    /// Every model that the settings name to serve calls, and where.
    var namedModels: [(spot: Spot, model: String)] {
        var named = gateway.chain.map { (Spot("FALLBACK_MODEL_CHAIN"), $0) }
        if let primary = gateway.primaryModel { named.append((Spot("PRIMARY_MODEL"), primary)) }
        for (model, chain) in gateway.chains.sorted(by: { $0.key < $1.key }) {
            named += ([model] + chain).map { (Spot("MODEL_CHAINS").at(model), $0) }
        }
        for (name, policy) in policies.sorted(by: { $0.key < $1.key }) {
            named += (policy.chain ?? []).map { (Spot("POLICIES", [name, "chain"]), $0) }
        }
        return named + ownPrices.aliases.sorted { $0.key < $1.key }.map { (Spot("MODEL_ALIASES").at($0.key), $0.value) }
    }

    /// Those of them that have no price here.
    func unpriced(in catalogue: Catalogue) -> [SettingsProblem] {
        namedModels.filter { catalogue.resolve($0.model) == nil }.map { spot, model in
            let near = catalogue.suggestions(for: model).map(\.text).joined(separator: ", ")
            return SettingsProblem(
                spot,
                "names '\(model)', which has no known price\(near.isEmpty ? "" : "; did you mean \(near)?")")
        }
    }
}
