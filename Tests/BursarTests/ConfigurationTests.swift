import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import Ledger
import Routing
import Testing

@testable import bursar

struct ConfigurationTests {
    private func settings(_ yaml: String, _ environment: [String: String] = [:]) throws -> Settings {
        try Configuration(Environment(environment), ConfigFile(yaml, name: "bursar.yaml")).settings
    }

    private func problems(_ yaml: String, _ environment: [String: String] = [:]) -> [String] {
        do {
            _ = try settings(yaml, environment)
            return []
        } catch { return (error as? Configuration.Problems)?.all ?? ["\(error)"] }
    }

    private func usd(_ text: String) throws -> Cap { .limit(try Money(usd: text, rounding: .down)) }

    @Test func tenantsHaveBudgetsOfEveryPeriodLimitsModelsAndAMarkup() throws {
        let settings = try settings(
            """
            tenants:
              acme: {minute: 1, hour: 2, daily: 3, week: 4, monthly: 5, total: none, timeZone: Europe/Berlin,
                     rpm: 60, concurrent: 4, models: [openai/*], markup: 15%}
            """)
        #expect(
            settings.caps.tenants["acme"] == [
                .minute: try usd("1"), .hour: try usd("2"), .day: try usd("3"), .week: try usd("4"),
                .month: try usd("5"), .total: .none,
            ])
        #expect(settings.caps.zones["acme"]?.name == "Europe/Berlin")
        let rules = settings.gateway.rules(of: "acme")
        #expect(rules.limits.perMinute == 60 && rules.limits.atOnce == 4 && rules.models == ["openai/*"])
        #expect(settings.gateway.markups == ["acme": "15%"])
        #expect(settings.gateway.rules(of: "other") == TenantRules())
    }

    @Test func groupsKeysAndScopesHaveBudgetsWithRaises() throws {
        let settings = try settings(
            """
            groups: {blue: {tenants: [acme, beta], monthly: 100}}
            keys: {ci: {daily: 2, rpm: 30, concurrent: 2}}
            budgets:
              scopes:
                "user:acme/*": {daily: 0.5}
                "run:*": {total: {cap: 2, raise: 4, until: 2027-01-31T00:00:00Z}}
                "tag:feature=search": {hour: 1}
                tenant:*: {week: 9}
            """)
        let others = settings.caps.others
        #expect(settings.caps.groups == ["blue": ["acme", "beta"]])
        #expect(others.contains(BudgetSetting(.group("blue"), .month, try usd("100"))))
        #expect(others.contains(BudgetSetting(.key("ci"), .day, try usd("2"))))
        #expect(settings.gateway.keyLimits["ci"]?.perMinute == 30)
        #expect(others.contains(BudgetSetting(.everyUser(of: "acme"), .day, try usd("0.5"))))
        let until = try #require(Instant(rfc3339: "2027-01-31T00:00:00Z"))
        let raise = Terms.Raise(to: try Money(usd: "4", rounding: .down), until: until)
        #expect(others.contains(BudgetSetting(.everyRun(of: nil), .total, try usd("2"), raise: raise)))
        #expect(others.contains(BudgetSetting(.everyTenant, .week, try usd("9"))))
        let place = settings.caps.places[.init(.everyRun(of: nil), .total)]
        #expect(place?.description == "bursar.yaml:6 budgets.scopes.run:*.total")
    }

    @Test func policiesAreTakenByName() throws {
        let settings = try settings(
            """
            policies:
              default: {chain: [a/b]}
              strict: {downgrade: never, maxUsd: 0.1, mode: observe}
            tenants: {acme: {policy: strict}, beta: {daily: 1}}
            """)
        let strict = settings.gateway.rules(of: "acme").policy
        #expect(!strict.mayDowngrade && strict.chain == nil && strict.observes == true)
        #expect(strict.maxCall == (try Money(usd: "0.1", rounding: .down)))
        #expect(settings.gateway.rules(of: "beta").policy.chain == ["a/b"])
        #expect(settings.gateway.rules(of: "other").policy.chain == ["a/b"])
    }

    @Test(
        arguments: [
            ("tenants: {acme: {daily: x}}", "bursar.yaml:1 tenants.acme.daily: is 'x'"),
            ("tenants: {acme: {rpm: 1.5}}", "bursar.yaml:1 tenants.acme.rpm: is '1.5'"),
            ("tenants: {acme: {day: 1, daily: 2}}", "tenants.acme.daily: is said twice"),
            ("tenants: {acme: {policy: none}}", "tenants.acme.policy: is 'none'"),
            ("tenants: {acme: {upstreamKey: sk-or-v1-abc}}", "tenants.acme.upstreamKey: must say where"),
            ("tenants: {acme: {markup: much}}", "tenants.acme.markup: is 'much'"),
            ("tenants: {acme: {models: openai}}", "tenants.acme.models: is 'openai', expected a list"),
            ("groups: {blue: {tenant: [a]}}", "groups.blue.tenant: is unknown. Did you mean 'tenants'?"),
            ("groups: {blue: {tenants: [a b]}}", "groups.blue.tenants: is 'a b'"),
            ("keys: {ci: {models: [x]}}", "keys.ci.models: is unknown"),
            ("budgets: {scopes: {nobody: {daily: 1}}}", "budgets.scopes.nobody: is no scope"),
            ("budgets: {scopes: {'tenant:a': {daily: 1}}}", "budgets.scopes.tenant:a: belongs to"),
            ("budgets: {global: {daily: 1}, scopes: {global: {day: 2}}}", "global.day: is a budget that GLOBAL_DAILY"),
            ("budgets: {scopes: {'run:*': {total: {cap: 1, raise: 2}}}}", "total: has one of raise and until"),
            ("budgets: {scopes: {'run:*': {total: {cap: 1, raise: 2, until: x}}}}", "until: is 'x'"),
            ("keys: {ci: {day: 1}}\nbudgets: {scopes: {'key:ci': {day: 1}}}", "is a budget that KEY_BUDGETS"),
            ("policies: {p: {drop: 1}}", "policies.p.drop: is unknown"),
            ("tenants: {acme: {dayly: 1}}", "tenants.acme.dayly: is unknown. Did you mean 'daily'?"),
            ("budgets: {scopes: {'user:*': {weakly: 1}}}", "scopes.user:*.weakly: is unknown. Did you mean 'weekly'?"),
            ("budgets: {defualt: {daily: 1}}", "budgets.defualt: is unknown. Did you mean budgets.default?"),
            ("upstreem: {url: x}", "upstreem: is unknown. Did you mean upstream?"),
            ("server: {timeZone: UTC}", "server.timeZone: is unknown. Did you mean budgets.timeZone?"),
            (
                "tenants: {a: {day: {cap: 60, raise: 50, until: 2027-01-31T00:00:00Z}}}",
                "raise: is '50', expected an amount of USD above"
            ),
            ("tenants: {a: {day: {cap: 60, rase: 90}}}", "tenants.a.day.rase: is unknown. Did you mean 'raise'?"),
            ("budgets: {warnAt: 80}", "budgets.warnAt: is '80', expected a fraction"),
            ("budgets: {degradeAt: 0.5}", "budgets.degradeAt: is '0.5', expected at least WARN_AT"),
            ("alerts: {webhook: example.com/hook}", "alerts.webhook: must be a URL that begins with https://"),
            ("alerts: {email: a@example.com}", "SMTP_HOST must be set, for ALERT_EMAIL"),
            ("smtp: {host: localhost}\nalerts: {email: a@example.com}", "SMTP_FROM must be set"),
            ("exporters: {cloudWatch: {enabled: true}}", "AWS_REGION must be set"),
            ("models: {chains: {a/b: c/d}}", "models.chains.a/b: is 'c/d', expected a list"),
            ("models: {prices: {a/b: {prompt: x}}}", "models.prices.a/b.prompt: is 'x'"),
        ])
    func refusesWithPlaceAndReason(_ yaml: String, _ said: String) {
        let problems = problems(yaml)
        #expect(problems.count == 1 && problems[0].contains(said), "\(problems)")
        #expect(!problems.joined().contains("sk-or-v1-abc"))
    }

    @Test func listsAllThatIsWrongAtOnceEvenInOneTenant() {
        let problems = problems(
            """
            tenants:
              acme: {daily: x, week: y, rpm: z}
              beta: {daily: 1}
            budgets: {warnAt: 7}
            """, ["TENANT_BUDGETS": #"{"gamma":{"monthly":"q"}}"#])
        #expect(problems.count == 5, "\(problems)")
        #expect(problems.contains { $0.hasPrefix("TENANT_BUDGETS of gamma, monthly, is 'q'") })
    }

    /// One mistake never hides another, whatever its kind and place.
    @Test func everyMistakeIsListedWhateverStandsBesideIt() {
        let mistakes = [
            "tenants:", "  acme: {dayly: 1, week: y, rpm: z, markup: much, day: {cap: x, until: soon}}",
            "  beta: {monthly: {cap: 5, raise: 2, until: 2027-01-31T00:00:00Z}, colour: red, alertAt: 7}",
            "groups: {blue: {tenant: [a], daily: q}}", "keys: {ci: {models: [x], concurrent: many}}",
            "policies: {p: {drop: 1, maxUsd: lots, downgrade: perhaps}}",
            "budgets: {warnAt: 80, degradeAt: 90, zone: UTC}",
            "exporters: {cloudWatch: {enabled: true}}", "alerts: {email: a@example.com}", "sever: {port: 1}",
        ]
        let problems = problems(mistakes.joined(separator: "\n"), ["WAIT_SECONDS": "soon"])
        let named = [
            "acme.dayly", "acme.week", "acme.rpm", "acme.markup", "acme.day.cap", "beta.monthly.raise", "beta.colour",
            "beta.alertAt", "blue.tenant", "blue.daily", "ci.models", "ci.concurrent", "p.drop", "p.maxUsd",
            "p.downgrade",
            "budgets.warnAt", "budgets.degradeAt", "budgets.zone", "AWS_REGION", "SMTP_HOST", "sever", "WAIT_SECONDS",
        ]
        for name in named { #expect(problems.contains { $0.contains(name) }, "\(name) in \(problems)") }
    }

    @Test func linesAndNamesOfTheDotEnvFileAreChecked() throws {
        let text = """
            DEFUALT_MONTHLY_BUDGET=5
            export BUDGET_TIMEZONE="Europe/Berlin"
            WARN_AT=0.5 # early
            ACME_KEY=sk-or-acme
            this is no assignment
            """
        let environment = Environment(dotEnv: text, over: ["WARN_AT": "0.6"])
        #expect(environment["WARN_AT"] == "0.6" && environment["BUDGET_TIMEZONE"] == "Europe/Berlin")
        #expect(environment.problems.map(\.description) == [".env line 5 is not NAME=value"])
        let file = ConfigFile("tenants: {acme: {upstreamKey: 'env:ACME_KEY'}}", name: "bursar.yaml")
        let good = Environment(dotEnv: text.replacing("this is no assignment", with: ""))
        #expect(
            try Configuration(good, file).unknownNames == [
                ".env line 1: DEFUALT_MONTHLY_BUDGET is unknown. Did you mean DEFAULT_MONTHLY_BUDGET?",
                ".env line 2: BUDGET_TIMEZONE is unknown. Did you mean BUDGET_TIME_ZONE?",
            ])
    }

    @Test func theEnvironmentsTenantWinsOverTheFiles() throws {
        let settings = try settings(
            "tenants: {acme: {daily: 1}, beta: {daily: 2}}", ["TENANT_BUDGETS": #"{"acme":{"daily":9}}"#])
        #expect(settings.caps.tenants["acme"] == [.day: try usd("9")])
        #expect(settings.caps.tenants["beta"] == [.day: try usd("2")])
        #expect(settings.caps.places[.init(.tenant("acme"), .day)]?.file == nil)
        #expect(settings.caps.places[.init(.tenant("beta"), .day)]?.line == 1)
    }

    @Test func anOwnKeyIsReadFromWhereItIsKeptAndNeverFromTheFile() throws {
        let file = ConfigFile("tenants: {acme: {upstreamKey: 'env:ACME_KEY'}}", name: "bursar.yaml")
        let with = try Configuration(Environment(["ACME_KEY": " sk-or-acme\n"]), file).withKeys().0
        #expect(with.settings.gateway.rules(of: "acme").upstreamKey == "sk-or-acme")
        let without = try Configuration(Environment([:]), file)
        #expect(
            without.withKeys().1 == [
                "bursar.yaml:1 tenants.acme.upstreamKey: names the variable ACME_KEY, which is not set"
            ])
    }

    @Test func changesAreToldByMemberAndSecretsNot() throws {
        func configuration(_ yaml: String, _ environment: [String: String]) throws -> Configuration {
            try Configuration(Environment(environment), ConfigFile(yaml, name: "bursar.yaml")).withKeys().0
        }
        let yaml = "tenants: {acme: {daily: 1, upstreamKey: 'env:ACME_KEY'}, beta: {daily: 2}}"
        let old = try configuration(yaml, ["ACME_KEY": "one", "LOKI_PASSWORD": "p", "OTHERS": "x"])
        let new = try configuration(
            yaml.replacing("daily: 2", with: "daily: 3"), ["ACME_KEY": "two", "LOKI_PASSWORD": "q", "OTHERS": "y"])
        let changes = new.changes(since: old)
        #expect(
            changes.map(\.spot.description) == [
                "LOKI_PASSWORD", "TENANT_BUDGETS of beta", "TENANT_BUDGETS of acme, upstreamKey",
            ])
        #expect(changes.map(\.new) == ["secret", #"{"daily":"3"}"#, "secret"])
    }
}
