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
            abstract: "Reads the environment, .env and bursar.yaml, and lists all that is wrong with them.",
            discussion: """
                Models are looked up in the list that this program brings along, and one that is not in it is a warning; with --live \
                in upstream's, and it is a mistake. Secrets of tenants are looked for where the settings say they are kept.
                """)

        @Argument(help: "The file; left out, bursar.yaml of this directory, where there is one.")
        var file: String?

        @Flag(
            help:
                "Ask upstream for its models, send one marked test to every sink and webhook, and say what they answered."
        )
        var live = false

        @Flag(help: "Do not look for secrets, where this machine has none of them.")
        var withoutSecrets = false

        @Flag(help: "Say it as JSON.")
        var json = false

        func run() async throws {
            var findings = ConfigFindings()
            do {
                let configuration = try await examine(&findings)
                guard let configuration, findings.problems.isEmpty else { return try refuse(findings) }
                let results = live ? await LiveResult.all(configuration.settings) : []
                say(configuration, results, findings.warnings)
                guard results.allSatisfy({ $0.problem == nil }) else { throw ExitCode(1) }
            } catch let stop as Stop {
                throw stop
            } catch let code as ExitCode {
                throw code
            } catch {
                throw Stop("\(error)")
            }
        }

        /// All that can be read of the settings, whatever is wrong with some of them.
        private func examine(_ findings: inout ConfigFindings) async throws -> Configuration? {
            let configuration: Configuration?
            do { configuration = try Configuration.load(file) } catch let wrong as Configuration.Problems {
                findings.problems = wrong.all
                configuration = wrong.rest
            }
            guard let configuration else { return nil }
            findings.lookForSlips(configuration)
            if !withoutSecrets { findings.lookForSecrets(configuration) }
            try await findings.lookUpModels(configuration, live ? .upstreams : .bundled)
            return configuration
        }

        private func refuse(_ findings: ConfigFindings) throws {
            guard json else {
                ConfigFindings.warn(findings.warnings)
                throw Stop(Configuration.Problems(all: findings.problems).description)
            }
            let all = Configuration.Problems(all: findings.problems).all
            StandardOutput.say(
                """
                {"ok":false,"problems":[\(all.map(JSONText.quoted).joined(separator: ","))],\
                "warnings":[\(findings.warnings.map(JSONText.quoted).joined(separator: ","))]}
                """)
            throw ExitCode(1)
        }

        private func say(_ configuration: Configuration, _ results: [LiveResult], _ warnings: [String]) {
            let set = configuration.values.keys.filter { ConfigKeys.inFile.contains($0) }.sorted()
            if json {
                return StandardOutput.say(
                    """
                    {"ok":\(results.allSatisfy { $0.problem == nil }),\
                    "settings":[\(set.map(JSONText.quoted).joined(separator: ","))],\
                    "warnings":[\(warnings.map(JSONText.quoted).joined(separator: ","))],\
                    "sinks":[\(results.map(\.json).joined(separator: ","))]}
                    """)
            }
            let tenants = configuration.settings.caps.tenants.count
            StandardOutput.say(
                "The settings are fine: \(set.count) set, \(tenants) tenant\(tenants == 1 ? "" : "s") with budgets of their own."
            )
            for variable in set {
                let place = configuration.places[Spot(variable)].map(\.description) ?? "environment or .env"
                StandardOutput.say("  \(variable)  \(place)")
            }
            ConfigFindings.warn(warnings)
            if live, results.isEmpty { StandardOutput.say("No sink is set, so nothing was sent.") }
            for result in results { StandardOutput.say(result.line) }
        }
    }
}
