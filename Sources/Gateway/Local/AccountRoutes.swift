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

/// A tenant's budgets as OpenRouter would tell an account's.
private struct Account {
    private let tenant: String
    private let standing: Standing

    init(of request: LocalRequest) {
        tenant = request.caller.tenant
        standing = request.gateway.ledger.read { [tenant] books, names, policy, now in
            Standing(of: names.tenant(named: tenant), in: books, at: now, policy: policy)
        }
    }

    /// The budget with the least left rules; nil where no budget has a cap.
    private var tightest: (window: Standing.Window, reset: String)? {
        let windows = [(standing.daily, "daily"), (standing.monthly, "monthly")]
        return windows.filter { $0.0.remaining != nil }.min {
            ($0.0.remaining ?? .zero) < ($1.0.remaining ?? .zero)
        }
    }

    /// What is spent and unresolved. OpenRouter knows no held money, so what calls in flight hold is taken off what remains.
    var key: String {
        let limit = tightest?.window.cap.limit
        let monthly = standing.monthly.balance.booked
        return """
            {"data":{"label":\(JSONText.quoted(tenant)),"limit":\(limit.map(\.description) ?? "null"),\
            "limit_remaining":\(tightest.map { Account.left($0.window).description } ?? "null"),\
            "limit_reset":\(tightest.map { "\"\($0.reset)\"" } ?? "null"),"include_byok_in_limit":true,\
            "usage":\(monthly),"usage_daily":\(standing.daily.balance.booked),"usage_weekly":\(monthly),\
            "usage_monthly":\(monthly),"byok_usage":0,"byok_usage_daily":0,"byok_usage_weekly":0,"byok_usage_monthly":0,\
            "is_free_tier":false,"is_management_key":false,"is_provisioning_key":false,"creator_user_id":null,\
            "expires_at":null,"rate_limit":{"requests":-1,"interval":"10s","note":"Bursar limits money, not requests."}}}
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
