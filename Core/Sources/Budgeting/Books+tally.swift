extension Books {
    /// What one model came to for a tenant in the month of this moment.
    public func tally(of model: ModelID, for tenant: TenantID, at now: Instant, zone: ZoneRules) -> Tally {
        let month = WindowID(
            budget: BudgetID(.tenant(tenant), .month), start: Period.month.start(containing: now, in: zone))
        return tallies[TallyID(window: month, model: model)] ?? Tally()
    }
}
