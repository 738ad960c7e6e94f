import ArgumentParser
import Budgeting
import ControlPlane
import ExactMoney
import Upstream

/// `bursar key`: virtual keys, through the running gateway.
struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Issues, lists, changes, rotates and revokes virtual keys.",
        discussion: "From the first key on, every call has to show one.",
        subcommands: [Issue.self, List.self, Set.self, Rotate.self, Revoke.self])

    struct Issue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issues a key for a tenant and shows its secret, once.")

        @Argument(help: "Whose calls it makes.")
        var tenant: String

        @Option(help: "What the key is called. Left out, it is named after the tenant.")
        var name: String?

        @Option(parsing: .upToNextOption, help: "Models it may use, such as openai/gpt-5-mini or 'openai/*'.")
        var models: [String] = []

        @Option(parsing: .upToNextOption, help: "Tags put on every call, such as feature=search.")
        var tags: [String] = []

        @Option(parsing: .upToNextOption, help: "Other tenants it may call for; '*' is all.")
        var actsFor: [String] = []

        @Flag(help: "Refuse calls that name no user.")
        var needsUser = false

        @Flag(help: "Refuse calls that name no run.")
        var needsRun = false

        @Option(help: "From then on it opens nothing: 2027-01-31T00:00:00Z.")
        var expires: String?

        @Option(help: "How many calls may begin in any 60 seconds.")
        var rpm: Int?

        @Option(help: "How many calls may run at once.")
        var concurrent: Int?

        @Option(
            parsing: .upToNextOption,
            help: "Budgets of its own, such as day=5 or total=20: minute, hour, day, week, month, total.")
        var budgets: [String] = []

        @OptionGroup var asking: Asking

        func validate() throws { _ = try budgetList() }

        private func budgetList() throws -> [String] {
            try budgets.map { budget in
                let parts = budget.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2, Period.allCases.contains(where: { "\($0)" == parts[0] }),
                    let money = try? Money(usd: parts[1], rounding: .down), money >= .zero
                else { throw ValidationError("'\(budget)' is no budget such as day=5") }
                return "{\"period\":\"\(parts[0])\",\"capUsd\":\(JSONText.quoted(parts[1]))}"
            }
        }

        func run() async throws {
            var members = ["\"tenant\":\(JSONText.quoted(tenant))"]
            if let name { members.append("\"key\":\(JSONText.quoted(name))") }
            for (member, texts) in [("models", models), ("tags", tags), ("actsFor", actsFor)] where !texts.isEmpty {
                members.append("\"\(member)\":[\(texts.map(JSONText.quoted).joined(separator: ","))]")
            }
            if let rpm { members.append("\"rpm\":\(rpm)") }
            if let concurrent { members.append("\"concurrent\":\(concurrent)") }
            if !budgets.isEmpty { members.append("\"budgets\":[\(try budgetList().joined(separator: ","))]") }
            if needsUser { members.append("\"needsUser\":true") }
            if needsRun { members.append("\"needsRun\":true") }
            if let expires { members.append("\"expiresAt\":\(JSONText.quoted(expires))") }
            let body = "{\(members.joined(separator: ","))}"
            let document = try await asking.ask { try await $0.post("/api/admin/keys", json: body) }
            asking.say(document, Key.secretText)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all keys, without their secrets.")

        @Option(help: "Only this tenant's.")
        var tenant: String?

        @OptionGroup var asking: Asking

        func run() async throws {
            let query = tenant.map { "?tenant=\($0.queryEncoded)" } ?? ""
            let document = try await asking.ask { try await $0.get("/api/admin/keys\(query)") }
            asking.say(document) { root in
                var table = TextTable([
                    ("KEY", .left), ("TENANT", .left), ("STATE", .left), ("SECRETS", .left), ("MODELS", .left),
                    ("LIMITS", .left),
                ])
                for key in root["keys"]?.elements.map({ $0 }) ?? [] {
                    let secrets = (key["secrets"]?.elements.map { $0 } ?? []).filter { $0["state"]?.string == "good" }
                    let models = (key["models"]?.elements.map { $0 } ?? []).compactMap(\.string)
                    table.add([
                        key["key"]?.string ?? "", key["tenant"]?.string ?? "", key["state"]?.string ?? "",
                        secrets.compactMap { Key.secretLine($0) }.joined(separator: ", "),
                        models.isEmpty ? "all" : models.joined(separator: " "), Key.limits(key),
                    ])
                }
                guard table.isEmpty else { return table.text }
                return tenant.map { "Tenant \($0) has no key." } ?? "No key was issued yet; any caller is let in."
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes what a key may do, from the next call on. Its secrets stay.",
            discussion: """
                What is not named stays as it is. Budgets of a key are set with: bursar budget set key:NAME day 5
                """)

        @Argument(help: "What the key is called.")
        var key: String

        @Option(parsing: .upToNextOption, help: "Models it may use, in place of those before; 'all' for all.")
        var models: [String] = []

        @Option(
            parsing: .upToNextOption,
            help: "Tags put on every call, in place of those before: feature=search; 'none' for none.")
        var tags: [String] = []

        @Option(
            parsing: .upToNextOption, help: "Other tenants it may call for, in place of those before; '*', or 'none'.")
        var actsFor: [String] = []

        @Flag(inversion: .prefixedNo, help: "Refuse calls that name no user.")
        var needsUser: Bool?

        @Flag(inversion: .prefixedNo, help: "Refuse calls that name no run.")
        var needsRun: Bool?

        @Option(help: "From then on it opens nothing: 2027-01-31T00:00:00Z; or 'never'.")
        var expires: String?

        @Option(help: "How many calls may begin in any 60 seconds; or 'none' for any.")
        var rpm: String?

        @Option(help: "How many calls may run at once; or 'none' for any.")
        var concurrent: String?

        @OptionGroup var asking: Asking

        func validate() throws {
            guard try !members().isEmpty else {
                throw ValidationError("say what to change, such as --rpm 60 or --models openai/gpt-5-mini")
            }
        }

        private func members() throws -> [String] {
            var members: [String] = []
            for (member, texts, nothing) in [
                ("models", models, "all"), ("tags", tags, "none"), ("actsFor", actsFor, "none"),
            ] where !texts.isEmpty {
                let kept = texts == [nothing] ? [] : texts
                members.append("\"\(member)\":[\(kept.map(JSONText.quoted).joined(separator: ","))]")
            }
            if let needsUser { members.append("\"needsUser\":\(needsUser)") }
            if let needsRun { members.append("\"needsRun\":\(needsRun)") }
            if let expires {
                members.append("\"expiresAt\":\(expires == "never" ? "null" : JSONText.quoted(expires))")
            }
            for (member, text) in [("rpm", rpm), ("concurrent", concurrent)] {
                guard let text else { continue }
                guard text == "none" || UInt32(text) != nil else {
                    throw ValidationError("--\(member) is '\(text)', expected a whole number such as 60, or none")
                }
                members.append("\"\(member)\":\(UInt32(text).map(String.init) ?? "null")")
            }
            return members
        }

        func run() async throws {
            let body = "{\(try members().joined(separator: ","))}"
            let path = "/api/admin/keys/\(key.queryEncoded)"
            let document = try await asking.ask { try await $0.patch(path, json: body) }
            asking.say(document) { root in
                let models = (root["models"]?.elements.map { $0 } ?? []).compactMap(\.string)
                let limits = Key.limits(root)
                let parts: [String?] = [
                    "models \(models.isEmpty ? "all" : models.joined(separator: " "))", limits.isEmpty ? nil : limits,
                    root["expiresAt"]?.string.map { "until \($0)" },
                ]
                return "Key \(root["key"]?.string ?? key): \(parts.compactMap { $0 }.joined(separator: "; "))"
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives a key a new secret and shows it, once; the old one stays good for the overlap.")

        @Argument(help: "What the key is called.")
        var key: String

        @Option(help: "Seconds for which the old secret stays good. Left out, a day.")
        var overlap: Int?

        @OptionGroup var asking: Asking

        func run() async throws {
            let body = overlap.map { "{\"overlapSeconds\":\($0)}" } ?? "{}"
            let path = "/api/admin/keys/\(key.queryEncoded)/rotate"
            let document = try await asking.ask { try await $0.post(path, json: body) }
            asking.say(document, Key.secretText)
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revokes all secrets of a key, at once.")

        @Argument(help: "What the key is called.")
        var key: String

        @OptionGroup var asking: Asking

        func run() async throws {
            let document = try await asking.ask { try await $0.delete("/api/admin/keys/\(key.queryEncoded)") }
            asking.say(document) { "Key \($0["key"]?.string ?? key) opens nothing any more." }
        }
    }

    /// What it may not do beyond its models, and what it does to calls: `60 a minute, needs a user, tags env=prod`.
    private static func limits(_ key: JSONValue) -> String {
        func texts(_ name: String) -> String {
            (key[name]?.elements.map { $0 } ?? []).compactMap(\.string).joined(separator: " ")
        }
        let parts: [String?] = [
            key["rpm"]?.integer.map { "\($0) a minute" }, key["concurrent"]?.integer.map { "\($0) at once" },
            key["needsUser"]?.bool == true ? "needs a user" : nil, key["needsRun"]?.bool == true ? "needs a run" : nil,
            texts("tags").isEmpty ? nil : "tags \(texts("tags"))",
            texts("actsFor").isEmpty ? nil : "acts for \(texts("actsFor"))",
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    private static func secretText(_ root: JSONValue) -> String {
        """
        \(root["secret"]?.string ?? "")

        This is the secret of key \(root["key"]?["key"]?.string ?? ""), for tenant \
        \(root["key"]?["tenant"]?.string ?? ""). It is not kept anywhere: copy it now.
        """
    }

    private static func secretLine(_ secret: JSONValue) -> String? {
        guard let prefix = secret["prefix"]?.string else { return nil }
        return prefix + "…" + (secret["endsAt"]?.string.map { " until \($0)" } ?? "")
    }
}
