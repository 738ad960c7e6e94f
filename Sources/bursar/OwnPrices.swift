import Pricing

/// What the operator says of prices and names, over every list.
struct OwnPrices: Sendable {
    var overrides: [(model: ModelName, override: PriceOverride)] = []
    var aliases: [String: String] = [:]
    /// The overrides as `PRICE_OVERRIDES` says them.
    var text = "{}"

    /// These with other overrides, as they were kept; nil for a text that says none.
    func with(overrides text: String) -> OwnPrices? {
        guard var other = try? SettingsReader(Environment(["PRICE_OVERRIDES": text])).ownPrices() else { return nil }
        other.aliases = aliases
        return other
    }

    /// The list with these over it, and what is wrong with them; a wrong one is left out.
    func laid(over listed: Catalogue) -> (Catalogue, [SettingsProblem]) {
        var (catalogue, problems) = (listed, [SettingsProblem]())
        catalogue.aliases.merge(aliases) { _, own in own }
        for (name, override) in overrides {
            let spot = Spot("PRICE_OVERRIDES", [name.text])
            do { try catalogue.apply(override, to: name) } catch {
                switch error {
                case .unknownPrice(let price):
                    problems.append(SettingsProblem(spot, "names '\(price)', and no price is called so"))
                case .incomplete:
                    problems.append(
                        SettingsProblem(
                            spot,
                            "is of a model that is not listed, so prompt, completion and context_length are needed"))
                }
            }
        }
        return (catalogue, problems)
    }

    /// - Throws: ``Stop`` for the first that is wrong.
    func over(_ listed: Catalogue) throws -> Catalogue {
        let (catalogue, problems) = laid(over: listed)
        if let first = problems.first { throw Stop("\(first)") }
        return catalogue
    }
}
