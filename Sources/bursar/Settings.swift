import Budgeting
import Dashboard
import ExactMoney
import Foundation
import Gateway
import Ledger
import Logging
import NIOCore
import Routing
import Upstream

/// All that an operator can set (contract §4), read and checked before anything is opened.
struct Settings {
    var gateway = GatewaySettings()
    var caps = Caps()
    /// Where each budget is named that the settings name.
    let budgetSpots: [BudgetAddress: Spot]
    /// Where tenants' own upstream keys are kept.
    let upstreamKeys: [String: SecretPlace]
    /// Variables that tenants' `notify` names.
    private let notifyVariables: Set<String>
    /// Rules that tenants take by name.
    let policies: [String: Policy]
    var warnAt: Int64
    var degradeAt: Int64
    var zone: ZoneRules
    var upstreamKey: String?
    var upstreamURL: UpstreamEndpoint
    var host: String
    var port: Int
    /// Nil: the one in the file beside the ledger.
    var adminToken: String?
    var viewerToken: String?
    /// The header in which a proxy on this machine says who the admin is.
    var trustedHeader: String?
    /// Nil: the default file of the kind of run.
    var ledgerPath: String?
    var reconciler = Reconciler.Settings()
    /// The operator's own prices and names.
    var ownPrices: OwnPrices
    var catalogueRefreshMilliseconds: Int64
    var logLevel: Logger.Level
    var logsJSON: Bool
    var exports: ExportSettings

    /// What they are read for.
    enum Purpose {
        case serving
        /// Nothing is sent or told: what that needs, secrets among it, may be missing.
        case deciding
    }

    /// - Throws: ``SettingsProblem`` naming variable, value and expectation.
    init(_ environment: Environment, for purpose: Purpose = .serving) throws {
        let read = SettingsReader(environment)
        upstreamKey = environment["OPENROUTER_API_KEY"]
        let url = environment["OPENROUTER_BASE_URL"] ?? "https://openrouter.ai/api/v1"
        guard let endpoint = UpstreamEndpoint(url: url) else {
            throw SettingsProblem(
                "OPENROUTER_BASE_URL", value: url, expected: "a URL such as https://openrouter.ai/api/v1")
        }
        upstreamURL = endpoint
        host = environment["HOST"] ?? "127.0.0.1"
        port = Int(try read.whole("PORT", 0...65535, default: 8080))
        adminToken = environment["BURSAR_ADMIN_TOKEN"]
        viewerToken = environment["BURSAR_VIEWER_TOKEN"]
        trustedHeader = try read.headerName("ADMIN_TRUSTED_HEADER")
        guard viewerToken == nil || viewerToken != adminToken else {
            throw SettingsProblem(
                "BURSAR_VIEWER_TOKEN", "is the same as BURSAR_ADMIN_TOKEN; whoever reads could change")
        }
        warnAt = try read.fraction("WARN_AT", default: 8_000)
        degradeAt = try read.fraction("DEGRADE_AT", default: 9_000)
        guard warnAt <= degradeAt else {
            guard let warn = environment["WARN_AT"] else {
                throw SettingsProblem(
                    "DEGRADE_AT", value: environment["DEGRADE_AT"] ?? "",
                    expected: "at least WARN_AT, which is 0.8 if not set")
            }
            throw SettingsProblem("WARN_AT", value: warn, expected: "no more than DEGRADE_AT")
        }
        zone = try read.zone("BUDGET_TIME_ZONE")
        ledgerPath = try read.ledger("LEDGER_URL")
        reconciler = try read.reconciler()
        ownPrices = try read.ownPrices()
        catalogueRefreshMilliseconds = try read.milliseconds("CATALOGUE_REFRESH_SECONDS", default: 900_000)
        logLevel =
            try read.choice("LOG_LEVEL", Logger.Level.allCases.map(\.rawValue)).flatMap { Logger.Level(rawValue: $0) }
            ?? .info
        let format = try read.choice("LOG_FORMAT", ["text", "json"])
        logsJSON = format.map { $0 == "json" } ?? (isatty(STDERR_FILENO) == 0)
        var budgets = NamedBudgets(try read.caps(), named: Settings.named(in: environment))
        policies = try read.policies("POLICIES")
        let tenants = try read.tenants("TENANT_BUDGETS", policies, into: &budgets)
        try read.groups("GROUP_BUDGETS", into: &budgets)
        let keys = try read.keys("KEY_BUDGETS", into: &budgets)
        try read.scopes("SCOPE_BUDGETS", into: &budgets)
        gateway = try read.gateway(tenants)
        gateway.everyone.policy = policies[SettingsReader.defaultPolicy] ?? Policy()
        gateway.keyLimits = keys
        gateway.chains = try read.chains("MODEL_CHAINS")
        exports = purpose == .serving ? try read.exports(tenants) : ExportSettings(intervalMilliseconds: 15_000)
        gateway.markups = tenants.markups
        upstreamKeys = tenants.upstreamKeys
        notifyVariables = Set(tenants.notify.values.joined().compactMap(\.variable))
        caps = budgets.caps
        caps.tenantsAlertAt = tenants.alertAt
        caps.unnamed = Set(Settings.capVariables.values).subtracting(budgets.spots.keys)
        budgetSpots = budgets.spots
    }

    /// The variables that name one budget each.
    private static let capVariables: [String: BudgetAddress] = [
        "DEFAULT_DAILY_BUDGET": .init(.everyTenant, .day), "DEFAULT_MONTHLY_BUDGET": .init(.everyTenant, .month),
        "GLOBAL_DAILY_BUDGET": .init(.global, .day), "GLOBAL_MONTHLY_BUDGET": .init(.global, .month),
    ]

    private static func named(in environment: Environment) -> [BudgetAddress: Spot] {
        var variables = capVariables
        variables["SPEND_PER_MINUTE_USD"] = .init(.everyTenant, .minute)
        return variables.reduce(into: [:]) { named, one in
            if environment[one.key] != nil { named[one.value] = Spot(one.key) }
        }
    }

    /// What pages tell of the settings.
    func dashboard(ledgerPath: String, isSandbox: Bool) -> Dashboard.Facts {
        .init(isSandbox: isSandbox, ledgerPath: ledgerPath)
    }

    /// Only programs on this machine reach it.
    var isLoopback: Bool { Door.isLoopback(authority: host.contains(":") ? "[\(host)]" : host) }
}

extension Settings {
    /// Variables that hold secrets and whose names the operator chose.
    var secretVariables: Set<String> {
        let upstream = upstreamKeys.values.compactMap { if case .variable(let name) = $0 { name } else { nil } }
        return Set(upstream).union(notifyVariables)
    }

    /// As `serve --json` has it.
    func logged(asJSON isAsked: Bool) -> Settings {
        var settings = self
        settings.logsJSON = logsJSON || isAsked
        return settings
    }

    func reconciling(isSandbox: Bool) -> Reconciler.Settings {
        var settings = reconciler
        settings.warnsOfKeyWithoutLimit = !isSandbox
        return settings
    }
}

extension SettingsReader {
    func caps() throws -> Caps {
        var caps = Caps(
            everyTenantDaily: try cap("DEFAULT_DAILY_BUDGET", default: .limit(Money(nanodollars: 5_000_000_000))),
            everyTenantMonthly: try cap("DEFAULT_MONTHLY_BUDGET", default: .limit(Money(nanodollars: 50_000_000_000))),
            globalDaily: try cap("GLOBAL_DAILY_BUDGET", default: .none),
            globalMonthly: try cap("GLOBAL_MONTHLY_BUDGET", default: .none),
            others: try money("SPEND_PER_MINUTE_USD").map { [.init(.everyTenant, .minute, .limit($0))] } ?? [])
        caps.alertAt = try alertLevels("ALERT_AT") ?? .standard
        return caps
    }

    func reconciler() throws -> Reconciler.Settings {
        var settings = Reconciler.Settings()
        settings.keyEveryMilliseconds = max(100, try milliseconds("RECONCILE_KEY_SECONDS", default: 60_000))
        settings.rules.key.lagMilliseconds = try milliseconds("RECONCILE_LAG_SECONDS", default: 30_000)
        settings.rules.key.quietMilliseconds = try milliseconds("RECONCILE_QUIET_SECONDS", default: 600_000)
        settings.rules.assumeAfterMilliseconds = try milliseconds(
            "RECONCILE_ASSUME_AFTER_SECONDS", default: Reconciliation.Rules().assumeAfterMilliseconds)
        // After a start it asks for a while before it assumes; not longer than it would wait in any case.
        settings.rules.patienceMilliseconds = min(120_000, settings.rules.assumeAfterMilliseconds)
        return settings
    }

    /// Names of server tools and plugins, separated by commas.
    private func degradedDrop(_ name: String) throws -> Set<String> {
        let names = list(name)
        if let unknown = names.first(where: { !ServedExtra.names.contains($0) }) {
            throw SettingsProblem(
                name, value: unknown,
                expected: """
                    tools and plugins that run at OpenRouter, of \(ServedExtra.names.joined(separator: ", ")); \
                    function tools are never dropped
                    """
            )
        }
        return Set(names)
    }

    func gateway(_ tenants: TenantSettings) throws -> GatewaySettings {
        var settings = GatewaySettings()
        settings.tenants = tenants.rules
        settings.primaryModel = environment["PRIMARY_MODEL"]
        settings.chain = list("FALLBACK_MODEL_CHAIN")
        settings.maxCall = try money("MAX_CALL_USD")
        settings.defaultMaxOutputTokens = try whole("DEFAULT_MAX_OUTPUT_TOKENS", 1...Int64(Int32.max), default: 16_384)
        settings.minOutputTokens = try whole("MIN_OUTPUT_TOKENS", 1...Int64(Int32.max), default: 256)
        settings.degradedDrop = try degradedDrop("DEGRADED_DROP")
        settings.waitForHeldMoney = .milliseconds(try milliseconds("WAIT_SECONDS", default: 5_000))
        settings.refusalStatus = try choice("BUDGET_REFUSAL_STATUS", ["429", "402"]).flatMap(Int.init) ?? 429
        if try choice("UNKNOWN_TENANTS", ["default", "reject"]) == "reject" {
            settings.onlyTenants = tenants.names
        }
        settings.observes = try choice("BUDGET_MODE", ["enforce", "observe"]) == "observe"
        settings.allowOpen = try choice("ALLOW_OPEN", ["true", "false"]) == "true"
        if let first = try optionalMilliseconds("UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS") {
            settings.firstByteTimeoutStreamed = .milliseconds(first)
            settings.firstByteTimeoutWhole = .milliseconds(first)
        }
        settings.idleTimeout = .milliseconds(try milliseconds("UPSTREAM_IDLE_TIMEOUT_SECONDS", default: 60_000))
        settings.drainSeconds = try whole("DRAIN_SECONDS", 0...3600, default: 25)
        settings.breakerThreshold = Int(try whole("BREAKER_FAILURE_THRESHOLD", 1...1_000_000, default: 5))
        settings.breakerResetMilliseconds = try milliseconds("BREAKER_RESET_SECONDS", default: 30_000)
        return settings
    }
}
