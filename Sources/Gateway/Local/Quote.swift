import Budgeting
import ExactMoney
import Ledger
import NIOCore
import NIOHTTP1
import Pricing
import Routing
import Upstream

extension LocalRoute {
    /// `POST /quote`: what a chat body would cost at most and as expected, who would serve it, and whether it would be admitted.
    /// It decides by the very code that admits calls, and reserves nothing.
    static let quote = LocalRoute(path: "/quote", method: .POST) { request throws(Refusal) in
        var caller = request.caller
        let gateway = request.gateway
        let chat = try gateway.read(Array(request.body.readableBytesView), at: .chatCompletions, for: &caller).request
        let tenant = gateway.ledger.tenant(named: caller.tenant)
        var plan = try RoutePlan(
            chat, gateway.prices.current, gateway.settings, gateway.ledger, policy: caller.rules.policy
        ) {
            gateway.prefixes.bound($0, $1, of: tenant)
        }
        try plan.restrict(to: caller)
        return Quote(plan, caller, gateway).json
    }
}

/// One quote, as of now.
private struct Quote: Sendable {
    let model: Model
    let asked: Model
    var grant: Grant?
    /// What the call would set aside, or would have to.
    var atMost: Money
    /// Nil where it passes what money can hold.
    var expected: Money?
    /// The budget that is in the way, or the one with the least left; nil where none has a cap.
    var budget: BudgetID?
    let state: BudgetState
    var refusal: Refusal?
    /// What was taken out of the body before it was priced.
    var dropped: [String] = []

    /// Output that is expected of a model that has not answered this tenant this month.
    private static let unknownOutput: Int64 = 500

    init(_ plan: RoutePlan, _ caller: Caller, _ gateway: Gateway) {
        let now = gateway.clock()
        let closed = plan.hops.indices.filter { gateway.breakers.closedFor(plan.hops[$0].model.name, at: now) == nil }
        let hops = closed.isEmpty ? Array(plan.hops.indices) : closed
        let scopes = gateway.ledger.scopes(of: caller.attribution)
        let bid = plan.bid(hops: hops, scopes: scopes, caller: caller, settings: gateway.settings)
        let status = gateway.settings.refusalStatus
        self = gateway.ledger.read { books, names, policy, now in
            let admission = Admission(bid, in: books, at: now, zones: policy.zones, thresholds: policy.thresholds)
            let asked = plan.hops[0].model
            let state = admission.state
            var quote = Quote(model: plan.hops[hops[0]].model, asked: asked, state: state)
            switch admission.verdict(.waited) {
            case .admit(let grant):
                let usual = books.tally(
                    of: bid.offers[grant.offer].model, for: scopes.tenant, at: now, zones: policy.zones)
                quote = Quote(model: plan.hops[hops[grant.offer]].model, asked: asked, state: state)
                quote.admit(grant, plan.request, usual)
                quote.budget = Quote.tightest(among: books.accounts(over: scopes, at: now, zones: policy.zones))
            case .wait(let budget): quote.budget = budget
            case .refuse(let denial):
                quote.deny(denial)
                quote.refusal = MoneyRefusal(
                    tenant: caller.tenant, names: names, now: now, status: status
                ).refusal(denial)
            }
            quote.dropped = plan.request.dropped
            return quote
        }
    }

    private init(model: Model, asked: Model, state: BudgetState) {
        self.model = model
        self.asked = asked
        self.state = state
        atMost = .zero
    }

    private mutating func admit(_ grant: Grant, _ request: PricedRequest, _ usual: Books.Tally) {
        self.grant = grant
        atMost = grant.amount
        let output = usual.requests > 0 ? usual.outputTokens / usual.requests : Quote.unknownOutput
        let usage = Usage(
            inputTokens: min(request.inputTokensEstimate, model.contextTokens),
            outputTokens: min(output, grant.outputTokens))
        expected = model.prices.cost(of: usage).map { min($0, grant.amount) }
    }

    private mutating func deny(_ denial: Denial) {
        switch denial {
        case .budgetExceeded(let shortfall), .budgetHeld(let shortfall):
            budget = shortfall.budget
            atMost = shortfall.required
        case .callTooExpensive(let required, _): atMost = required
        }
    }

    private static func tightest(among accounts: [Books.Account]) -> BudgetID? {
        let left = accounts.compactMap { account in
            account.cap.limit.map { (budget: account.budget, left: MoneySum($0) - account.balance.exposure) }
        }
        return left.min { $0.left < $1.left }?.budget
    }

    var json: String {
        """
        {"admitted":\(grant != nil),"model":\(JSONText.quoted(model.name.text)),\
        "askedModel":\(JSONText.quoted(asked.name.text)),\
        "moved":\(grant != nil && model.name != asked.name ? "\"budget\"" : "null"),\
        "maxTokens":\(grant.map { String($0.outputTokens) } ?? "null"),"atMostUsd":"\(atMost)",\
        "expectedUsd":\(expected.map { "\"\($0)\"" } ?? "null"),\
        "dropped":[\(dropped.map(JSONText.quoted).joined(separator: ","))],\
        "budget":\(budget.map { JSONText.quoted(BudgetText.name($0)) } ?? "null"),"state":"\(state.name)",\
        "refusal":\(refusal.map { String($0.json.dropFirst("{\"error\":".count).dropLast()) } ?? "null")}
        """
    }
}
