import ArgumentParser
import Foundation
import Ledger
import Upstream

/// `bursar config check`: what the settings come to, or all that is wrong with them.
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks settings before they are used.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads the environment, .env and bursar.yaml, and lists all that is wrong with them.")

        @Argument(help: "The file; left out, bursar.yaml of this directory, where there is one.")
        var file: String?

        @Flag(help: "Send one marked test to every sink and webhook, and say what it answered.")
        var live = false

        @Flag(help: "Say it as JSON.")
        var json = false

        func run() async throws {
            do {
                let configuration = try Configuration.load(file)
                let results = live ? await LiveResult.all(configuration.settings) : []
                say(configuration, results)
                guard results.allSatisfy({ $0.problem == nil }) else { throw ExitCode(1) }
            } catch let problems as Configuration.Problems {
                if json {
                    let listed = problems.all.map(JSONText.quoted).joined(separator: ",")
                    StandardOutput.say("{\"ok\":false,\"problems\":[\(listed)]}")
                    throw ExitCode(1)
                }
                throw Stop(problems.description)
            } catch let stop as Stop {
                throw stop
            } catch let code as ExitCode {
                throw code
            } catch {
                throw Stop("\(error)")
            }
        }

        private func say(_ configuration: Configuration, _ results: [LiveResult]) {
            let set = configuration.values.keys.filter { ConfigKeys.inFile.contains($0) }.sorted()
            if json {
                return StandardOutput.say(
                    """
                    {"ok":\(results.allSatisfy { $0.problem == nil }),\
                    "settings":[\(set.map(JSONText.quoted).joined(separator: ","))],\
                    "sinks":[\(results.map(\.json).joined(separator: ","))]}
                    """)
            }
            let tenants = configuration.settings.caps.tenants.count
            StandardOutput.say("The settings are fine: \(set.count) set, \(tenants) tenants with budgets of their own.")
            for variable in set {
                let place = configuration.places[Spot(variable)].map(\.description) ?? "environment or .env"
                StandardOutput.say("  \(variable)  \(place)")
            }
            if live, results.isEmpty { StandardOutput.say("No sink is set, so nothing was sent.") }
            for result in results { StandardOutput.say(result.line) }
        }
    }
}
