import ArgumentParser
import ControlPlane
import ExactMoney
import Ledger
import Upstream

/// `bursar usage`: what a tenant spent, or all of them.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Shows what a tenant, or every tenant, spent against its budgets.",
        discussion: "Asks the running gateway; where none holds the ledger, reads it.")

    @Argument(help: "The tenant; left out, all of them.")
    var tenant: String?

    @OptionGroup var asking: Asking

    func run() async throws {
        if let tenant {
            let document = try await asking.ask {
                try await $0.get("/api/usage/\(tenant.queryEncoded)")
            } orFind: { files in
                let found = try files.books()
                let now = found.now(wall: Composition.wallClock())
                return try JSONDocument(
                    UsageReport(of: tenant, found.books, found.names, found.policy, at: now, head: found.head).json)
            }
            asking.say(document, UsageCommand.one)
        } else {
            let document = try await asking.ask {
                try await UsageCommand.tenants($0)
            } orFind: { files in
                let found = try files.books()
                return try JSONDocument(UsageReport.tenants(found, at: found.now(wall: Composition.wallClock())))
            }
            asking.say(document, UsageCommand.all)
        }
    }

    /// All pages as one.
    private static func tenants(_ client: GatewayClient) async throws -> JSONDocument {
        var tenants: [String] = []
        var (next, head): (String?, String?)
        repeat {
            let query = next.map { "&after=\($0.queryEncoded)" } ?? ""
            let page = try await client.get("/api/admin/tenants?limit=1000\(query)").root
            tenants += (page["tenants"]?.elements.map { $0 } ?? []).map { String(decoding: $0.text, as: UTF8.self) }
            next = page["next"]?.string
            head = page["head"]?.string
        } while next != nil
        return try JSONDocument(
            """
            {"tenants":[\(tenants.joined(separator: ","))],"next":null,"head":\(head.map(JSONText.quoted) ?? "null")}
            """)
    }

    private static func one(_ root: JSONValue) -> String {
        var windows = TextTable([
            ("WINDOW", .left), ("SPENT", .right), ("UNRESOLVED", .right), ("HELD", .right), ("CAP", .right),
            ("USED", .right), ("STATE", .left), ("RESETS", .left),
        ])
        for name in ["daily", "monthly"] {
            guard let window = root[name] else { continue }
            windows.add([
                name, usd(window["spentUsd"]), usd(window["unresolvedUsd"]), usd(window["reservedUsd"]),
                usd(window["capUsd"]), percent(window["percentage"]), window["state"]?.string ?? "",
                window["resetsAt"]?.string ?? "",
            ])
        }
        var models = TextTable([
            ("MODEL", .left), ("CALLS", .right), ("INPUT", .right), ("OUTPUT", .right), ("COST", .right),
            ("SHARE", .right),
        ])
        for model in root["models"]?.elements.map({ $0 }) ?? [] {
            models.add([
                model["model"]?.string ?? "", number(model["requests"]), number(model["inputTokens"]),
                number(model["outputTokens"]), usd(model["costUsd"]), percent(model["sharePercentage"]),
            ])
        }
        let title = "\(root["tenant"]?.string ?? "") is \(TerminalStyle.state(root["state"]?.string ?? ""))"
        return [title, windows.text, models.isEmpty ? nil : models.text, HeadLine.text(root)].compactMap { $0 }
            .joined(separator: "\n\n")
    }

    private static func all(_ root: JSONValue) -> String {
        var table = TextTable([
            ("TENANT", .left), ("TODAY", .right), ("OF", .right), ("MONTH", .right), ("OF", .right), ("STATE", .left),
        ])
        for tenant in root["tenants"]?.elements.map({ $0 }) ?? [] {
            table.add([
                tenant["tenant"]?.string ?? "", usd(tenant["daily"]?["spentUsd"]), usd(tenant["daily"]?["capUsd"]),
                usd(tenant["monthly"]?["spentUsd"]), usd(tenant["monthly"]?["capUsd"]), tenant["state"]?.string ?? "",
            ])
        }
        return HeadLine.below(table.isEmpty ? "No tenant has called yet." : table.text, root)
    }

    /// For people: cents, rounded up, so that something never shows as nothing.
    static func usd(_ value: JSONValue?) -> String {
        guard let text = value?.string, let money = try? Money(usd: text, rounding: .down) else { return "–" }
        return money.dollars
    }

    private static func number(_ value: JSONValue?) -> String {
        value.map { String(decoding: $0.text, as: UTF8.self) } ?? ""
    }

    private static func percent(_ value: JSONValue?) -> String { number(value) + " %" }
}

extension JSONDocument {
    init(_ text: String) throws { self = try JSONDocument(Array(text.utf8)) }
}
