import ArgumentParser
import Budgeting
import ControlPlane
import Foundation
import Ledger
import Receipts
import Upstream

/// `bursar report`: what was spent, by tenant, model, tag or day, with what it comes to by the month's end.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Adds up what was spent; as a table, CSV or JSON, in another currency, with markups.",
        discussion: """
            Days and months are those of the budgets (BUDGET_TIME_ZONE, or with --tenant that tenant's own), so that a month here is the \
            month that is capped. Asks the running gateway; where none holds the ledger, reads the receipts beside it. \
            Factor, currency and markups are in the report alone: the ledger stays in the provider's USD. \
            Markups that the settings give tenants (markup) are charged, unless --markup says another or --without-markups none.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json
    }

    enum Zone: String, ExpressibleByArgument, CaseIterable {
        case budget
        case utc = "UTC"
    }

    @Option(help: "Some of tenant, model, provider, tag, day, hour, with commas between.")
    var by = "tenant"

    @Option(help: "2026-11. Left out with the two below, the present month, with a forecast.")
    var month: String?

    @Option(help: "The first day, 2026-11-01.")
    var from: String?

    @Option(help: "The first day that is left out.")
    var until: String?

    @Option(help: "Only this tenant.")
    var tenant: String?

    @Option(help: "Only what this model served.")
    var model: String?

    @Option(help: "Only calls with this tag, feature=search.")
    var tag: String?

    @Option(help: "Whose days: those of the budgets, or UTC's.")
    var zone = Zone.budget

    @Option(help: "Multiplies every amount, such as 1.055 for a fee of 5.5 %.")
    var factor: String?

    @Option(help: "Tell amounts in it; needs --rate.")
    var currency: String?

    @Option(help: "Units of the currency for one USD.")
    var rate: String?

    @Option(parsing: .upToNextOption, help: "What a tenant is charged beyond its cost: acme=15% or '*=15%'.")
    var markup: [String] = []

    @Flag(help: "Leave out the markups that the settings give tenants.")
    var withoutMarkups = false

    @Option(help: "table, csv or json.")
    var format: Format?

    @OptionGroup var asking: Asking

    func validate() throws {
        _ = try keys()
        do { _ = try conversion([]) } catch { throw ValidationError("\(error)") }
        do { _ = try range(in: .utc) } catch { throw ValidationError("\(error)") }
    }

    func run() async throws {
        let (by, range) = (try keys(), try range(in: try await zoneRules()))
        var (asked, found) = (by, try await find(by, range))
        let conversion = try conversion(withoutMarkups ? [] : found.markups)
        // Whose money it is matters now.
        if conversion.asksForTenant, !by.contains(.tenant) {
            asked.append(.tenant)
            found = try await find(asked, range)
        }
        let (lines, head) = (found.lines, found.head)
        if lines.count >= ReportCommand.mostLines {
            FileHandle.standardError.write(
                Data("Only \(lines.count) sums were read; narrow the report to have all.\n".utf8))
        }
        let report: SpendReport
        do {
            report = try SpendReport(lines, asked: asked, by: by, range: range, conversion: conversion, head: head)
        } catch { throw Stop("\(error)") }
        switch asking.json ? .json : format ?? .table {
        case .table: StandardOutput.say(report.table)
        case .csv: StandardOutput.say(report.csv)
        case .json: StandardOutput.say(report.json)
        }
    }

    private static let mostLines = 10_000

    private func keys() throws -> [ReportKey] {
        var keys: [ReportKey] = []
        for word in by.split(separator: ",") {
            guard let key = ReportKey(rawValue: String(word)) else {
                throw ValidationError("--by has '\(word)'; it may have tenant, model, provider, tag, day and hour")
            }
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    /// - Parameter named: markups of the settings; those of the command line come before them.
    private func conversion(_ named: [String]) throws(Conversion.Problem) -> Conversion {
        try Conversion(factor: factor, currency: currency, rate: rate, markups: named + markup)
    }

    private struct Found {
        var lines: [SpendReport.Line]
        /// Of the settings: `acme=15%`.
        var markups: [String]
        /// Where the ledger's hash chain stood.
        var head: String?
    }

    private func find(_ asked: [ReportKey], _ range: ReportRange) async throws -> Found {
        try await asking.ask {
            try await read($0, asked, range)
        } orFind: { files -> Found in
            let markups = try files.markups()
            return try files.receipts { store, head in
                Found(
                    lines: try store.report(question(asked, range)).map(SpendReport.Line.init), markups: markups,
                    head: "\(head)")
            }
        }
    }

    private func range(in zone: ZoneRules) throws(ReportRange.Problem) -> ReportRange {
        try ReportRange(month: month, from: from, until: until, now: Composition.wallClock(), zone: zone)
    }

    /// Asked for first: by it is decided where the month begins.
    private func zoneRules() async throws -> ZoneRules {
        guard zone == .budget else { return .utc }
        return try await asking.ask { client in
            let now = Composition.wallClock().rfc3339.queryEncoded
            let whose = tenant.map { "&tenant=\($0.queryEncoded)" } ?? ""
            let answer = try await client.get("/api/admin/spend?zone=budget&from=\(now)&until=\(now)\(whose)")
            guard let name = answer.root["zone"]?.string else {
                throw Stop("\(client.url) gave no sums. Is it Bursar?")
            }
            guard let rules = ZoneRules.host(named: name) else {
                throw Stop("The budgets' zone is \(name), which this machine does not know. --zone UTC reports by UTC.")
            }
            return rules
        } orFind: { files in
            try files.zone(ofMonth: tenant)
        }
    }

    private func question(_ asked: [ReportKey], _ range: ReportRange) -> ReportQuestion {
        var question = ReportQuestion(by: asked, from: range.from, until: range.until)
        (question.tenant, question.model, question.tag) = (tenant, model, tag)
        question.limit = ReportCommand.mostLines
        question.zone = range.zone
        return question
    }

    private func read(
        _ client: GatewayClient, _ asked: [ReportKey], _ range: ReportRange
    ) async throws -> Found {
        var query = [
            ("from", range.from.rfc3339), ("until", range.until.rfc3339), ("limit", "\(ReportCommand.mostLines)"),
        ]
        if zone == .budget { query.append(("zone", "budget")) }
        if !asked.isEmpty { query.append(("by", asked.map(\.rawValue).joined(separator: ","))) }
        for (name, value) in [("tenant", tenant), ("model", model), ("tag", tag)] {
            if let value { query.append((name, value)) }
        }
        let text = query.map { "\($0.0)=\($0.1.queryEncoded)" }.joined(separator: "&")
        let root = try await client.get("/api/admin/spend?\(text)").root
        let lines = try (root["lines"]?.elements.map { $0 } ?? []).map { line in
            guard let line = SpendReport.Line(line, asked) else {
                throw Stop("\(client.url) gave no sums. Is it Bursar?")
            }
            return line
        }
        let markups = root["markups"]?.members.map { "\($0.key)=\($0.value.string ?? "")" } ?? []
        return Found(lines: lines, markups: markups, head: root["head"]?.string)
    }
}
