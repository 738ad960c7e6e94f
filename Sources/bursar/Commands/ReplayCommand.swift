import ArgumentParser
import Budgeting
import ControlPlane
import Foundation
import Gateway
import Logging
import NIOCore
import Pricing
import Receipts
import Upstream

/// `bursar replay`: what another policy would have made of the calls of last month.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Says which past calls another policy would have moved or refused, and what that would have saved.",
        discussion: """
            The policy is a file such as bursar.yaml, and that file alone: what it leaves out has its default. \
            Calls come from the receipts and are decided by the code that admits calls. \
            Receipts do not tell output limits, so those are worked out of what was reserved; \
            a cheaper model is taken to use as many tokens. Calls that were refused then have no receipt.
            """)

    @Option(help: "The file with the budgets and the chain to try.", completion: .file(extensions: ["yaml", "yml"]))
    var policy: String

    @Option(help: "How far back: 30d, 12h, or a day such as 2026-11-01.")
    var since = "30d"

    @Option(help: "Only this tenant's calls. What others spent of shared budgets is then left out.")
    var tenant: String?

    @Option(help: "List so many of the calls that something would have become of.")
    var list = 20

    @OptionGroup var asking: Asking

    func validate() throws {
        guard start(at: Composition.wallClock(), in: .utc) != nil else {
            throw ValidationError("--since is such as 30d, 12h or 2026-11-01, not '\(since)'")
        }
        guard list >= 0 else { throw ValidationError("--list is 0 or more") }
    }

    func run() async throws {
        let settings = try settings()
        let catalogue = try settings.ownPrices.over(try await PriceSource.best(try Environment.configured()))
        if let unknown = settings.unpriced(in: catalogue).first { throw Stop("\(policy): \(unknown)") }
        let now = Composition.wallClock()
        let from = start(at: now, in: settings.zone) ?? now
        // The windows of the first calls hold what was spent in them before.
        let begins = Period.month.start(containing: from, in: settings.zone)
        func begin() throws -> (Replay, Progress) {
            let report = ReplayReport(policy: policy, from: from, until: now, most: list)
            return (
                try Replay(settings, catalogue, from: from, begins: begins, report: report),
                Progress("replaying", of: UInt64(max(1, now.seconds - begins.seconds)))
            )
        }
        let report = try await asking.ask { client in
            let (replay, progress) = try begin()
            defer { replay.close() }
            defer { progress.finish() }
            let whose = tenant.map { "&tenant=\($0.queryEncoded)" } ?? ""
            try await client.lines("/api/admin/export?order=oldest&from=\(begins.rfc3339)\(whose)") { line in
                guard let call = PastCall(line.root) else {
                    throw Stop("\(client.url) gave no receipts. Is it Bursar?")
                }
                replay.take(call)
                progress.advance(to: UInt64(max(0, call.at.seconds - begins.seconds)))
            }
            return replay.report
        } orFind: { files in
            let (replay, progress) = try begin()
            defer { replay.close() }
            defer { progress.finish() }
            try files.receipts { store, _ in
                var filter = ReceiptFilter(tenant: tenant)
                filter.from = begins
                var last: ReservationID?
                repeat {
                    let page = try store.oldest(filter, after: last, limit: 1_000)
                    for receipt in page.receipts { replay.take(PastCall(receipt)) }
                    if let at = page.receipts.last?.admittedAt {
                        progress.advance(to: UInt64(max(0, at.seconds - begins.seconds)))
                    }
                    last = page.next
                } while last != nil
            }
            return replay.report
        }
        StandardOutput.say(asking.json ? report.json : report.text)
    }

    /// The policy's own, over defaults; nothing of this machine's environment.
    private func settings() throws -> Settings {
        do {
            guard let file = try ConfigFile.read(policy) else { throw Stop("\(policy) is not there") }
            return try Configuration(Environment([:]), file, for: .deciding).settings
        } catch let problems as Configuration.Problems { throw Stop(problems.description) }
    }

    /// A day begins by the clocks of the policy's budgets.
    private func start(at now: Instant, in zone: ZoneRules) -> Instant? {
        if let day = Instant(rfc3339: since + "T00:00:00Z") { return zone.start(of: ZoneRules.utc.date(at: day)) }
        guard let unit = since.last, let count = Int64(since.dropLast()), (1...100_000).contains(count),
            let seconds: Int64 = ["h": 3_600, "d": 86_400, "w": 604_800][unit]
        else { return nil }
        return Instant(seconds: now.seconds - count * seconds)
    }
}

extension PriceSource {
    /// Upstream's list where its key is set and it answers, else the bundled one.
    static func best(_ environment: Environment) async throws -> Catalogue {
        let settings: Settings
        do { settings = try Settings(environment) } catch { throw Stop("\(error)") }
        let source = PriceSource(
            upstream: try UpstreamPool.Settings(endpoint: settings.upstreamURL, key: settings.upstreamKey ?? "none"))
        let bundled = try PriceSource.bundled()
        guard settings.upstreamKey != nil else { return try settings.ownPrices.over(bundled) }
        return try settings.ownPrices.over((try? await source.fetched(over: bundled, within: .seconds(5))) ?? bundled)
    }
}
