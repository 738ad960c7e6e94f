public import Budgeting

/// The zone by whose clocks a month's budget begins and ends: what a report of the month goes by.
extension Books {
    /// - Parameter tenant: nil for all together, and for one that these books do not know.
    func zone(ofMonth tenant: TenantID?, in zones: Zones) -> ZoneRules {
        zone(of: BudgetID(tenant.map(Scope.tenant) ?? .global, .month), in: zones)
    }
}

extension Ledger {
    /// Of a tenant's budget, or of all together.
    public func zone(ofMonth tenant: String?) -> ZoneRules {
        read { books, names, policy, _ in books.zone(ofMonth: tenant.flatMap(names.tenant), in: policy.zones) }
    }
}

extension RestingBooks {
    /// Of a tenant's budget, or of all together.
    public func zone(ofMonth tenant: String?) -> ZoneRules {
        books.zone(ofMonth: tenant.flatMap(names.tenant), in: policy.zones)
    }
}
