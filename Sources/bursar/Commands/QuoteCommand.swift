import ArgumentParser
import ExactMoney
import Foundation
import Upstream

/// `bursar quote`: what a chat call would cost, who would serve it, and whether it would be admitted.
struct QuoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quote",
        abstract: "Says what a chat call would cost and whether it would be admitted. Spends nothing.")

    @Argument(help: "A file with the body of a chat call; - is standard input.", completion: .file())
    var file: String?

    @Option(help: "Instead of a file: the model,")
    var model: String?

    @Option(help: "and what is asked.")
    var prompt: String?

    @Option(help: "The most output tokens. Left out, a limit is set for the call.")
    var maxTokens: Int?

    @Option(help: "Whose call it is.")
    var tenant: String?

    @Option(help: "The user at the other end.")
    var user: String?

    @Option(name: .customLong("run"), help: "The run that it belongs to.")
    var ofRun: String?

    @Option(help: "feature=search,env=prod")
    var tags: String?

    @Option(help: "A virtual key, where the gateway asks for one. BURSAR_KEY says it without showing it to others.")
    var key: String?

    @OptionGroup var asking: Asking

    func validate() throws {
        guard (file == nil) != (prompt == nil) else {
            throw ValidationError("name a file (or -), or say --prompt with or without --model")
        }
        guard file == nil || (model == nil && maxTokens == nil) else {
            throw ValidationError("--model and --max-tokens stand in the file's body")
        }
        guard maxTokens ?? 1 > 0 else { throw ValidationError("--max-tokens is 1 or more") }
    }

    func run() async throws {
        let body = try body()
        var headers: [(String, String)] = []
        for (name, value) in [
            ("X-Tenant-Id", tenant), ("X-Bursar-User", user), ("X-Bursar-Run", ofRun), ("X-Bursar-Tags", tags),
        ] {
            if let value { headers.append((name, value)) }
        }
        let secret = try key ?? Environment.configured()["BURSAR_KEY"]
        let document = try await asking.ask {
            try await $0.post("/v1/quote", json: body, as: .caller(secret), headers: headers)
        }
        asking.say(document, QuoteCommand.text)
    }

    private func body() throws -> String {
        guard let prompt else {
            let data: Data?
            if file == "-" {
                data = try? FileHandle.standardInput.readToEnd()
            } else {
                data = FileManager.default.contents(atPath: file ?? "")
            }
            guard let data else { throw Stop("\(file ?? "") cannot be read") }
            return String(decoding: data, as: UTF8.self)
        }
        var members = ["\"messages\":[{\"role\":\"user\",\"content\":\(JSONText.quoted(prompt))}]"]
        if let model { members.append("\"model\":\(JSONText.quoted(model))") }
        if let maxTokens { members.append("\"max_tokens\":\(maxTokens)") }
        return "{\(members.joined(separator: ","))}"
    }

    private static func text(_ root: JSONValue) -> String {
        let isAdmitted = root["admitted"]?.bool == true
        let model = root["model"]?.string ?? ""
        let asked = root["askedModel"]?.string ?? model
        var lines = [
            isAdmitted
                ? "Admitted: \(model) would serve it"
                    + (asked == model ? "." : ", as the budget does not bear \(asked).")
                : "Refused: \(root["refusal"]?["message"]?.string ?? "")"
        ]
        let most = UsageCommand.usd(root["atMostUsd"])
        let isExpected = root["expectedUsd"]?.string != nil
        lines.append(
            "It needs \(most) at most" + (isExpected ? ", and about \(UsageCommand.usd(root["expectedUsd"]))." : "."))
        if let limit = root["maxTokens"]?.integer { lines.append("Output limit: \(limit) tokens.") }
        if let budget = root["budget"]?.string { lines.append("The budget with the least left: \(budget).") }
        return lines.joined(separator: "\n")
    }
}
