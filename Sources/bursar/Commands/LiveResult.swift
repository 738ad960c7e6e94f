import Exporting
import Foundation
import Upstream

/// What became of a test that was sent to a sink.
struct LiveResult {
    let name: String
    var answer = ""
    var problem: String?

    init(_ name: String, _ test: () async throws -> String) async {
        self.name = name
        do { answer = try await test() } catch { problem = "\(error)" }
    }

    var line: String { problem.map { "\(name): failed, \($0)" } ?? "\(name): ok, \(answer)" }

    var json: String {
        let text = JSONText.quoted
        let rest = problem.map { #""ok":false,"problem":\#(text($0))"# } ?? #""ok":true,"answer":\#(text(answer))"#
        return #"{"sink":\#(text(name)),\#(rest)}"#
    }
}

extension LiveResult {
    /// Sends one marked test to every sink and webhook.
    static func all(_ settings: Settings) async -> [LiveResult] {
        var results: [LiveResult] = []
        for one in settings.exports.sinks {
            let sink = one.sink(salt: 0, clock: Composition.wallClock)
            results.append(await LiveResult(sink.name) { try await sink.sendTest(at: Composition.wallClock()) })
        }
        for destination in settings.exports.routes.all {
            results.append(
                await LiveResult(destination.name) { try await destination.sendTest(at: Composition.wallClock()) })
        }
        return results
    }
}
