import ArgumentParser
import Ledger
import Upstream

/// What commands that ask the gateway have in common.
struct Asking: ParsableArguments {
    @Flag(help: "Say it as JSON, as the gateway did.")
    var json = false

    /// The answer to one question.
    ///
    /// - Parameter held: why the command cannot do without the gateway, where that is for the ledger it holds.
    /// - Throws: ``Stop`` where no gateway answers, or it refuses.
    func ask(
        _ held: LedgerError? = nil, _ question: (GatewayClient) async throws -> JSONDocument
    ) async throws -> JSONDocument {
        do { return try await question(try GatewayClient(.configured())) } catch let nobody as GatewayClient.Unreachable
        {
            guard let held else { throw nobody.stop }
            throw Stop("\(held); and no gateway answers at \(nobody.url), BURSAR_URL may name another")
        }
    }

    /// Says the answer, as JSON or as the command shows it to people.
    func say(_ document: JSONDocument, _ text: (JSONValue) -> String) {
        StandardOutput.say(json ? String(decoding: document.bytes, as: UTF8.self) : text(document.root))
    }
}
