extension Books {
    /// What one model came to for a tenant in the month of this moment.
    public func tally(of model: ModelID, for tenant: TenantID, at now: Instant, zones: Zones) -> Tally {
        let budget = BudgetID(.tenant(tenant), .month)
        let month = WindowID(budget: budget, start: window(of: budget, at: now, zones: zones).start)
        return tallies[TallyID(window: month, model: model)] ?? Tally()
    }
}
