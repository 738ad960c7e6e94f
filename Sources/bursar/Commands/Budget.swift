import ArgumentParser
import Budgeting
import ControlPlane
import ExactMoney
import Ledger
import Upstream

/// `bursar budget`: budgets of every scope and period, through the running gateway.
struct Budget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists, sets and removes budgets.",
        discussion: """
            A scope is global, tenant:acme, group:blue, key:ci, user:acme/anna, run:acme/nightly or tag:feature=search. \
            A * stands for each: tenant:*, user:acme/*, user:*, tag:feature=*. \
            Budgets that the environment or bursar.yaml name are changed there.
            """,
        subcommands: [List.self, Set.self, Remove.self])

    /// Whose, and over which period.
    struct Address: ParsableArguments {
        @Argument(
            help: "Whose: global, tenant:acme, tenant:*, user:acme/anna, …", completion: .list(["global", "tenant:*"]))
        var scope: String

        @Argument(help: "minute, hour, day, week, month or total.", completion: .list(Period.allCases.map { "\($0)" }))
        var period: String

        func validate() throws {
            guard BudgetSetting.Scope(scope) != nil else {
                throw ValidationError(
                    "'\(scope)' is no scope; it is one such as global, tenant:acme, user:acme/anna, tag:feature=*")
            }
            guard Period.allCases.contains(where: { "\($0)" == period }) else {
                throw ValidationError("'\(period)' is no period; it is minute, hour, day, week, month or total")
            }
        }

        var path: String { "/api/admin/budgets/\(scope.queryEncoded)/\(period)" }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all budgets and what stands in them.")

        @OptionGroup var asking: Asking

        func run() async throws {
            var budgets: [JSONValue] = []
            var next: String?
            repeat {
                let query = next.map { "&after=\($0.queryEncoded)" } ?? ""
                let page = try await asking.ask { try await $0.get("/api/admin/budgets?limit=1000\(query)") }
                budgets += page.root["budgets"]?.elements.map { $0 } ?? []
                next = page.root["next"]?.string
            } while next != nil
            guard !asking.json else {
                let texts = budgets.map { String(decoding: $0.text, as: UTF8.self) }
                return StandardOutput.say("{\"budgets\":[\(texts.joined(separator: ","))]}")
            }
            var table = TextTable([
                ("SCOPE", .left), ("PERIOD", .left), ("CAP", .right), ("SPENT", .right), ("HELD", .right),
                ("STATE", .left), ("RAISE", .left), ("SET IN", .left),
            ])
            for budget in budgets { table.add(Budget.row(budget)) }
            StandardOutput.say(table.text)
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets a budget, in place of all that was said of it. In force from the next call on.")

        @OptionGroup var address: Address

        @Argument(help: "USD such as 5 or 0.25, or none. Left out, the cap of its kind holds.")
        var cap: String?

        @Option(help: "A higher cap, until --until.")
        var raise: String?

        @Option(help: "When the raise ends: 2027-01-31T00:00:00Z.")
        var until: String?

        @Option(help: "The zone of its days and months, such as Europe/Berlin.")
        var timeZone: String?

        @OptionGroup var asking: Asking

        func validate() throws {
            guard cap != nil || raise != nil || timeZone != nil else {
                throw ValidationError("say a cap, --raise with --until, or --time-zone")
            }
            for amount in [cap == "none" ? nil : cap, raise].compactMap({ $0 }) {
                guard let money = try? Money(usd: amount, rounding: .down), money >= .zero else {
                    throw ValidationError("'\(amount)' is no amount of USD such as 5 or 0.25")
                }
            }
            guard (raise == nil) == (until == nil) else { throw ValidationError("--raise and --until go together") }
        }

        func run() async throws {
            var members: [String] = []
            if let cap { members.append("\"capUsd\":\(JSONText.quoted(cap))") }
            if let timeZone { members.append("\"timeZone\":\(JSONText.quoted(timeZone))") }
            if let raise, let until {
                members.append("\"raise\":{\"capUsd\":\(JSONText.quoted(raise)),\"until\":\(JSONText.quoted(until))}")
            }
            let body = "{\(members.joined(separator: ","))}"
            let document = try await asking.ask { try await $0.put(address.path, json: body) }
            asking.say(document) { budget in
                let row = Budget.row(budget)
                return "\(row[0]) by \(row[1]): \(row[2])\(row[6].isEmpty ? "" : ", \(row[6])")"
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes back what was said of a budget: that of its kind holds again, or none.")

        @OptionGroup var address: Address
        @OptionGroup var asking: Asking

        func run() async throws {
            let document = try await asking.ask { try await $0.delete(address.path) }
            asking.say(document) {
                $0["removed"]?.bool == true ? "The budget is removed." : "There was no such budget."
            }
        }
    }

    private static func row(_ budget: JSONValue) -> [String] {
        let window = budget["window"]
        let raise = budget["raise"].flatMap { raise -> String? in
            guard raise["holds"]?.bool == true else { return nil }
            return "\(UsageCommand.usd(raise["capUsd"])) until \(raise["until"]?.string ?? "")"
        }
        let cap = budget["capUsd"]?.string
        return [
            budget["scope"]?.string ?? "", budget["period"]?.string ?? "",
            cap == nil ? "as its kind" : cap == "none" ? "none" : UsageCommand.usd(budget["capUsd"]),
            UsageCommand.usd(window?["spentUsd"]), UsageCommand.usd(window?["reservedUsd"]),
            window?["state"]?.string ?? "", raise ?? "", budget["setAt"]?.string ?? "",
        ]
    }
}
