import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import Pricing

/// What was changed, for the sentence that says so. It comes back in an address, so it is one of these and no free text.
enum Change: String {
    case cap
    case noCap = "no-cap"
    case inherited
    case credit
    case reset
    case breaker
    case key
    case keyRevoked = "key-revoked"
    case keyBudgets = "key-budgets"

    var sentence: String {
        switch self {
        case .cap: "The cap is set. It holds from the next call on."
        case .noCap: "The cap is lifted."
        case .inherited: "The budget follows the default again."
        case .credit: "The credit is booked."
        case .reset: "The budget is reset: what was settled is forgiven."
        case .breaker: "The breaker is closed: calls go to the model again."
        case .key: "The key is changed. It holds from the next call on."
        case .keyRevoked: "The key is revoked: it opens nothing any more."
        case .keyBudgets: "The key’s budgets stand as you see them."
        }
    }
}

/// Changes, each by a form of a page and through the ledger's own commands, each written down with who made it.
extension Dashboard {
    func addEdits(to pages: RouterGroup<ControlContext>) {
        pages.post("/tenants/{tenant}/cap") { request, context in try await setCap(request, context) }
        pages.post("/tenants/{tenant}/credit") { request, context in try await credit(request, context) }
        pages.get("/tenants/{tenant}/reset") { request, context in try confirmReset(request, context) }
        pages.post("/tenants/{tenant}/reset") { request, context in try await reset(request, context) }
        pages.get("/breakers/reset") { request, context in try confirmBreaker(request, context) }
        pages.post("/breakers/reset") { request, context in try await resetBreaker(request, context) }
    }

    // MARK: Caps

    private func setCap(_ request: Request, _ context: ControlContext) async throws -> Response {
        let form = try await change(request, context)
        let (name, period, _) = try budget(context, form["period"])
        let cap: Cap
        let done: Change
        switch (form["choice"], form["cap"].lowercased()) {
        case ("default", _): (cap, done) = (.inherited, .inherited)
        case (_, "none"): (cap, done) = (.none, .noCap)
        case (_, let text):
            guard let amount = Dashboard.amount(text) else {
                return refuseEdit(
                    request, context, name, "“\(form["cap"].prefix(40))” is no amount of USD, such as 5 or 0.25.")
            }
            (cap, done) = (.limit(amount), .cap)
        }
        do throws(ChangeFailure) {
            try await gateway.ledger.setCap(cap, of: .init(.tenant(name), period), by: Dashboard.who(context))
        } catch { throw PageProblem(error) }
        boards.forget()
        return changed(name, done)
    }

    // MARK: Credit and reset

    private func credit(_ request: Request, _ context: ControlContext) async throws -> Response {
        let form = try await change(request, context)
        let (name, period, budget) = try budget(context, form["period"])
        guard let amount = Dashboard.amount(form["amount"]), amount > .zero else {
            return refuseEdit(request, context, name, "A credit is an amount of USD above zero, such as 5 or 0.25.")
        }
        let why = try reason(form)
        do throws(ChangeFailure) {
            try await carryOut(.credit(budget, amount), "credited \(amount) USD\(why)", budget, name, context)
        } catch {
            guard error == .refused(.badAmount) else { throw PageProblem(error) }
            return refuseEdit(
                request, context, name, "A credit cannot be more than what is settled \(period.current).")
        }
        return changed(name, .credit)
    }

    private func confirmReset(_ request: Request, _ context: ControlContext) throws -> Response {
        let (name, period, _) = try budget(context, request.query["period"] ?? "")
        guard let session = context.identity?.session, session.role == .admin else { return signIn(request) }
        guard let view = TenantView(name, gateway.ledger) else {
            throw PageProblem(.notFound, "No tenant '\(name)' has called yet.")
        }
        let budget = view.row.budget(period)
        let home = "/tenants/\(name.queryEncoded)"
        let page = Page(
            place: .tenants, title: "Reset \(name)",
            head: """
                <p class="crumbs"><a href="/tenants">Tenants</a> / <a href="\(home)">\(name)</a></p>
                <h1>Reset the \(period.adjective) budget of \(name)?</h1>
                <p class="lead"><strong>\(Figures.money(budget.balance.settled))</strong> settled \(period.current) is forgiven: \
                the tenant can spend it again. The provider’s bill stays what it is, and so does the ledger: the reset is an entry of \
                its own.\
                \(when(budget.balance.unresolved > .zero, " What is unresolved stays counted, because nobody knows it yet."))</p>
                <form class="card short" method="post" action="\(home)/reset"><input type="hidden" name="form" \
                value="\(access.formToken(of: session))">\
                <input type="hidden" name="period" value="\(period.word)">\
                <div class="field"><label for="why">Why</label><input id="why" name="why" maxlength="1000" autocomplete="off" \
                aria-describedby="why-help"><span id="why-help" class="hint">Kept in the books, in the record of changes.</span></div>\
                <p class="actions"><button class="danger main">Reset the budget</button>\
                <a class="button" href="\(home)">Keep it</a></p></form>
                """)
        return show(page, request, context)
    }

    private func reset(_ request: Request, _ context: ControlContext) async throws -> Response {
        let form = try await change(request, context)
        let (name, _, budget) = try budget(context, form["period"])
        let why = try reason(form)
        do throws(ChangeFailure) { try await carryOut(.reset(budget), "reset\(why)", budget, name, context) } catch {
            throw PageProblem(error)
        }
        return changed(name, .reset)
    }

    // MARK: Breakers

    private func confirmBreaker(_ request: Request, _ context: ControlContext) throws -> Response {
        guard let session = context.identity?.session, session.role == .admin else { return signIn(request) }
        let model = try breaker(request.query["model"] ?? "")
        let page = Page(
            place: .health, title: "Reset a breaker",
            head: """
                <p class="crumbs"><a href="/health">Health</a></p>
                <h1>Close the breaker of \(model.text)?</h1>
                <p class="lead">Calls go to the model again at once, whether it works or not. It opens again after \
                \(Figures.plural(gateway.settings.breakerThreshold, "failure", "failures")) in a row.</p>
                <form class="actions" method="post" action="/breakers/reset"><input type="hidden" name="form" \
                value="\(access.formToken(of: session))">\
                <input type="hidden" name="model" value="\(model.text)"><button class="main">Close the breaker</button>\
                <a class="button" href="/health">Leave it</a></form>
                """)
        return show(page, request, context)
    }

    private func resetBreaker(_ request: Request, _ context: ControlContext) async throws -> Response {
        let form = try await change(request, context)
        let model = try breaker(form["model"])
        let remark = Remark(who: Dashboard.who(context), action: "breaker reset", target: "model \(model.text)")
        do throws(ChangeFailure) { try await gateway.ledger.remark(remark) } catch { throw PageProblem(error) }
        gateway.breakers.reset(model)
        return .redirect(to: "/health?done=\(Change.breaker.rawValue)")
    }

    private func breaker(_ name: String) throws -> ModelName {
        guard gateway.breakers.all.contains(where: { $0.model.text == name }) else {
            throw PageProblem(.notFound, "There is no breaker of that name.")
        }
        return ModelName(name)
    }

    // MARK: Shared

    /// The budget that a change is about.
    private func budget(_ context: ControlContext, _ period: String) throws -> (String, Period, BudgetID) {
        let name = try context.tenant()
        guard let period = Period(word: period) else {
            throw PageProblem(.badRequest, "A budget is of a day or a month.")
        }
        guard let id = gateway.ledger.read({ _, names, _, _ in names.tenant(named: name) }) else {
            throw PageProblem(.notFound, "No tenant '\(name)' has called yet.")
        }
        return (name, period, BudgetID(.tenant(id), period))
    }

    /// Why, where somebody says so, as it goes on from what was done.
    private func reason(_ form: Form) throws -> String {
        let why = form["why"]
        guard why.count <= 1_000 else { throw PageProblem(.badRequest, "“Why” has at most 1000 characters.") }
        return why.isEmpty ? "" : ": \(why)"
    }

    private func carryOut(
        _ command: Command, _ action: String, _ budget: BudgetID, _ tenant: String, _ context: ControlContext
    ) async throws(ChangeFailure) {
        let remark = Remark(
            who: Dashboard.who(context), action: action, settledIn: budget,
            called: .init(.tenant(tenant), budget.period))
        _ = try await gateway.ledger.change(command, remark)
        boards.forget()
    }

    static func who(_ context: ControlContext) -> String { context.identity?.name ?? "anonymous" }

    private func changed(_ tenant: String, _ change: Change) -> Response {
        .redirect(to: "/tenants/\(tenant.queryEncoded)?done=\(change.rawValue)")
    }

    private func refuseEdit(_ request: Request, _ context: ControlContext, _ tenant: String, _ why: String) -> Response
    {
        guard let page = try? self.tenant(tenant, context, problem: why) else { return .redirect(to: "/tenants") }
        return show(page, request, context)
    }

    func signIn(_ request: Request) -> Response {
        .redirect(to: "/login?next=\("\(request.uri.path)?\(request.uri.query ?? "")".queryEncoded)")
    }

    /// An amount as people write it: `5`, `$0.25`, `1,200`.
    static func amount(_ text: String) -> Money? {
        let plain = text.drop { $0 == "$" }.filter { $0 != "," && $0 != " " }
        guard let money = try? Money(usd: String(plain), rounding: .down), money >= .zero else { return nil }
        return money
    }
}

extension PageProblem {
    init(_ failure: ChangeFailure) {
        switch failure {
        case .refused: self.init(.conflict, "The books do not allow this change.")
        case .named(let place): self.init(.conflict, "This budget is named by \(place), so it is changed there.")
        case .unavailable:
            self.init(
                .serviceUnavailable,
                "The ledger cannot write just now, so it is not certain that the change will last. Try again.")
        }
    }
}
