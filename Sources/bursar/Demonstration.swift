import Budgeting
import ExactMoney
import Gateway
import Ledger

/// What the sandbox shows a newcomer within a minute: a tenant whose budget is nearly spent, so that a warning, a downgrade and a
/// refusal can be watched.
enum Demonstration {
    /// Where its ledger stands unless `LEDGER_URL` says otherwise.
    static let ledgerPath = "bursar-sandbox.db"
    static let tenant = "demo"
    /// Enough for a few dozen short calls of the model that is shown, and a handful of the cheaper one after it.
    private static let daily = Money(nanodollars: 20_000_000)
    private static let chain = ["openai/gpt-5-mini"]
    static let model = "openai/gpt-5.2"

    /// Settings of a sandbox run: a ledger of its own, and the demonstration where nothing else is set.
    static func prepared(_ settings: Settings) -> Settings {
        var settings = settings
        settings.ledgerPath = settings.ledgerPath ?? Demonstration.ledgerPath
        settings.upstreamKey = "sandbox"
        if settings.gateway.chain.isEmpty { settings.gateway.chain = chain }
        if settings.caps.tenants[tenant] == nil { settings.caps.tenants[tenant] = [.day: .limit(daily)] }
        return settings
    }

    static func text(base: String) -> String {
        """
        Watch a budget of \(daily.dollars) run out: a warning, a downgrade, a refusal.
          for i in $(seq 60); do curl -s -D- -o /dev/null \(base)/v1/chat/completions \\
            -H 'X-Tenant-Id: \(tenant)' -H 'Content-Type: application/json' \\
            -d '{"model":"\(model)","max_tokens":60,"messages":[{"role":"user","content":"Count '$i'"}]}' \\
            | grep -iE '^HTTP|x-bursar-(state|model|moved|cost)' | tr -d '\\r' | paste -sd' ' -; done
        """
    }
}
