/// What may stand in `bursar.yaml`, and which variable says the same. What is not here is refused; secrets are not, they belong
/// into the environment.
enum ConfigKeys {
    static let variables: [String: String] = [
        "upstream.url": "OPENROUTER_BASE_URL",
        "upstream.firstByteTimeoutSeconds": "UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS",
        "upstream.idleTimeoutSeconds": "UPSTREAM_IDLE_TIMEOUT_SECONDS",
        "budgets.default.daily": "DEFAULT_DAILY_BUDGET",
        "budgets.default.monthly": "DEFAULT_MONTHLY_BUDGET",
        "budgets.global.daily": "GLOBAL_DAILY_BUDGET",
        "budgets.global.monthly": "GLOBAL_MONTHLY_BUDGET",
        "budgets.unknownTenants": "UNKNOWN_TENANTS",
        "budgets.timeZone": "BUDGET_TIME_ZONE",
        "budgets.warnAt": "WARN_AT",
        "budgets.degradeAt": "DEGRADE_AT",
        "budgets.mode": "BUDGET_MODE",
        "budgets.refusalStatus": "BUDGET_REFUSAL_STATUS",
        "degraded.drop": "DEGRADED_DROP",
        "models.primary": "PRIMARY_MODEL",
        "models.chain": "FALLBACK_MODEL_CHAIN",
        "calls.maxUsd": "MAX_CALL_USD",
        "calls.defaultMaxOutputTokens": "DEFAULT_MAX_OUTPUT_TOKENS",
        "calls.minOutputTokens": "MIN_OUTPUT_TOKENS",
        "calls.waitSeconds": "WAIT_SECONDS",
        "breaker.failureThreshold": "BREAKER_FAILURE_THRESHOLD",
        "breaker.resetSeconds": "BREAKER_RESET_SECONDS",
        "server.host": "HOST",
        "server.port": "PORT",
        "server.allowOpen": "ALLOW_OPEN",
        "server.drainSeconds": "DRAIN_SECONDS",
        "server.trustedHeader": "ADMIN_TRUSTED_HEADER",
        "ledger.url": "LEDGER_URL",
        "alerts.at": "ALERT_AT",
        "alerts.email": "ALERT_EMAIL",
        "alerts.webhook": "WEBHOOK_URL",
        "smtp.host": "SMTP_HOST",
        "smtp.port": "SMTP_PORT",
        "smtp.security": "SMTP_SECURITY",
        "smtp.username": "SMTP_USERNAME",
        "smtp.from": "SMTP_FROM",
        "smtp.caFile": "SMTP_CA_FILE",
        "log.level": "LOG_LEVEL",
        "log.format": "LOG_FORMAT",
    ]

    /// Variables that are lists, in the file too.
    static let lists: Set<String> = ["FALLBACK_MODEL_CHAIN", "DEGRADED_DROP", "ALERT_AT", "ALERT_EMAIL"]

    /// Variables whose change takes hold while the gateway runs. All others wait for the next start.
    static let live: Set<String> = [
        "DEFAULT_DAILY_BUDGET", "DEFAULT_MONTHLY_BUDGET", "GLOBAL_DAILY_BUDGET", "GLOBAL_MONTHLY_BUDGET",
        "TENANT_BUDGETS", "UNKNOWN_TENANTS", "BUDGET_MODE", "BUDGET_REFUSAL_STATUS", "PRIMARY_MODEL",
        "DEGRADED_DROP", "FALLBACK_MODEL_CHAIN", "MAX_CALL_USD", "DEFAULT_MAX_OUTPUT_TOKENS", "MIN_OUTPUT_TOKENS",
        "WAIT_SECONDS", "UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS", "UPSTREAM_IDLE_TIMEOUT_SECONDS", "ALERT_AT",
        "ALERT_EMAIL", "WEBHOOK_URL", "WEBHOOK_SECRET", "SLACK_WEBHOOK_URL", "SMTP_HOST", "SMTP_PORT", "SMTP_SECURITY",
        "SMTP_USERNAME", "SMTP_PASSWORD", "SMTP_FROM", "SMTP_CA_FILE",
    ]

    /// Never shown, whatever changed: what is named like a secret, and what only `notify` names.
    static func isSecret(_ variable: String) -> Bool {
        let isOurs = live.contains(variable) || variables.values.contains(variable)
        return !isOurs
            || ["KEY", "TOKEN", "PASSWORD", "SECRET", "HEADERS", "WEBHOOK"].contains { variable.contains($0) }
    }

    /// A URL in a list of addresses may be a secret.
    static func withoutAddresses(_ text: String) -> String {
        text.replacing(/https?:\/\/[^"',\s]+/, with: "https://…")
    }
}
