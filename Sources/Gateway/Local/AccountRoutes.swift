import Budgeting
import ExactMoney
import Ledger
import NIOHTTP1
import Upstream

/// `GET /key`, `/auth/key` and `/credits`: the caller's budgets where a client of OpenRouter looks for its account.
///
/// Amounts are JSON numbers there, as those clients expect; their text is exact (decision 20).
extension LocalRoute {
    static let key = LocalRoute(path: "/key", method: .GET) { Account(of: $0).key }
    static let authKey = LocalRoute(path: "/auth/key", method: .GET) { Account(of: $0).key }
    static let credits = LocalRoute(path: "/credits", method: .GET) { Account(of: $0).credits }
}

/// A caller's budgets as OpenRouter would tell an account's.
private struct Account {
    private let tenant: String
    private let grant: KeyGrant?
    /// Of the tenant.
    private let standing: Standing
    /// What stands over the caller and has a cap: its tenant's, its key's, its tags' and groups'; not what all tenants share, nor
    /// a minute's, which is over before anyone could look.
    private let capped: [(window: Standing.Window, period: Period)]

    init(of request: LocalRequest) {
        tenant = request.caller.tenant
        grant = request.caller.grant
        let scopes = request.gateway.ledger.scopes(of: request.caller.attribution)
        (standing, capped) = request.gateway.ledger.read { books, _, policy, now in
            let accounts = books.accounts(over: scopes, at: now, zones: policy.zones).filter {
                $0.cap.limit != nil && $0.budget.scope != .global && $0.budget.period != .minute
            }
            return (
                Standing(over: scopes, in: books, at: now, policy: policy),
                accounts.map { (Standing.Window($0, policy: policy), $0.budget.period) }
            )
        }
    }

    /// The budget with the least left rules; nil where no budget has a cap.
    private var tightest: (window: Standing.Window, reset: String?)? {
        let least = capped.min { ($0.window.remaining ?? .zero) < ($1.window.remaining ?? .zero) }
        return least.map { ($0.window, Account.reset($0.period)) }
    }

    /// In OpenRouter's words, which has three.
    private static func reset(_ period: Period) -> String? {
        switch period {
        case .day: "daily"
        case .week: "weekly"
        case .month: "monthly"
        case .minute, .hour, .total: nil
        }
    }

    /// What is spent and unresolved. OpenRouter knows no held money, so what calls in flight hold is taken off what remains.
    var key: String {
        let limit = tightest?.window.cap.limit
        let monthly = standing.monthly.balance.booked
        let models = (grant?.models ?? []).map(JSONText.quoted)
        return """
            {"data":{"label":\(JSONText.quoted(grant?.key ?? tenant)),"limit":\(limit.map(\.description) ?? "null"),\
            "limit_remaining":\(tightest.map { Account.left($0.window).description } ?? "null"),\
            "limit_reset":\(tightest?.reset.map { "\"\($0)\"" } ?? "null"),"include_byok_in_limit":true,\
            "usage":\(monthly),"usage_daily":\(standing.daily.balance.booked),"usage_weekly":\(monthly),\
            "usage_monthly":\(monthly),"byok_usage":0,"byok_usage_daily":0,"byok_usage_weekly":0,"byok_usage_monthly":0,\
            "is_free_tier":false,"is_management_key":false,"is_provisioning_key":false,"creator_user_id":null,\
            "expires_at":\(grant?.endsAt.map { "\"\($0.rfc3339)\"" } ?? "null"),\
            "allowed_models":\(models.isEmpty ? "null" : "[\(models.joined(separator: ","))]"),\
            "rate_limit":{"requests":-1,"interval":"10s","note":"Bursar limits money, not requests."}}}
            """
    }

    /// Clients take the difference for what is left.
    var credits: String {
        guard let window = tightest?.window, let cap = window.cap.limit else {
            return "{\"data\":{\"total_credits\":null,\"total_usage\":\(standing.monthly.balance.booked)}}"
        }
        return "{\"data\":{\"total_credits\":\(cap),\"total_usage\":\(MoneySum(cap) - Account.left(window))}}"
    }

    private static func left(_ window: Standing.Window) -> MoneySum { max(window.remaining ?? .zero, .zero) }
}
