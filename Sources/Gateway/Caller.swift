import ExactMoney
import Ledger
import NIOHTTP1
import Routing

/// Who calls and what they ask of the budget, read from the headers.
struct Caller {
    /// Whom the call is for. The body may complete it.
    var attribution: Attribution
    let maxCost: Money?
    let mayDowngrade: Bool
    let idempotencyKey: String?
    /// What the key that was shown allows; nil while none is asked for.
    let grant: KeyGrant?
    /// What holds for its tenant.
    let rules: TenantRules
    /// How many calls its key may make.
    let keyLimits: CallLimits

    /// - Throws: ``Refusal`` for a header that cannot be right.
    init(_ headers: HTTPHeaders, settings: GatewaySettings, grant: KeyGrant? = nil) throws(Refusal) {
        self.grant = grant
        attribution = try Caller.attribution(headers)
        if let grant {
            attribution = try Caller.attribution(
                attribution, namesTenant: headers.contains(name: "x-tenant-id"), with: grant)
        }
        if let only = settings.onlyTenants, !only.contains(attribution.tenant) {
            throw Refusal(
                403, "permission_error", "tenant_not_allowed",
                """
                Tenant '\(attribution.tenant)' is not known here. \
                Add it to TENANT_BUDGETS, or set UNKNOWN_TENANTS=default.
                """)
        }
        rules = settings.rules(of: attribution.tenant)
        keyLimits = grant.map { settings.keyLimits[$0.key] ?? $0.limits } ?? CallLimits()
        let own = try Caller.maxCost(headers.first(name: "x-bursar-max-cost"))
        maxCost = [own, settings.maxCall, rules.policy.maxCall].compactMap { $0 }.min()
        idempotencyKey = headers.first(name: "idempotency-key")
        guard idempotencyKey?.utf8.count ?? 1 <= 255, idempotencyKey?.isEmpty != true else {
            throw .invalid("invalid_field", param: "Idempotency-Key", "Idempotency-Key must have 1 to 255 characters.")
        }
        switch headers.first(name: "x-bursar-downgrade")?.lowercased() {
        case nil, "allow": mayDowngrade = rules.policy.mayDowngrade
        case "never": mayDowngrade = false
        default:
            throw .invalid(
                "invalid_field", param: "X-Bursar-Downgrade", "X-Bursar-Downgrade must be 'never', or be left out.")
        }
    }

    var tenant: String { attribution.tenant }

    private static func maxCost(_ text: String?) throws(Refusal) -> Money? {
        guard let text else { return nil }
        guard let money = try? Money(usd: text, rounding: .down), money >= .zero else {
            throw .invalid(
                "invalid_field", param: "X-Bursar-Max-Cost", "X-Bursar-Max-Cost must be an amount of USD, such as 0.05."
            )
        }
        return money
    }
}
