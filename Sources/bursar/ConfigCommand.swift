import ArgumentParser
import Exporting
import Foundation
import Logging

/// `bursar config …`
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Looks at the settings.", subcommands: [ConfigCheck.self])
}

/// Reads the settings as `serve` would, and with `--live` sends one marked test to every sink.
struct ConfigCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks the settings; with --live, that every sink takes what is sent.")

    @Flag(help: "Send one marked test to every sink and webhook, and print the answer.")
    var live = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let settings: Settings
        do { settings = try Settings(Environment.current()) } catch { throw Stop("\(error)") }
        var results: [LiveResult] = []
        if live {
            for sink in Exports.sinks(settings.exports, salt: 0, clock: Composition.wallClock) {
                results.append(await LiveResult(sink.name) { try await sink.sendTest(at: Composition.wallClock()) })
            }
            for destination in settings.exports.destinations {
                results.append(
                    await LiveResult(destination.name) { try await destination.sendTest(at: Composition.wallClock()) })
            }
        }
        say(results)
        guard results.allSatisfy({ $0.problem == nil }) else { throw ExitCode(1) }
    }

    private func say(_ results: [LiveResult]) {
        if json {
            let sinks = results.map(\.json).joined(separator: ",")
            return StandardOutput.say(#"{"settings":"ok","sinks":[\#(sinks)]}"#)
        }
        StandardOutput.say("The settings can be read.")
        if live, results.isEmpty { StandardOutput.say("No sink is set, so nothing was sent.") }
        for result in results { StandardOutput.say(result.line) }
    }
}

/// What became of a test.
private struct LiveResult {
    let name: String
    var answer = ""
    var problem: String?

    init(_ name: String, _ test: () async throws -> String) async {
        self.name = name
        do { answer = try await test() } catch { problem = "\(error)" }
    }

    var line: String { problem.map { "\(name): failed, \($0)" } ?? "\(name): ok, \(answer)" }

    var json: String {
        func text(_ value: String) -> String {
            (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        }
        let rest = problem.map { #""ok":false,"problem":\#(text($0))"# } ?? #""ok":true,"answer":\#(text(answer))"#
        return #"{"sink":\#(text(name)),\#(rest)}"#
    }
}
