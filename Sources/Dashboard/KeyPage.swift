import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import HTTPTypes
import Ledger
import Pricing
import Receipts
import Routing

/// One key: what it may do, which of its secrets open something, what it may spend, and who changed it.
extension Dashboard {
    func keyPage(
        _ name: String, _ context: ControlContext, done: String? = nil, budgets typed: KeyBudgetForm? = nil
    ) throws -> Page {
        let key = try keyView(name)
        let (now, zone) = gateway.ledger.read { _, _, policy, now in (now, policy.zone) }
        let facts = KeyFacts([key], receipts)
        let session = context.identity?.session.flatMap { $0.role == .admin ? $0 : nil }
        let said: HTML? =
            typed.map { KeyForm.complaint($0.problems) }
            ?? done.flatMap { Change(rawValue: $0) }.map { "<p class=\"done\" role=\"status\">\($0.sentence)</p>" }
        return Page(
            place: .keys, title: name,
            head: """
                <p class="crumbs"><a href="/keys">Keys</a></p>\(said)
                <div class="title"><h1 class="break">\(name)</h1>\(facts.pill(key))</div>
                <p class="lead">A key of \(Pieces.tenantLink(key.tenant)). \(sentence(key, facts, now, zone))</p>
                \(session == nil ? nil : actions(key))
                <div class="pair"><section class="card" aria-labelledby="may"><header><h2 id="may">What it may do</h2></header>\
                \(may(key, facts, now, zone))</section>
                <section class="card" aria-labelledby="secrets"><header><h2 id="secrets">Secrets</h2></header>\
                \(secrets(key, now, zone))</section></div>
                \(budgetsCard(key, typed, session.map { access.formToken(of: $0) }))
                \(history(name, now, zone))\(session == nil ? invitation(to: "/keys/\(name)", "change it") : nil)
                """, status: typed == nil ? .ok : .unprocessableContent)
    }

    func keyView(_ name: String) throws -> KeyView {
        guard let key = gateway.keys.key(named: name) else {
            throw PageProblem(.notFound, "There is no key of this name.")
        }
        let now = gateway.ledger.read { _, _, _, now in now }
        return KeyView(key, gateway.settings, at: now)
    }

    private func sentence(_ key: KeyView, _ facts: KeyFacts, _ now: Instant, _ zone: ZoneRules) -> HTML {
        let expires: HTML? = key.expiresAt.map { " It expires <strong>\($0.nearby(now, in: zone))</strong>." }
        switch key.state {
        case .active: return "It is good, and has no end."
        case .expiring: return "It is good.\(expires)"
        case .rotating(let end):
            return """
                It has a new secret; the old one opens the gateway until <strong>\(end.nearby(now, in: zone))</strong>.\(expires)
                """
        case .ended(let end):
            let how = facts.isRevoked(key) ? "was revoked" : "ended"
            return """
                It \(how) <strong>\(end.nearby(now, in: zone))</strong> and opens nothing. A rotation gives it a new secret.
                """
        }
    }

    private func actions(_ key: KeyView) -> HTML {
        let home = "/keys/\(key.name.queryEncoded)"
        return """
            <p class="actions">\(when(key.isGood, "<a class=\"button\" href=\"\(home)/edit\">Change what it may do</a>"))\
            <a class="button" href="\(home)/rotate">Rotate…</a>\
            \(when(key.isGood, "<a class=\"button danger\" href=\"\(home)/revoke\">Revoke…</a>"))</p>
            """
    }

    private func may(_ key: KeyView, _ facts: KeyFacts, _ now: Instant, _ zone: ZoneRules) -> HTML {
        let lost = unpriced(key.key.grant.models)
        let pairs: [(String, HTML)] = [
            ("Models", models(key.key.grant.models, lost)),
            ("Calls a minute", "\(key.limits.perMinute.map { Figures.count($0) } ?? "any number")"),
            ("Calls at once", "\(key.limits.atOnce.map { Figures.count($0) } ?? "any number")"),
            ("A call must name", "\(needs(key))"),
            ("Tags on every call", "\(key.tags.isEmpty ? "none" : key.tags.joined(separator: ", "))"),
            ("Acts for", "\(reach(key))"),
            ("Last used", "\(facts.lastUse(of: key).map { $0.nearby(now, in: zone) } ?? "not that it is known")"),
        ]
        let place: HTML? = key.place.map {
            """
            <p class="aside">How many calls it may make is named by <code>\($0.description)</code>, so that is changed there.</p>
            """
        }
        return """
            <dl class="facts">\(pairs.html { "<dt>\($0.0)</dt><dd class=\"break\">\($0.1)</dd>" })</dl>\(place)
            """
    }

    private func models(_ models: [String], _ lost: Set<String>) -> HTML {
        guard !models.isEmpty else { return "all that have a price" }
        return models.html { model in
            let warning: HTML? = lost.contains(model) ? " <span class=\"pill care\">no priced model</span>" : nil
            return "<div>\(model)\(warning)</div>"
        }
    }

    /// Those that no model with a price answers to: likely a slip.
    func unpriced(_ models: [String]) -> Set<String> {
        let names = gateway.prices.current.models.map(\.name.text)
        return Set(
            models.filter { model in
                !names.contains { model.hasSuffix("*") ? $0.hasPrefix(model.dropLast()) : $0 == model }
            })
    }

    private func needs(_ key: KeyView) -> String {
        let needs = [key.key.grant.needsUser ? "its user" : nil, key.key.grant.needsRun ? "its run" : nil]
        let named = needs.compactMap { $0 }
        return named.isEmpty ? "nothing more" : named.joined(separator: " and ")
    }

    private func reach(_ key: KeyView) -> String {
        switch key.others {
        case []: "its own tenant"
        case ["*"]: "every tenant"
        case let others: "its own tenant and \(others.joined(separator: ", "))"
        }
    }

    private func secrets(_ key: KeyView, _ now: Instant, _ zone: ZoneRules) -> HTML {
        let rows = key.key.secrets.suffix(Dashboard.secretsShown).reversed().html { secret in
            let isGood = secret.isGood(at: now)
            let end = secret.endsAt.map { $0.nearby(now, in: zone) } ?? "without an end"
            return """
                <tr><th scope="row"><code>\(secret.prefix)…</code></th><td>\(secret.issuedAt.nearby(now, in: zone))</td>\
                <td>\(isGood ? Pieces.pill("good", "good") : Pieces.pill("plain", "ended"))</td><td>\(end)</td></tr>
                """
        }
        let older = key.key.secrets.count - Dashboard.secretsShown
        let rest: HTML? =
            older > 0 ? "<p class=\"pager\">and \(Figures.plural(older, "older one", "older ones"))</p>" : nil
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Secrets"><table class="slim">\
            <thead><tr><th scope="col">Begins with</th>\
            <th scope="col">Issued</th><th scope="col">State</th><th scope="col">Ends</th></tr></thead><tbody>\(rows)</tbody></table></div>\
            \(rest)
            """
    }

    private static let secretsShown = 8

    /// Who changed it, the newest first.
    private func history(_ name: String, _ now: Instant, _ zone: ZoneRules) -> HTML {
        let changes = (try? receipts.audits(of: KeyOffice.target(name), limit: 20)) ?? []
        guard !changes.isEmpty else { return .empty }
        let rows = changes.html { change in
            """
            <tr><td class="when">\(change.at.nearby(now, in: zone))</td><td>\(change.audit.who)</td>\
            <td class="action">\(change.audit.action)</td>\
            <td class="break">\(change.audit.after)</td></tr>
            """
        }
        return """
            <section class="card" aria-labelledby="changes"><header><h2 id="changes">Who changed it</h2></header>\
            <div class="scroll" tabindex="0" role="region" aria-label="Changes of this key">\
            <table class="changes"><thead><tr><th scope="col">When</th>\
            <th scope="col">Who</th><th scope="col">What</th><th scope="col">As it was then</th></tr></thead><tbody>\(rows)</tbody>\
            </table></div></section>
            """
    }
}
