import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import Ledger
import Pricing
import Receipts
import Routing

/// Whether all is well: the ledger, what is unresolved, the models' breakers, the settings that matter.
extension Dashboard {
    private struct Doubtful: Sendable {
        let id: ReservationID
        let tenant: String
        let model: String
        let amount: Money
        let since: Instant
        let why: Entry.Doubt
    }

    private struct OpenCalls: Sendable {
        var inFlight = 0
        var unresolved = 0
        var amount = MoneySum.zero
        var oldest: [Doubtful] = []
    }

    private static let shown = 50

    /// - Parameter done: which change was made just now.
    func health(done: String? = nil) -> Page {
        let (calls, now, zone) = openCalls()
        let said: HTML? = done.flatMap { Change(rawValue: $0) }.map {
            "<p class=\"done\" role=\"status\">\($0.sentence)</p>"
        }
        return Page(
            place: .health, title: "Health", head: "\(said)",
            parts: [
                Part(id: "state", html: state(calls)), Part(id: "unresolved", html: unresolved(calls, now, zone)),
                Part(id: "breakers", html: breakers(now, zone)), Part(id: "exports", html: exports()),
            ], tail: settingsCard, live: "/health")
    }

    /// The calls that are not closed; the oldest first.
    private func openCalls() -> (OpenCalls, Instant, ZoneRules) {
        gateway.ledger.read { books, names, policy, now in
            var calls = OpenCalls()
            var doubtful: [Books.Open] = []
            for call in books.open.values {
                guard call.doubt != nil else {
                    calls.inFlight += 1
                    continue
                }
                calls.unresolved += 1
                calls.amount += call.reservation.amount
                doubtful.append(call)
            }
            calls.oldest = doubtful.sorted { $0.reservation.id < $1.reservation.id }.prefix(Dashboard.shown).map {
                Doubtful(
                    id: $0.reservation.id, tenant: names.text(of: $0.reservation.tenant),
                    model: names.text(of: $0.reservation.model), amount: $0.reservation.amount, since: $0.at,
                    why: $0.doubt ?? .ownerEnded)
            }
            return (calls, now, policy.zone)
        }
    }

    private func state(_ calls: OpenCalls) -> HTML {
        let failure = gateway.ledger.failure
        let models = gateway.prices.current.models.count
        let isWell = failure == nil && models > 0 && !gateway.isDraining
        let doubtful: HTML = "\(Figures.plural(calls.unresolved, "call", "calls")), counted as spent"
        let open = gateway.breakers.all.count { $0.isOpen }
        return """
            <div class="title"><h1>\(isWell ? "All is well" : "Calls are refused")</h1>\
            \(Pieces.pill(isWell ? "good" : "bad", isWell ? "ready" : "not ready"))</div>
            <dl class="figures">\
            \(service("Ledger", "writes", "every reservation is on disk before its call", failure?.description))\
            \(Pieces.figure("Calls in flight", Figures.count(calls.inFlight), note: "they hold their worst case"))\
            \(Pieces.figure("Unresolved", Figures.money(calls.amount), kind: calls.unresolved > 0 ? "care" : "", note: doubtful))\
            \(Pieces.figure("Prices", Figures.count(models), note: "models in the catalogue"))\
            \(service("Receipts", projector.lag > 20 ? "catch up" : "up to date", "made of the log", projector.failure))\
            \(Pieces.figure("Breakers open", Figures.count(open), kind: open > 0 ? "alarm" : "", note: "models that calls skip"))</dl>
            """
    }

    /// What works on by itself, or why it does not.
    private func service(_ name: String, _ does: String, _ note: String, _ failure: String?) -> HTML {
        Pieces.figure(
            name, failure == nil ? does : "fails", kind: failure == nil ? "word" : "word alarm",
            note: "\(failure ?? note)")
    }

    private func unresolved(_ calls: OpenCalls, _ now: Instant, _ zone: ZoneRules) -> HTML {
        guard calls.unresolved > 0 else { return .empty }
        let rows = calls.oldest.html { call in
            """
            <tr><th scope="row" class="mono">\(call.id.number)</th><td>\(Pieces.tenantLink(call.tenant))</td><td>\(call.model)</td>\
            <td>\(call.why.sentence)</td><td>\(call.since.nearby(now, in: zone))</td><td class="n">\(Figures.money(call.amount))</td></tr>
            """
        }
        let rest: HTML? =
            calls.unresolved > calls.oldest.count
            ? "<p class=\"pager\">The oldest \(calls.oldest.count) of \(Figures.count(calls.unresolved)).</p>" : nil
        return """
            <section class="card" aria-labelledby="unresolved-calls"><header><h2 id="unresolved-calls">Unresolved calls</h2>\
            <p>held at their worst case until the provider’s record is known</p></header>
            <div class="scroll" tabindex="0" role="region" aria-label="Unresolved calls"><table><thead><tr><th scope="col">Call</th><th \
            scope="col">Tenant</th>\
            <th scope="col">Model</th><th scope="col">Why</th><th scope="col">Since</th><th scope="col" class="n">Held</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>\(rest)</section>
            """
    }

    private func breakers(_ now: Instant, _ zone: ZoneRules) -> HTML {
        let all = gateway.breakers.all
        let rows = all.html { breaker in
            let reset: HTML =
                breaker.kind == "closed"
                ? .empty : "<a href=\"/breakers/reset?model=\(breaker.model.text.queryEncoded)\">Reset</a>"
            return """
                <tr><th scope="row">\(breaker.model.text)</th><td>\(Pieces.pill(breaker.kind, breaker.name))</td><td>\
                \(breaker.note(now, zone))</td>\
                <td class="n">\(reset)</td></tr>
                """
        }
        let list: HTML =
            all.isEmpty
            ? "<p class=\"empty\">No model has been called since the start.</p>"
            : """
            <div class="scroll" tabindex="0" role="region" aria-label="Breakers"><table><thead><tr><th scope="col">Model</th><th \
            scope="col">Breaker</th>\
            <th scope="col">What it does</th><th scope="col"><span class="unseen">Reset</span></th></tr></thead><tbody>\(rows)</tbody>\
            </table></div>
            """
        return """
            <section class="card" aria-labelledby="breaker-list"><header><h2 id="breaker-list">Breakers</h2>\
            <p>keep calls away from a model that keeps failing</p></header>\(list)</section>
            """
    }

    /// How receipts and messages get on where they are sent to; nothing where they are sent nowhere.
    private func exports() -> HTML {
        let reports = gateway.exports.reports
        guard !reports.isEmpty else { return .empty }
        let rows = reports.html { report in
            """
            <tr><th scope="row">\(report.sink)</th>\
            <td>\(Pieces.pill(report.problem == nil ? "good" : "bad", report.problem == nil ? "sends" : "fails"))</td>\
            <td class="n">\(Figures.count(Int(clamping: report.sent)))</td><td class="n">\(Figures.count(Int(report.behind)))</td>\
            <td>\(report.behind > 0 ? "the oldest waits for \(Figures.count(Int(report.lagMilliseconds / 1_000))) s" : "up to date")\
            \(report.problem.map { "; \($0)" } ?? "")</td></tr>
            """
        }
        return """
            <section class="card" aria-labelledby="export-list"><header><h2 id="export-list">Exports</h2>\
            <p>each sink at its own pace; what waits is sent when it takes it again, and no call waits for it</p></header>
            <div class="scroll" tabindex="0" role="region" aria-label="Exports"><table><thead><tr><th scope="col">Sink</th>\
            <th scope="col">State</th><th scope="col" class="n">Sent</th><th scope="col" class="n">Waiting</th>\
            <th scope="col">How it gets on</th></tr></thead><tbody>\(rows)</tbody></table></div></section>
            """
    }

    private var settingsCard: HTML {
        let settings = gateway.settings
        return """
            <section class="card" aria-labelledby="settings"><header><h2 id="settings">Settings in force</h2></header>
            <dl class="facts">
            <dt>Mode</dt><dd>\(settings.observes ? "observe: caps are only watched" : "enforce")</dd>
            <dt>Chain</dt><dd>\(settings.chain.isEmpty ? "none: nothing can be downgraded" : settings.chain.joined(separator: " → "))</dd>
            <dt>Model when none is named</dt><dd>\(settings.primaryModel ?? "none: such a call is refused")</dd>
            <dt>Most for one call</dt><dd>\(settings.maxCall.map(Figures.amount) ?? "no bound of its own")</dd>
            <dt>Ledger</dt><dd class="mono break">\(facts.ledgerPath)</dd>
            </dl></section>
            """
    }
}

extension Entry.Doubt {
    /// For a person.
    var sentence: String {
        switch self {
        case .ownerEnded: "the gateway ended while it ran"
        case .clientGone: "the client hung up"
        case .upstreamBroke: "the answer broke off or did not come"
        case .noUsage: "the answer did not tell its cost"
        case .cutAtCeiling: "it passed what was reserved for it, and was cut"
        }
    }
}

extension Breakers.Standing {
    var name: String {
        switch state {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half-open"
        }
    }

    /// One of the sheet's colours.
    var kind: String { name == "half-open" ? "halfopen" : name }

    func note(_ now: Instant, _ zone: ZoneRules) -> String {
        switch state {
        case .closed(let failures): failures == 0 ? "calls pass" : "calls pass; \(failures) failed in a row"
        case .open(let until):
            until > now ? "calls skip the model for \(now.distance(to: until)) more" : "the next call tries it again"
        case .halfOpen: "one call tries whether it works again"
        }
    }
}
