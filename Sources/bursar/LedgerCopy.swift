import ArgumentParser
import ControlPlane
import Ledger
import Upstream

/// `bursar ledger …`.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Works on the ledger itself.", subcommands: [LedgerCopy.self])
}

/// `bursar ledger copy sqlite:PATH`: a whole, proved copy. While a gateway runs, it makes the copy, beside its own ledger.
struct LedgerCopy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copies the ledger into a new file, as it stands at one moment, and proves the copy.")

    @Argument(help: "sqlite:PATH of a file that is not there yet. While a gateway runs, a name without a directory.")
    var target: String

    @OptionGroup var asking: Asking

    func validate() throws {
        guard target.hasPrefix("sqlite:"), target.utf8.count > 7 else {
            throw ValidationError("the copy goes to sqlite:PATH")
        }
    }

    func run() async throws {
        let target = String(target.dropFirst(7))
        do {
            let report = VerificationReport(
                try SQLiteStore.copy(path: try Environment.configured().ledgerPath, to: target))
            StandardOutput.say(asking.json ? report.json : "\(target) is a copy. \(report.text)")
        } catch LedgerError.held(let path, let pid) {
            let held = LedgerError.held(path: path, pid: pid)
            guard !target.contains("/") else {
                throw Stop("\(held), or name a copy without a directory: the gateway makes it beside its ledger")
            }
            let document = try await asking.ask(held) {
                try await $0.post("/api/admin/copy", json: #"{"name":\#(JSONText.quoted(target))}"#)
            }
            asking.say(document) { "\(target) is a copy, beside the ledger. \(VerificationReport.text(of: $0))" }
        } catch let error as LedgerError {
            throw Stop("\(error)")
        }
    }
}
