internal import Budgeting
internal import ExactMoney
internal import Ledger
internal import Receipts

/// What paces are worked out of.
extension Alerts {
    /// The months of all tenants together and of each.
    func monthForecasts() -> [MonthForecast] {
        let global = ledger.read { books, _, policy, now in
            MonthForecast(.global, "global", nil, in: books, at: now, policy)
        }
        return [global]
            + ledger.readTenants { tenant, books, names, policy, now in
                let name = names.text(of: tenant)
                return MonthForecast(.tenant(tenant), "tenant \(name)", name, in: books, at: now, policy)
            }
    }

    /// Tenants that spent enough in the hour that runs for it to be news, with their history.
    func hourlySpends(at now: Instant) throws -> [HourlySpend] {
        let length: Int64 = 3_600_000
        let hour = Instant(milliseconds: now.milliseconds / length * length)
        var question = ReportQuestion(by: [.tenant], from: hour, until: hour.adding(milliseconds: length))
        question.limit = 10_000
        return try receipts.report(question).compactMap { line in
            guard let tenant = line.keys.first, line.cost > .zero else { return nil }
            let cap = monthCap(of: tenant)
            guard line.cost >= HourlySpend.floor(cap) else { return nil }
            return HourlySpend(
                tenant: tenant, hour: hour, spent: line.cost, history: try history(of: tenant, before: hour), cap: cap)
        }
    }

    private func history(of tenant: String, before hour: Instant) throws -> [Money] {
        var question = ReportQuestion(
            by: [.hour], from: hour.adding(milliseconds: -HourlySpend.days * 86_400_000), until: hour)
        question.tenant = tenant
        return try receipts.report(question).map(\.cost).filter { $0 > .zero }
    }

    private func monthCap(of tenant: String) -> Cap {
        ledger.read { books, names, _, now in
            names.tenant(named: tenant).map { books.cap(of: BudgetID(.tenant($0), .month), at: now) } ?? .none
        }
    }
}

extension MonthForecast {
    fileprivate init(
        _ budget: Scope, _ scope: String, _ tenant: String?, in books: Books, at now: Instant, _ policy: Ledger.Policy
    ) {
        let account = books.account(of: BudgetID(budget, .month), at: now, zones: policy.zones)
        self.init(
            scope: scope, tenant: tenant, cap: account.cap, booked: account.balance.booked,
            state: policy.thresholds.state(booked: account.balance.booked, cap: account.cap),
            window: Window(start: account.window.start, end: account.end))
    }
}
