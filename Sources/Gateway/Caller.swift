import ExactMoney
import NIOHTTP1

/// Who calls and what they ask of the budget, read from the headers.
struct Caller {
    let tenant: String
    let maxCost: Money?
    let mayDowngrade: Bool
    let idempotencyKey: String?

    /// - Throws: ``Refusal`` for a header that cannot be right.
    init(_ headers: HTTPHeaders, settings: GatewaySettings) throws(Refusal) {
        tenant = try Caller.tenant(headers["x-tenant-id"])
        if let only = settings.onlyTenants, !only.contains(tenant) {
            throw Refusal(
                403, "permission_error", "tenant_not_allowed",
                "Tenant '\(tenant)' is not known here. Add it to TENANT_BUDGETS, or set UNKNOWN_TENANTS=default.")
        }
        try Caller.checkTags(headers["x-bursar-tags"])
        let own = try Caller.maxCost(headers.first(name: "x-bursar-max-cost"))
        maxCost = [own, settings.maxCall].compactMap { $0 }.min()
        idempotencyKey = headers.first(name: "idempotency-key")
        guard idempotencyKey?.utf8.count ?? 1 <= 255, idempotencyKey?.isEmpty != true else {
            throw .invalid("invalid_field", param: "Idempotency-Key", "Idempotency-Key must have 1 to 255 characters.")
        }
        switch headers.first(name: "x-bursar-downgrade")?.lowercased() {
        case nil, "allow": mayDowngrade = true
        case "never": mayDowngrade = false
        default:
            throw .invalid(
                "invalid_field", param: "X-Bursar-Downgrade", "X-Bursar-Downgrade must be 'never', or be left out.")
        }
    }

    private static func tenant(_ values: [String]) throws(Refusal) -> String {
        guard let name = values.first else { return "default" }
        guard values.count == 1 else {
            throw .invalid("invalid_tenant", param: "X-Tenant-Id", "X-Tenant-Id was sent twice. Send it once.")
        }
        guard isTenant(name) else {
            throw .invalid(
                "invalid_tenant", param: "X-Tenant-Id",
                "X-Tenant-Id must be 1 to 128 of the characters A-Z a-z 0-9 . _ : @ - and begin with a letter or digit."
            )
        }
        return name
    }

    private static func maxCost(_ text: String?) throws(Refusal) -> Money? {
        guard let text else { return nil }
        guard let money = try? Money(usd: text, rounding: .down), money >= .zero else {
            throw .invalid(
                "invalid_field", param: "X-Bursar-Max-Cost", "X-Bursar-Max-Cost must be an amount of USD, such as 0.05."
            )
        }
        return money
    }

    /// `feature=search,env=prod`: at most eight, each a name and a value of up to 64 plain characters.
    private static func checkTags(_ values: [String]) throws(Refusal) {
        let tags = values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let isFine =
            tags.count <= 8
            && tags.allSatisfy { tag in
                let parts = tag.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return parts.count == 2 && parts.allSatisfy { isName($0.utf8, most: 64) }
            }
        guard isFine else {
            throw .invalid(
                "invalid_tags", param: "X-Bursar-Tags",
                "X-Bursar-Tags must be up to 8 of name=value, separated by commas.")
        }
    }
}

/// `[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}`
public func isTenant(_ name: String) -> Bool { isName(name.utf8, most: 128) }

private func isName(_ bytes: some Collection<UInt8>, most: Int) -> Bool {
    guard let first = bytes.first, bytes.count <= most, isAlphanumeric(first) else { return false }
    return bytes.allSatisfy { isAlphanumeric($0) || "._:@-".utf8.contains($0) }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}
