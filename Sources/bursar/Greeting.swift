import Budgeting
import ControlPlane
import ExactMoney
import Foundation
import Gateway
import Ledger
import Pricing

/// What `serve` prints when it listens: where, what it allows at most, and the one line to change in an app.
struct Greeting {
    private let settings: Settings
    private let ledgerPath: String
    private let prices: Catalogue
    private let access: Access
    private let isSandbox: Bool
    /// The time that the ledger goes on at, where that is not the clock's.
    private let ahead: Instant?

    init(
        _ settings: Settings, ledgerPath: String, prices: Catalogue, access: Access, isSandbox: Bool,
        ahead: Instant? = nil
    ) {
        self.access = access
        self.ahead = ahead
        self.settings = settings
        self.ledgerPath = ledgerPath
        self.prices = prices
        self.isSandbox = isSandbox
    }

    func say(port: Int) {
        StandardOutput.say(text(port: port))
    }

    func text(port: Int) -> String {
        let base = "http://\(settings.host.contains(":") ? "[\(settings.host)]" : settings.host):\(port)"
        var lines: [String] = []
        if isSandbox {
            lines.append(
                "SANDBOX: the models are simulated, no money is spent. Set OPENROUTER_API_KEY to serve the real ones.")
        }
        if let ahead {
            lines.append(
                """
                --accept-clock: the ledger's last entry is of \(ahead.rfc3339), and the clock is behind it. Calls count in the windows of \
                that time; no budget starts anew until the clock has passed it.
                """)
        }
        lines += [
            "Bursar listens on \(base)",
            "It allows \(allowance) Ledger: \(ledgerPath)",
            "",
            "In your app, change one line:   OPENAI_BASE_URL=\(base)/v1",
            "Or try it:",
            "  curl -i \(base)/v1/chat/completions -H 'Content-Type: application/json' \\",
            "    -d '{\"model\":\"\(model)\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'",
            "What it cost:   curl \(base)/api/usage/default",
        ]
        lines.append("Dashboard:      \(base)/")
        if StandardOutput.isTerminal {
            lines.append(
                "  to change budgets there, sign in once within 15 minutes: \(base)/login?code=\(access.makeLink())")
        }
        if isSandbox { lines += ["", Demonstration.text(base: base)] }
        if settings.gateway.chain.isEmpty {
            lines += [
                "", "FALLBACK_MODEL_CHAIN is empty, so nothing can be downgraded when money gets tight.\(proposal)",
            ]
        }
        return lines.joined(separator: "\n")
    }

    private var allowance: String {
        let daily = settings.caps.everyTenantDaily.limit
        let monthly = settings.caps.everyTenantMonthly.limit
        let parts = [daily.map { "\($0.dollars) per tenant today" }, monthly.map { "\($0.dollars) this month" }]
            .compactMap { $0 }
        let tenants = parts.isEmpty ? "any amount per tenant" : "at most " + parts.joined(separator: ", ")
        let global = [
            settings.caps.globalDaily.limit.map { "\($0.dollars) a day" },
            settings.caps.globalMonthly.limit.map { "\($0.dollars) a month" },
        ]
        let all = global.compactMap { $0 }.joined(separator: " and ")
        return all.isEmpty ? tenants + "." : tenants + ", and \(all) over all tenants."
    }

    private var model: String { settings.gateway.primaryModel ?? "openai/gpt-5.2" }

    /// Two models that are cheaper than the one most likely asked for and can use tools.
    private var proposal: String {
        guard let asked = prices.resolve(model), let own = cost(asked) else { return "" }
        let cheaper = prices.models.filter {
            $0.capabilities.contains(.tools) && !$0.prices.isFree && $0.name != asked.name
        }
        .compactMap { model in cost(model).map { (model.name.text, $0) } }
        .filter {
            $0.1 < own && ($0.0.hasPrefix("openai/") || $0.0.hasPrefix("anthropic/") || $0.0.hasPrefix("google/"))
        }
        .filter { !$0.0.hasPrefix("~") && !$0.0.contains(":") }
        .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        guard let near = cheaper.first(where: { $0.1.nanodollars * 2 <= own.nanodollars }), let far = cheaper.last,
            near.0 != far.0
        else { return "" }
        return "\nTwo cheaper, capable ones:   FALLBACK_MODEL_CHAIN=\(near.0),\(far.0)"
    }

    private func cost(_ model: Model) -> Money? { model.ceiling(inputTokens: 1_000).amount(outputTokens: 1_000) }
}

/// Lines for a person, unbuffered, so that they are there when somebody waits for them.
enum StandardOutput {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}
