import ArgumentParser
import Budgeting
import ControlPlane
import Foundation
import Gateway
import Ledger
import Logging
import Receipts
import Upstream

/// What commands that ask the gateway have in common.
struct Asking: ParsableArguments {
    @Flag(help: "Say it as JSON.")
    var json = false

    /// The answer to one question.
    ///
    /// - Parameter held: why the command cannot do without the gateway, where that is for the ledger it holds.
    /// - Throws: ``Stop`` where no gateway answers, or it refuses.
    func ask<T>(_ held: LedgerError? = nil, _ question: (GatewayClient) async throws -> T) async throws -> T {
        do { return try await question(try GatewayClient(.configured())) } catch let nobody as GatewayClient.Unreachable
        {
            guard let held else { throw nobody.stop }
            throw Stop("\(held); and no gateway answers at \(nobody.url), BURSAR_URL may name another")
        }
    }

    /// What the gateway says; where none runs on this machine and `BURSAR_URL` names no other, what its files hold.
    ///
    /// - Throws: ``Stop`` where a process holds the ledger and does not answer, and where there is no ledger.
    func ask<T>(_ question: (GatewayClient) async throws -> T, orFind: (RestingFiles) throws -> T) async throws -> T {
        let environment = try Environment.configured()
        let client = try GatewayClient(environment)
        do { return try await question(client) } catch let nobody as GatewayClient.Unreachable {
            guard !client.isNamed else { throw nobody.stop }
            let files = RestingFiles(environment)
            guard FileManager.default.fileExists(atPath: files.ledgerPath) else {
                throw Stop("\(nobody.stop) There is no ledger at \(files.ledgerPath) either (LEDGER_URL).")
            }
            do { return try orFind(files) } catch LedgerError.held(let path, let pid) {
                throw Stop("\(LedgerError.held(path: path, pid: pid)); no gateway answers at \(nobody.url)")
            } catch let error as LedgerError { throw Stop("\(error)") }
        }
    }

    /// Says the answer, as JSON or as the command shows it to people.
    func say(_ document: JSONDocument, _ text: (JSONValue) -> String) {
        StandardOutput.say(json ? String(decoding: document.bytes, as: UTF8.self) : text(document.root))
    }
}

/// The ledger and the receipts of a gateway that does not run.
struct RestingFiles {
    let ledgerPath: String
    private let environment: Environment

    init(_ environment: Environment) {
        self.environment = environment
        ledgerPath = environment.ledgerPath
    }

    /// - Throws: ``LedgerError/held(path:pid:)`` where a process has the ledger; ``Stop`` for settings that cannot be.
    func books() throws -> RestingBooks {
        let settings: Settings
        do { settings = try Settings(environment) } catch { throw Stop("\(error)") }
        let thresholds = Thresholds(settings, try settings.ownPrices.over(PriceSource.bundled()))
        return try RestingBooks.read(
            path: ledgerPath, caps: settings.caps, policy: .init(zone: settings.zone, thresholds: thresholds))
    }

    /// The zone of a tenant's budgets, or of those of all together.
    func zone(ofMonth tenant: String?) throws -> ZoneRules { try books().zone(ofMonth: tenant) }

    /// What the settings say that tenants are charged beyond their cost: `acme=15%`.
    func markups() throws -> [String] {
        let settings: Settings
        do { settings = try Settings(environment) } catch { throw Stop("\(error)") }
        return settings.gateway.markups.map { "\($0.key)=\($0.value)" }
    }

    /// Brings the receipts up to date with the ledger and reads them; nobody else has the ledger meanwhile.
    ///
    /// - Parameter body: is told where the ledger's hash chain stands too.
    func receipts<T>(_ body: (ReceiptStore, LedgerHead) throws -> T) throws -> T {
        try SQLiteStore.readingAlone(path: ledgerPath) { ledger in
            let projector = try Projector(
                reader: try LedgerReader.open(path: ledgerPath), ledgerPath: ledgerPath,
                logger: Logger(label: "receipts") { _ in LineLog(level: .error, format: .text) })
            projector.start()
            projector.close()
            if let failure = projector.failure {
                throw LedgerError.unavailable("the receipts cannot be read: \(failure)")
            }
            return try body(projector.store, try ledger.head())
        }
    }
}
