import ExactMoney
import Gateway
import Pricing

/// What every model costs, and since when that is known.
extension Dashboard {
    private static let shown = 100

    func prices(search: String) -> Page {
        let search = String(search.prefix(128))
        let models = gateway.prices.current.models
        let wanted = search.lowercased().split(separator: " ")
        let found = models.filter { model in
            let name = model.name.text.lowercased()
            return wanted.allSatisfy { name.contains($0) }
        }.sorted { $0.name.text < $1.name.text }
        let rows = found.prefix(Dashboard.shown)
        let rest: HTML? =
            found.count > rows.count
            ? "<p class=\"pager\">\(Figures.count(found.count - rows.count)) more; search to narrow the list.</p>" : nil
        let list: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">No model matches. What has no price has no ceiling, and cannot be called.</p>"
            : "\(table(rows))\(rest)"
        return Page(
            place: .prices, title: "Prices",
            head: """
                <h1>\(Figures.plural(models.count, "model has", "models have")) a price</h1>
                <p class="lead">USD per million tokens, as the provider lists them. A call reserves at the dearest rate that can apply.</p>
                <form class="search" role="search" action="/prices"><div class="field"><label for="q">Model</label>\
                <input id="q" name="q" type="search" value="\(search)"></div><button>Search</button></form>
                <section class="card" aria-label="Prices">\(list)</section>
                """)
    }

    private func table(_ models: ArraySlice<Model>) -> HTML {
        """
        <div class="scroll" tabindex="0" role="region" aria-label="Prices of models"><table><thead><tr><th scope="col">Model</th>\
        <th scope="col" class="n">Input</th><th scope="col" class="n">Output</th><th scope="col" class="n">Cached input</th>\
        <th scope="col" class="n">Context</th><th scope="col" class="n">Most output</th><th scope="col">Can</th></tr></thead>
        <tbody>\(models.html(row))</tbody></table></div>
        """
    }

    private func row(_ model: Model) -> HTML {
        let rates = model.prices.base
        let place = gateway.settings.chain.firstIndex { gateway.prices.current.resolve($0)?.name == model.name }
        let mark: HTML? = place.map { " <span class=\"pill plain\">chain \($0 + 1)</span>" }
        return """
            <tr><th scope="row">\(model.name.text)\(mark)</th><td class="n">\(rate(rates.prompt))</td>\
            <td class="n">\(rate(rates.completion))</td><td class="n">\(rates.cacheRead.map(rate) ?? "–")</td>\
            <td class="n">\(Figures.short(model.contextTokens))</td><td class="n">\(Figures.short(model.outputTokensLimit))</td>\
            <td class="can"><span class="soft">\(abilities(model.capabilities))</span></td></tr>
            """
    }

    /// With two decimals at least, so that a column reads as one of money: `$2.50`, `$0.125`.
    private func rate(_ rate: Rate) -> String {
        guard rate != .zero else { return "free" }
        let text = rate.usdPerMillion
        let decimals = text.split(separator: ".").dropFirst().first?.count ?? 0
        let padding = String(repeating: "0", count: max(0, 2 - decimals))
        return "$\(text)\(decimals == 0 ? "." : "")\(padding)"
    }

    private func abilities(_ capabilities: Capabilities) -> String {
        let names: [(Capabilities, String)] = [
            (.tools, "tools"), (.jsonSchema, "JSON schema"), (.images, "images"), (.reasoning, "reasoning"),
        ]
        return names.filter { capabilities.contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}
