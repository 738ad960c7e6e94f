import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import HTTPTypes
import Hummingbird
import Ledger

/// Keys by form: issued, changed, rotated, revoked. A secret stands on the page that answers the form which made it, and nowhere
/// after: there is no address that shows it, and the form counts once.
extension Dashboard {
    func addKeys(to pages: RouterGroup<ControlContext>) {
        pages.get("/keys") { request, context in show(keysPage(KeySearch(request.query), context), request, context) }
        pages.get("/keys/{key}") { request, context in
            show(try keyPage(context.named("key"), context, done: request.query["done"]), request, context)
        }
        pages.get("/new-key") { request, context in try newKey(request, context) }
        pages.post("/new-key") { request, context in try await issueKey(request, context) }
        pages.get("/keys/{key}/edit") { request, context in try editKey(request, context) }
        pages.post("/keys/{key}/edit") { request, context in try await changeKey(request, context) }
        pages.get("/keys/{key}/rotate") { request, context in try confirmRotation(request, context) }
        pages.post("/keys/{key}/rotate") { request, context in try await rotateKey(request, context) }
        pages.get("/keys/{key}/revoke") { request, context in try confirmRevocation(request, context) }
        pages.post("/keys/{key}/revoke") { request, context in try await revokeKey(request, context) }
        pages.post("/keys/{key}/budgets") { request, context in try await setKeyBudgets(request, context) }
    }

    private var office: KeyOffice { KeyOffice(gateway) }
    private var zone: ZoneRules { gateway.ledger.read { _, _, policy, _ in policy.zone } }

    /// A list of a thousand tenants is larger than what other forms hold.
    private static let formLimit = 256 << 10

    private func keyChange(_ request: Request, _ context: ControlContext) async throws -> Form {
        try await change(request, context, upTo: Dashboard.formLimit)
    }

    private func admin(_ context: ControlContext) -> Session? {
        context.identity?.session.flatMap { $0.role == .admin ? $0 : nil }
    }

    // MARK: Issuing

    private func newKey(_ request: Request, _ context: ControlContext) throws -> Response {
        guard let session = admin(context) else { return signIn(request) }
        let form = KeyForm(
            tenant: String((request.query["tenant"] ?? "").prefix(128)),
            name: String((request.query["key"] ?? "").prefix(128)))
        return show(issuePage(form, KeyBudgetForm(), session), request, context)
    }

    private func issuePage(_ form: KeyForm, _ budgets: KeyBudgetForm, _ session: Session, old: Bool = false) -> Page {
        let problems = form.problems + budgets.problems
        let isFirst = !gateway.keys.asksForKeys
        return Page(
            place: .keys, title: "Issue a key",
            head: """
                <p class="crumbs"><a href="/keys">Keys</a></p>\(KeyForm.complaint(problems))\(when(old, Dashboard.tooOld))
                <h1>Issue a key</h1>
                <p class="lead">The next page shows its secret, that one time. All but the tenant can be changed later.</p>
                \(when(isFirst, Dashboard.firstKey))
                <form class="card long" method="post" action="/new-key"><input type="hidden" name="form" \
                value="\(access.formToken(of: session))"><input type="hidden" name="once" value="\(tickets.make())">\
                <fieldset><legend>Whose it is</legend><div class="fields two">\
                \(form.nameFields)\
                </div></fieldset>\(form.rules(zone))\
                <fieldset><legend>Budgets of its own</legend>\
                <p class="aside">They hold beside its tenant’s. Empty: no cap of its own.</p>\
                \(budgets.fields())</fieldset>\
                <p class="actions"><button class="main">Issue the key</button><a class="button" href="/keys">Leave it</a></p></form>
                """, status: problems.isEmpty && !old ? .ok : .unprocessableContent)
    }

    private static let firstKey: HTML = """
        <ul class="notices"><li class="bad"><strong>This is the first key.</strong> From it on every call has to show a key, and these \
        pages a token. That cannot be undone, so give each app its key soon after.</li></ul>
        """

    private static let tooOld: HTML = """
        <p class="problem" role="alert">The form was too old to count, so nothing was done. Look it over and send it once more.</p>
        """

    private func issueKey(_ request: Request, _ context: ControlContext) async throws -> Response {
        let sent = try await keyChange(request, context)
        guard let session = admin(context) else { return signIn(request) }
        var form = KeyForm(sent)
        var budgets = KeyBudgetForm(sent)
        switch tickets.take(sent["once"]) {
        case .first: break
        case .before(let name): return show(sentBefore(name), request, context)
        case .unknown: return show(issuePage(form, budgets, session, old: true), request, context)
        }
        form.checkNames()
        let edit = form.edit(zone)
        if form.problems.isEmpty, budgets.problems.isEmpty {
            do throws(KeyFailure) {
                let (name, secret) = try await office.issue(
                    form.name.isEmpty ? nil : form.name, for: form.tenant, edit, budgets: budgets.caps,
                    by: Dashboard.who(context))
                tickets.spend(sent["once"], on: name)
                boards.forget()
                return show(issued(name, secret, "Key \(name) is issued"), request, context)
            } catch { try complain(error, &form, &budgets) }
        }
        return show(issuePage(form, budgets, session), request, context)
    }

    /// The one page with a secret on it.
    private func issued(_ name: String, _ secret: KeySecret, _ title: String) -> Page {
        Page(
            place: .keys, title: title,
            head: """
                <p class="crumbs"><a href="/keys">Keys</a></p>
                <h1 class="break">\(title)</h1>
                <p class="lead">This is its secret. <strong>It is shown this once</strong> and kept nowhere: copy it to where the app \
                finds it, before you leave this page.</p>
                <div class="card secret"><div class="field"><label for="secret">Secret of \(name)</label>\
                <textarea id="secret" class="mono" rows="2" readonly autocomplete="off" spellcheck="false" aria-describedby="secret-hint">\
                \(secret.text)</textarea>\
                <span class="hint" id="secret-hint">An app sends it as it would a key of OpenAI: <code>OPENAI_API_KEY</code>, \
                <code>ANTHROPIC_API_KEY</code>, or <code>Authorization: Bearer</code>.</span></div>\
                <p class="actions"><button type="button" class="main" data-copy="secret" hidden>Copy it</button>\
                <a class="button" href="/keys/\(name.queryEncoded)">It is in its place: on to the key</a></p></div>
                """, status: .created)
    }

    private func sentBefore(_ name: String?) -> Page {
        let what: HTML =
            name.map {
                """
                It made a secret of key <a href="/keys/\($0.queryEncoded)">\($0)</a>, which was shown then and is shown no more. If it \
                is lost, <a href="/keys/\($0.queryEncoded)/rotate">rotate the key</a>.
                """
            } ?? "It made no key that is known yet; the list of keys says what there is."
        return Page(
            place: .keys, title: "Sent before",
            head: """
                <p class="crumbs"><a href="/keys">Keys</a></p><h1>This form was sent before</h1>
                <p class="lead">It counts once, so nothing was done now. \(what)</p>
                <p class="actions"><a class="button" href="/keys">To the keys</a></p>
                """, status: .conflict)
    }

    // MARK: Changing

    private func editKey(_ request: Request, _ context: ControlContext) throws -> Response {
        let key = try keyView(context.named("key"))
        guard let session = admin(context) else { return signIn(request) }
        return show(try editPage(key, KeyForm(key, zone), session), request, context)
    }

    private func editPage(_ key: KeyView, _ form: KeyForm, _ session: Session) throws -> Page {
        guard key.isGood else { throw PageProblem.ended }
        let home = "/keys/\(key.name.queryEncoded)"
        return Page(
            place: .keys, title: "Change \(key.name)",
            head: """
                <p class="crumbs"><a href="/keys">Keys</a> / <a href="\(home)">\(key.name)</a></p>\(form.complaint)
                <h1 class="break">What may \(key.name) do?</h1>
                <p class="lead">It holds from the next call on, under the same secret. It stays \
                a key of \(Pieces.tenantLink(key.tenant)).</p>
                <form class="card long" method="post" action="\(home)/edit"><input type="hidden" name="form" \
                value="\(access.formToken(of: session))">\(form.rules(zone, limitsNamedBy: key.place?.description))\
                <p class="actions"><button class="main">Change the key</button><a class="button" href="\(home)">Leave it</a></p></form>
                """, status: form.problems.isEmpty ? .ok : .unprocessableContent)
    }

    private func changeKey(_ request: Request, _ context: ControlContext) async throws -> Response {
        let sent = try await keyChange(request, context)
        guard let session = admin(context) else { return signIn(request) }
        let key = try keyView(context.named("key"))
        var form = KeyForm(sent)
        var edit = form.edit(zone, before: KeyForm(key, zone))
        if key.place != nil { (edit.callsPerMinute, edit.callsAtOnce) = (.asItIs, .asItIs) }
        if form.problems.isEmpty {
            do throws(KeyFailure) {
                try await office.change(key.name, edit, by: Dashboard.who(context))
                return keyChanged(key.name, .key)
            } catch {
                var budgets = KeyBudgetForm()
                try complain(error, &form, &budgets)
            }
        }
        return show(try editPage(key, form, session), request, context)
    }

    private func setKeyBudgets(_ request: Request, _ context: ControlContext) async throws -> Response {
        let sent = try await keyChange(request, context)
        let key = try keyView(context.named("key"))
        var form = KeyBudgetForm(sent)
        if form.problems.isEmpty {
            do throws(ChangeFailure) { try await setBudgets(of: key, &form, by: Dashboard.who(context)) } catch {
                throw PageProblem(error)
            }
        }
        guard form.problems.isEmpty else {
            return show(try keyPage(key.name, context, budgets: form), request, context)
        }
        return keyChanged(key.name, .keyBudgets)
    }

    // MARK: Rotating

    private func confirmRotation(_ request: Request, _ context: ControlContext) throws -> Response {
        let key = try keyView(context.named("key"))
        guard let session = admin(context) else { return signIn(request) }
        return show(rotationPage(key, KeyForm(key, zone), session), request, context)
    }

    private static let overlaps: [(seconds: Int64, name: String)] = [
        (0, "not at all: it ends at once"), (3_600, "an hour"), (86_400, "a day"), (604_800, "a week"),
        (2_592_000, "30 days"), (KeyOffice.mostOverlapSeconds, "90 days"),
    ]

    private func rotationPage(
        _ key: KeyView, _ form: KeyForm, _ session: Session, overlap: Int64 = KeyOffice.overlapSeconds,
        old: Bool = false
    ) -> Page {
        let home = "/keys/\(key.name.queryEncoded)"
        let options = Dashboard.overlaps.html {
            "<option value=\"\($0.seconds)\"\(when($0.seconds == overlap, " selected"))>\($0.name)</option>"
        }
        let choice: HTML? =
            key.isGood
            ? """
            <div class="field"><label for="overlap">How long the present secret stays good</label>\
            <select id="overlap" name="overlap">\(options)</select></div>
            """ : nil
        return Page(
            place: .keys, title: "Rotate \(key.name)",
            head: """
                <p class="crumbs"><a href="/keys">Keys</a> / <a href="\(home)">\(key.name)</a></p>\
                \(form.complaint)\(when(old, Dashboard.tooOld))
                <h1 class="break">Give \(key.name) a new secret?</h1>
                <p class="lead">\(when(key.isGood, "Apps change over while both are good. "))The key keeps its name, rules and budgets. \
                The next page shows the secret, that one time.</p>
                <form class="card short" method="post" action="\(home)/rotate"><input type="hidden" name="form" \
                value="\(access.formToken(of: session))"><input type="hidden" name="once" value="\(tickets.make())">\
                \(choice)\(form.expiry(zone, named: "When the new one expires"))\
                <p class="actions"><button class="main">Make a new secret</button><a class="button" href="\(home)">Leave it</a></p></form>
                """, status: form.problems.isEmpty && !old ? .ok : .unprocessableContent)
    }

    private func rotateKey(_ request: Request, _ context: ControlContext) async throws -> Response {
        let sent = try await keyChange(request, context)
        guard let session = admin(context) else { return signIn(request) }
        let key = try keyView(context.named("key"))
        var form = KeyForm(sent)
        let overlap = Int64(sent["overlap"]) ?? (key.isGood ? KeyOffice.overlapSeconds : 0)
        guard (0...KeyOffice.mostOverlapSeconds).contains(overlap) else {
            throw PageProblem(.badRequest, "An overlap is between nothing and 90 days.")
        }
        switch tickets.take(sent["once"]) {
        case .first: break
        case .before(let name): return show(sentBefore(name), request, context)
        case .unknown:
            return show(rotationPage(key, form, session, overlap: overlap, old: true), request, context)
        }
        _ = form.edit(zone)
        if form.problems.isEmpty {
            do throws(KeyFailure) {
                let secret = try await office.rotate(
                    key.name, overlapSeconds: overlap, expiresAt: KeyForm.instant(form.expires, zone),
                    by: Dashboard.who(context))
                tickets.spend(sent["once"], on: key.name)
                return show(issued(key.name, secret, "Key \(key.name) has a new secret"), request, context)
            } catch {
                var budgets = KeyBudgetForm()
                try complain(error, &form, &budgets)
            }
        }
        return show(rotationPage(key, form, session, overlap: overlap), request, context)
    }

    // MARK: Revoking

    private func confirmRevocation(_ request: Request, _ context: ControlContext) throws -> Response {
        let key = try keyView(context.named("key"))
        guard let session = admin(context) else { return signIn(request) }
        let home = "/keys/\(key.name.queryEncoded)"
        let now = gateway.ledger.read { _, _, _, now in now }
        let use: HTML =
            KeyFacts([key], receipts).lastUse(of: key).map {
                "It was used last <strong>\($0.nearby(now, in: zone))</strong>."
            }
            ?? "No call is known that used it."
        let page = Page(
            place: .keys, title: "Revoke \(key.name)",
            head: """
                <p class="crumbs"><a href="/keys">Keys</a> / <a href="\(home)">\(key.name)</a></p>
                <h1 class="break">Revoke \(key.name)?</h1>
                <p class="lead">Every secret of it ends at once: apps of \(Pieces.tenantLink(key.tenant)) that call with it are refused \
                from the next call on. \(use) No secret comes back; a rotation gives the key a new one.</p>
                <form class="actions" method="post" action="\(home)/revoke"><input type="hidden" name="form" \
                value="\(access.formToken(of: session))"><button class="danger main">Revoke the key</button>\
                <a class="button" href="\(home)">Keep it</a></form>
                """)
        return show(page, request, context)
    }

    private func revokeKey(_ request: Request, _ context: ControlContext) async throws -> Response {
        _ = try await keyChange(request, context)
        let name = try keyView(context.named("key")).name
        do throws(KeyFailure) { try await office.revoke(name, by: Dashboard.who(context)) } catch {
            throw PageProblem(error)
        }
        return keyChanged(name, .keyRevoked)
    }

    // MARK: Shared

    private func keyChanged(_ name: String, _ change: Change) -> Response {
        .redirect(to: "/keys/\(name.queryEncoded)?done=\(change.rawValue)")
    }

    /// Says it at the field that it is about.
    ///
    /// - Throws: ``PageProblem`` where it is about none.
    private func complain(
        _ failure: KeyFailure, _ form: inout KeyForm, _ budgets: inout KeyBudgetForm
    ) throws(PageProblem) {
        switch failure {
        case .change(.refused(.keyExists)):
            form.complain(
                "name",
                "A key of this name is good already, or belongs to another tenant. Take another name, or rotate that key."
            )
        case .change(.refused(.badKey)): form.complain("expires", "It must be a time to come.")
        case .limitsNamed(let place): form.complain("rpm", "It is named by \(place), so it is changed there.")
        case .change(.named(let place)):
            let period = Period.allCases.first { budgets.caps[$0] != nil } ?? .day
            budgets.complain(period, "One of these is named by \(place), so it is changed there. Leave it empty.")
        default: throw PageProblem(failure)
        }
    }
}

extension PageProblem {
    fileprivate static let ended = PageProblem(
        .conflict, "No secret of the key is good any more, so there is nothing to change. Rotate it for a new one.")

    fileprivate init(_ failure: KeyFailure) {
        switch failure {
        case .unknown: self.init(.notFound, "There is no key of this name.")
        case .change(.refused(.keyEnded)): self = .ended
        case .change(let failure): self.init(failure)
        case .limitsNamed(let place): self.init(.conflict, "This is named by \(place), so it is changed there.")
        }
    }
}
