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

    @Flag(help: "Say it as JSON.")
    var json = false

    func validate() throws {
        if let kept, LedgerHead(kept) == nil { throw ValidationError("--kept is a head, such as 17:9f86d0…") }
    }

    func run() async throws {
        let environment = try Environment.loaded()
        let path = try SettingsReader(environment).ledger("LEDGER_URL") ?? "bursar.db"
        let report: VerificationReport
        do {
            report = VerificationReport(
                try SQLiteStore.readingAlone(path: path) {
                    try Verifier.verify($0, kept: kept.flatMap { LedgerHead($0) })
                })
        } catch LedgerError.held(let path, let pid) {
            return try await ask(environment, .held(path: path, pid: pid))
        } catch let broken as Verifier.Broken {
            report = VerificationReport(broken)
        } catch let error as LedgerError {
            guard case .damaged = error else { throw Stop("\(error)") }
            report = VerificationReport(error)
        }
        StandardOutput.say(json ? report.json : report.text)
        if !report.holds { throw ExitCode(1) }
    }

    private func ask(_ environment: Environment, _ held: LedgerError) async throws {
        let query = kept.map { "?kept=\($0)" } ?? ""
        let answer = try await RunningGateway.get("/api/admin/verify\(query)", environment, held)
        StandardOutput.say(answer.text)
        if answer.document?.root["holds"]?.bool != true { throw ExitCode(1) }
    }
}

extension Environment {
    /// The process's own variables over `.env`.
    static func loaded() throws -> Environment {
        do { return try current() } catch { throw Stop("\(error)") }
    }
}

/// Asks the gateway that holds the ledger.
enum RunningGateway {
    static func get(
        _ path: String, _ environment: Environment, _ held: LedgerError
    ) async throws -> GatewayClient.Answer {
        try await checked(held) { try await GatewayClient(environment).get(path) }
    }

    static func post(
        _ path: String, json: String, _ environment: Environment, _ held: LedgerError
    ) async throws -> GatewayClient.Answer {
        try await checked(held) { try await GatewayClient(environment).post(path, json: json) }
    }

    private static func checked(
        _ held: LedgerError, _ ask: () async throws -> GatewayClient.Answer
    ) async throws -> GatewayClient.Answer {
        let answer: GatewayClient.Answer
        do { answer = try await ask() } catch let problem as SettingsProblem { throw Stop("\(problem)") } catch {
            throw Stop("\(held), and no gateway answers at BURSAR_URL: \(error)")
        }
        guard answer.status / 100 == 2 else {
            let message = answer.document?.root["error"]?["message"]?.string
            throw Stop(message ?? "the gateway answers \(answer.status)")
        }
        return answer
    }
}
