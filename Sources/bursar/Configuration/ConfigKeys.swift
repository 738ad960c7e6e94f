import Gateway

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
        "budgets.perMinuteUsd": "SPEND_PER_MINUTE_USD",
        "budgets.unknownTenants": "UNKNOWN_TENANTS",
        "budgets.timeZone": "BUDGET_TIME_ZONE",
        "budgets.warnAt": "WARN_AT",
        "budgets.degradeAt": "DEGRADE_AT",
        "budgets.mode": "BUDGET_MODE",
        "budgets.refusalStatus": "BUDGET_REFUSAL_STATUS",
        "degraded.drop": "DEGRADED_DROP",
        "models.primary": "PRIMARY_MODEL",
        "models.chain": "FALLBACK_MODEL_CHAIN",
        "models.refreshSeconds": "CATALOGUE_REFRESH_SECONDS",
        "calls.maxUsd": "MAX_CALL_USD",
        "calls.defaultMaxOutputTokens": "DEFAULT_MAX_OUTPUT_TOKENS",
        "calls.minOutputTokens": "MIN_OUTPUT_TOKENS",
        "calls.waitSeconds": "WAIT_SECONDS",
        "breaker.failureThreshold": "BREAKER_FAILURE_THRESHOLD",
        "breaker.resetSeconds": "BREAKER_RESET_SECONDS",
        "reconcile.keySeconds": "RECONCILE_KEY_SECONDS",
        "reconcile.lagSeconds": "RECONCILE_LAG_SECONDS",
        "reconcile.quietSeconds": "RECONCILE_QUIET_SECONDS",
        "reconcile.assumeAfterSeconds": "RECONCILE_ASSUME_AFTER_SECONDS",
        "exporters.intervalSeconds": "EXPORT_INTERVAL_SECONDS",
        "exporters.loki.host": "LOKI_HOST",
        "exporters.loki.username": "LOKI_USERNAME",
        "exporters.loki.tenantId": "LOKI_TENANT_ID",
        "exporters.phoenix.host": "PHOENIX_HOST",
        "exporters.phoenix.project": "PHOENIX_PROJECT",
        "exporters.otlp.endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT",
        "exporters.otlp.serviceName": "OTEL_SERVICE_NAME",
        "exporters.cloudWatch.enabled": "CLOUDWATCH_ENABLED",
        "exporters.cloudWatch.namespace": "CLOUDWATCH_NAMESPACE",
        "exporters.cloudWatch.endpoint": "CLOUDWATCH_ENDPOINT",
        "exporters.cloudWatch.region": "AWS_REGION",
        "server.host": "HOST",
        "server.port": "PORT",
        "server.allowOpen": "ALLOW_OPEN",
        "server.drainSeconds": "DRAIN_SECONDS",
        "server.trustedHeader": "ADMIN_TRUSTED_HEADER",
        "ledger.url": "LEDGER_URL",
        "alerts.at": "ALERT_AT",
        "alerts.rateFactor": "ALERT_RATE_FACTOR",
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

    /// Sections whose names are the operator's own: each stands for a variable that holds a JSON object.
    static let tables: [String: String] = [
        "tenants": "TENANT_BUDGETS",
        "groups": "GROUP_BUDGETS",
        "keys": "KEY_BUDGETS",
        "budgets.scopes": "SCOPE_BUDGETS",
        "policies": "POLICIES",
        "models.chains": "MODEL_CHAINS",
        "models.aliases": "MODEL_ALIASES",
        "models.prices": "PRICE_OVERRIDES",
    ]

    /// Variables that hold several names; in the file these may stand as a list.
    static let lists: Set<String> = ["FALLBACK_MODEL_CHAIN", "DEGRADED_DROP", "ALERT_AT", "ALERT_EMAIL"]

    /// What the environment alone may say: secrets, and what other programs read as well.
    static let environmentOnly: Set<String> = [
        "OPENROUTER_API_KEY", "BURSAR_ADMIN_TOKEN", "BURSAR_VIEWER_TOKEN", "LOKI_PASSWORD", "PHOENIX_API_KEY",
        "OTEL_EXPORTER_OTLP_HEADERS", "WEBHOOK_SECRET", "SLACK_WEBHOOK_URL", "SMTP_PASSWORD",
        "AWS_DEFAULT_REGION", "HOME",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
        "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME", "AWS_ENDPOINT_URL_STS", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    ]

    /// What the command line reads, and what libraries do that Bursar is made of.
    private static let ofOthers: Set<String> = [
        "BURSAR_URL", "NO_COLOR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "LANG", "LC_ALL", "PATH",
    ]

    /// Names in `.env` that nothing reads, each as a sentence with the name that was probably meant.
    ///
    /// - Parameter secrets: variables that the settings name as places of secrets.
    static func unknown(_ names: [(name: String, place: String)], secrets: Set<String>) -> [String] {
        let known = inFile.union(environmentOnly).union(ofOthers).union(secrets)
        return names.filter { !known.contains($0.name) }.map { one in
            let meant = NearestName.of(one.name, among: known).map { ". Did you mean \($0)?" } ?? ""
            return "\(one.place): \(one.name) is unknown\(meant)"
        }
    }

    /// What the file may say.
    static let inFile = Set(variables.values).union(tables.values)

    /// Variables whose change waits for the next start: addresses, what may come in by them, the ledger and the zone of its windows.
    /// All others take hold while the gateway runs.
    static let atStart: Set<String> = [
        "HOST", "PORT", "LEDGER_URL", "BUDGET_TIME_ZONE", "OPENROUTER_BASE_URL", "BURSAR_ADMIN_TOKEN",
        "BURSAR_VIEWER_TOKEN", "ADMIN_TRUSTED_HEADER",
    ]

    /// A value as a log may show it: only of what the file may say, and without addresses, for a URL may open what it names.
    static func shown(_ variable: String, _ value: String) -> String {
        guard inFile.contains(variable) else { return "secret" }
        return value.replacing(/https?:\/\/[^"',\s]+/, with: "https://…")
    }
}
