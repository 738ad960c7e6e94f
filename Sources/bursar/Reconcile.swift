import ArgumentParser
import ControlPlane
import ExactMoney
import Upstream

/// `bursar reconcile`: what is not known, what upstream's account says, and what an operator gives back.
struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists calls whose cost is not known; gives back what one holds; compares the books with upstream.",
        discussion: "Goes through the running gateway, which asks upstream by itself all the time.")

    @Option(help: "Give back what this call holds, such as req-12. Needs --reason.")
    var release: String?

    @Option(help: "Why. It is kept in the books.")
    var reason: String?

    @Flag(help: "Compare the books with what upstream says of the key, its days and its models.")
    var drift = false

    @OptionGroup var asking: Asking

    func validate() throws {
        if release != nil, reason?.isEmpty ?? true { throw ValidationError("--release needs --reason") }
        if release != nil, drift { throw ValidationError("--release and --drift are two things") }
    }

    func run() async throws {
        if let release, let reason {
            let body = #"{"release":\#(JSONText.quoted(release)),"reason":\#(JSONText.quoted(reason))}"#
            let document = try await asking.ask { try await $0.post("/api/admin/reconcile", json: body) }
            asking.say(document) {
                "\($0["request"]?.string ?? "") held \(UsageCommand.usd($0["returnedUsd"])); it is given back."
            }
        } else if drift {
            asking.say(try await asking.ask { try await $0.get("/api/admin/drift") }, Reconcile.driftText)
        } else {
            asking.say(try await asking.ask { try await $0.get("/api/admin/unresolved") }, Reconcile.unresolvedText)
        }
    }

    private static func unresolvedText(_ root: JSONValue) -> String {
        var table = TextTable([
            ("CALL", .left), ("TENANT", .left), ("MODEL", .left), ("HOLDS", .right), ("SINCE", .left), ("WHY", .left),
        ])
        for call in root["calls"]?.elements.map({ $0 }) ?? [] {
            table.add([
                call["request"]?.string ?? "", call["tenant"]?.string ?? "", call["model"]?.string ?? "",
                UsageCommand.usd(call["heldUsd"]), call["since"]?.string ?? "", call["why"]?.string ?? "",
            ])
        }
        let count = root["unresolved"].map { String(decoding: $0.text, as: UTF8.self) } ?? "0"
        let found =
            table.isEmpty
            ? "The cost of every call is known."
            : "\(table.text)\n\(count) calls hold \(UsageCommand.usd(root["heldUsd"])), which counts as spent."
        return HeadLine.below(found, root)
    }

    private static func driftText(_ root: JSONValue) -> String {
        var table = TextTable([("USD", .left), ("", .right)])
        for (name, title) in [
            ("keyUsageUsd", "used on the key, says upstream"), ("keyGrowthUsd", "of it since this ledger began"),
            ("explainedUsd", "settled here"), ("heldUsd", "held by calls whose cost is not known"),
            ("unexplainedUsd", "explained by no call of ours"),
        ] { table.add([title, root[name]?.string ?? ""]) }
        guard let days = root["activity"], days.kind == .array else {
            return HeadLine.below(table.text + "\nUpstream tells of days and models to a management key only.", root)
        }
        return HeadLine.below(table.text + "\n" + daysText(days), root)
    }

    private static func daysText(_ days: JSONValue) -> String {
        var table = TextTable([
            ("DAY (UTC)", .left), ("MODEL", .left), ("UPSTREAM", .right), ("HERE", .right), ("DRIFT", .right),
        ])
        for row in days.elements {
            table.add(["date", "model", "upstreamUsd", "ledgerUsd", "driftUsd"].map { row[$0]?.string ?? "" })
        }
        return table.isEmpty ? "Upstream tells of no day yet." : table.text
    }
}

/// `bursar correct`: credits and corrections, each an entry with its reason.
struct Correct: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sets right what a budget's present window holds as settled. Below zero it is a credit.")

    @Argument(help: "The tenant; without one, the global budget.")
    var tenant: String?

    @Option(help: "USD, such as -1.50.")
    var amount: String

    @Option(help: "day or month.")
    var period = "day"

    @Option(help: "Why. It is kept in the books.")
    var reason: String

    @OptionGroup var asking: Asking

    func validate() throws {
        guard let money = try? Money(usd: amount, rounding: .down), money != .zero else {
            throw ValidationError("--amount is an amount of USD, such as -1.50")
        }
        guard ["day", "month"].contains(period) else { throw ValidationError("--period is day or month") }
        if reason.isEmpty { throw ValidationError("--reason says why") }
    }

    func run() async throws {
        let whose = tenant.map { "\"tenant\":\(JSONText.quoted($0))," } ?? ""
        let body = """
            {\(whose)"period":"\(period)","amountUsd":\(JSONText.quoted(amount)),"reason":\(JSONText.quoted(reason))}
            """
        let document = try await asking.ask { try await $0.post("/api/admin/correct", json: body) }
        asking.say(document) { "Corrected: \(UsageCommand.usd($0["settledUsd"])) settled this \(period)." }
    }
}

/// `bursar forget user X`: a name leaves the books, and the books still prove.
struct Forget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erases a name from the books for good. Entries keep its number; `bursar verify` still passes.")

    @Argument(help: "user, tenant, or another kind of name.")
    var kind: String

    @Argument(help: "The name.")
    var name: String

    @OptionGroup var asking: Asking

    func run() async throws {
        let body = #"{"kind":\#(JSONText.quoted(kind)),"name":\#(JSONText.quoted(name))}"#
        let document = try await asking.ask { try await $0.post("/api/admin/forget", json: body) }
        asking.say(document) { _ in "Forgotten. The entries keep a number that stands for nobody." }
    }
}
