import ArgumentParser
import BundledCatalogue
import ExactMoney
import Foundation
import Logging
import NIOCore
import Pricing
import Upstream

/// `bursar prices`: what models cost, compared for a call's size, and how prices have changed.
struct Prices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists prices, compares models for a call's size, shows how prices changed.",
        discussion: """
            Asks the running gateway (BURSAR_URL, else 127.0.0.1 at PORT). Where none runs: the list of OPENROUTER_BASE_URL, \
            else the bundled one; changes then come from the ledger.
            """)

    @Argument(help: "Only models whose names contain one of these.")
    var models: [String] = []

    @Option(help: "Compare for so many input tokens.")
    var input: Int64?

    @Option(help: "Compare for so many output tokens.")
    var output: Int64?

    @Flag(help: "Show how prices have changed, newest first.")
    var changes = false

    @Flag(help: "Answer as JSON, for programs.")
    var json = false

    func validate() throws {
        guard input ?? 0 >= 0, output ?? 0 >= 0 else { throw ValidationError("Numbers of tokens are 0 or more.") }
        guard !changes || (input == nil && output == nil) else {
            throw ValidationError("Ask for changes or for a comparison, not both.")
        }
    }

    func run() async throws {
        let environment = try Environment.configured()
        let settings: Settings
        do { settings = try Settings(environment) } catch { throw Stop("\(error)") }
        var table = try await table(environment, settings)
        if !models.isEmpty {
            table.rows.removeAll { row in !models.contains { row.model.localizedCaseInsensitiveContains($0) } }
            table.changes.removeAll { change in !models.contains { change.model.localizedCaseInsensitiveContains($0) } }
            guard changes || !table.rows.isEmpty else {
                throw Stop("no model's name contains \(models.map { "'\($0)'" }.joined(separator: " or "))")
            }
        }
        if changes {
            StandardOutput.say(json ? table.changesJSON : table.changesText)
        } else if input != nil || output != nil {
            let (input, output) = (input ?? 0, output ?? 0)
            StandardOutput.say(
                json
                    ? table.comparisonJSON(inputTokens: input, outputTokens: output)
                    : table.comparisonText(inputTokens: input, outputTokens: output))
        } else {
            StandardOutput.say(json ? table.listJSON : table.listText)
        }
    }

    private func table(_ environment: Environment, _ settings: Settings) async throws -> PriceTable {
        let client = try GatewayClient(environment)
        do {
            return try PriceTable(
                answer: try await client.get("/api/admin/prices"), origin: "the gateway's at \(client.url)")
        } catch  where !client.isNamed {
            return try await tableWithoutGateway(settings)
        } catch let nobody as GatewayClient.Unreachable { throw nobody.stop }
    }

    private func tableWithoutGateway(_ settings: Settings) async throws -> PriceTable {
        let pool = try UpstreamPool.Settings(endpoint: settings.upstreamURL, key: settings.upstreamKey ?? "none")
        let (source, own, bundled) = (PriceSource(upstream: pool), settings.ownPrices, try PriceSource.bundled())
        var table = PriceTable(try own.over(bundled), origin: "bundled ones of \(BundledCatalogue.captured)")
        if settings.upstreamKey != nil,
            let catalogue = try? await source.fetched(over: bundled, within: .seconds(5))
        {
            table = PriceTable(try own.over(catalogue), origin: "upstream's")
        }
        let path = settings.ledgerPath ?? "bursar.db"
        if changes, FileManager.default.fileExists(atPath: path) {
            table.changes = try PriceTable.changes(inLedger: path)
        }
        return table
    }
}
