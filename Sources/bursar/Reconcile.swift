import ArgumentParser
import ExactMoney
import Ledger
import Logging
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

    @Flag(help: "Say it as JSON. It is JSON in any case.")
    var json = false

    func validate() throws {
        if release != nil, reason?.isEmpty ?? true { throw ValidationError("--release needs --reason") }
        if release != nil, drift { throw ValidationError("--release and --drift are two things") }
    }

    func run() async throws {
        let environment = try Environment.loaded()
        let gateway = LedgerError.unavailable("reconciling goes through the gateway")
        let answer: GatewayClient.Answer
        if let release, let reason {
            let body = #"{"release":\#(JSONText.quoted(release)),"reason":\#(JSONText.quoted(reason))}"#
            answer = try await RunningGateway.post("/api/admin/reconcile", json: body, environment, gateway)
        } else {
            answer = try await RunningGateway.get(
                drift ? "/api/admin/drift" : "/api/admin/unresolved", environment, gateway)
        }
        StandardOutput.say(answer.text)
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

    @Flag(help: "Say it as JSON. It is JSON in any case.")
    var json = false

    func validate() throws {
        guard let money = try? Money(usd: amount, rounding: .down), money != .zero else {
            throw ValidationError("--amount is an amount of USD, such as -1.50")
        }
        if reason.isEmpty { throw ValidationError("--reason says why") }
    }

    func run() async throws {
        let environment = try Environment.loaded()
        let body = """
            {"tenant":\(tenant.map(JSONText.quoted) ?? "null"),"period":\(JSONText.quoted(period)),\
            "amountUsd":\(JSONText.quoted(amount)),"reason":\(JSONText.quoted(reason))}
            """
        let answer = try await RunningGateway.post(
            "/api/admin/correct", json: body, environment, .unavailable("changes go through the gateway"))
        StandardOutput.say(answer.text)
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

    @Flag(help: "Say it as JSON. It is JSON in any case.")
    var json = false

    func run() async throws {
        let environment = try Environment.loaded()
        let body = #"{"kind":\#(JSONText.quoted(kind)),"name":\#(JSONText.quoted(name))}"#
        let answer = try await RunningGateway.post(
            "/api/admin/forget", json: body, environment, .unavailable("changes go through the gateway"))
        StandardOutput.say(answer.text)
    }
}
