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

    /// Whether there is anything to look up.
    var namesModels: Bool { !namedModels.isEmpty || gateway.tenants.values.contains { !$0.models.isEmpty } }

    /// What tenants may use, where no model is called so.
    func unmatched(in catalogue: Catalogue) -> [SettingsProblem] {
        let names = catalogue.models.map(\.name.text)
        return gateway.tenants.sorted { $0.key < $1.key }.flatMap { tenant, rules in
            rules.models.filter { pattern in
                var one = TenantRules()
                one.models = [pattern]
                return !names.contains(where: one.mayUse)
            }.map { pattern in
                let near = pattern.hasSuffix("*") ? [] : catalogue.suggestions(for: pattern).map(\.text)
                return SettingsProblem(
                    Spot("TENANT_BUDGETS", [tenant, "models"]),
                    "names '\(pattern)', and no known model is called so\(Settings.hint(near))")
            }
        }
    }

    private static func hint(_ near: [String]) -> String {
        near.isEmpty ? "" : "; did you mean \(near.joined(separator: ", "))?"
    }

    /// Those of them that have no price here.
    func unpriced(in catalogue: Catalogue) -> [SettingsProblem] {
        namedModels.filter { catalogue.resolve($0.model) == nil }.map { spot, model in
            let near = catalogue.suggestions(for: model).map(\.text)
            return SettingsProblem(spot, "names '\(model)', which has no known price\(Settings.hint(near))")
        }
    }
}
