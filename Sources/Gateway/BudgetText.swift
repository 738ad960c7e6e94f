public import Budgeting
public import Ledger

/// What a budget is called outside.
public enum BudgetText {
    /// `tenant_daily`, `global_monthly`, `user_hourly`, `run_total`, `tag_weekly`, `tenant_minute`.
    public static func name(_ budget: BudgetID) -> String { "\(kind(budget.scope))_\(word(budget.period))" }

    /// For the beginning of a sentence: "Daily budget of 'acme'", "Total budget of run 'nightly'".
    public static func title(_ budget: BudgetID, _ names: NameTable) -> String {
        let word = word(budget.period)
        if budget.scope == .global { return "The global \(word) budget" }
        return "\(word.prefix(1).uppercased())\(word.dropFirst()) budget of \(subject(budget.scope, names))"
    }

    /// "Tenant 'acme'", "Run 'nightly'", "This gateway"
    static func owner(_ budget: BudgetID, _ names: NameTable) -> String {
        switch budget.scope {
        case .global: return "This gateway"
        case .tenant: return "Tenant \(subject(budget.scope, names))"
        case .group, .key, .user, .run, .tag:
            let subject = subject(budget.scope, names)
            return subject.prefix(1).uppercased() + subject.dropFirst()
        }
    }

    /// "'acme'", "run 'nightly'", "tag feature=search"
    private static func subject(_ scope: Scope, _ names: NameTable) -> String {
        let text = names.text(of: scope) ?? ""
        return switch scope {
        case .global: "all tenants"
        case .tenant: "'\(text)'"
        case .tag: "tag \(text)"
        case .group, .key, .user, .run: "\(kind(scope)) '\(text)'"
        }
    }

    private static func kind(_ scope: Scope) -> String {
        switch scope {
        case .global: "global"
        case .tenant: "tenant"
        case .group: "group"
        case .key: "key"
        case .user: "user"
        case .run: "run"
        case .tag: "tag"
        }
    }

    private static func word(_ period: Period) -> String {
        switch period {
        case .minute: "minute"
        case .hour: "hourly"
        case .day: "daily"
        case .week: "weekly"
        case .month: "monthly"
        case .total: "total"
        }
    }
}
