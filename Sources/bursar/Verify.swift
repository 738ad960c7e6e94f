import ArgumentParser
import ControlPlane
import Ledger
import Upstream

/// `bursar verify`: proves the ledger, by itself while nobody holds it, else through the gateway that does.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Proves the ledger: its hash chain, every entry, every promise. Names the first that does not hold.")

    @Option(help: "A head that was noted earlier, BATCH:HASH; the ledger must lead through it.")
    var kept: String?

    @OptionGroup var asking: Asking

    func validate() throws {
        if let kept, LedgerHead(kept) == nil { throw ValidationError("--kept is a head, such as 17:9f86d0…") }
    }

    func run() async throws {
        let report: VerificationReport
        do {
            report = VerificationReport(
                try SQLiteStore.readingAlone(path: try Environment.configured().ledgerPath) {
                    try Verifier.verify(WatchedReading($0, "verifying"), kept: kept.flatMap { LedgerHead($0) })
                })
        } catch LedgerError.held(let path, let pid) {
            return try await ask(.held(path: path, pid: pid))
        } catch let broken as Verifier.Broken {
            report = VerificationReport(broken)
        } catch let error as LedgerError {
            guard case .damaged = error else { throw Stop("\(error)") }
            report = VerificationReport(error)
        }
        StandardOutput.say(asking.json ? report.json : report.text)
        if !report.holds { throw ExitCode(1) }
    }

    private func ask(_ held: LedgerError) async throws {
        let query = kept.map { "?kept=\($0.lowercased())" } ?? ""
        let document = try await asking.ask(held) { try await $0.get("/api/admin/verify\(query)") }
        asking.say(document, VerificationReport.text(of:))
        if document.root["holds"]?.bool != true { throw ExitCode(1) }
    }
}
