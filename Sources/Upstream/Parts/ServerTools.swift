import ExactMoney
import Pricing

/// Tools that run at OpenRouter in a loop: each step sends the conversation anew, so tokens alone have no bound. With
/// `stop_server_tools_when: [{"type":"max_cost", …}]` the loop ends after the step that reaches the amount. What it can come to
/// is that amount, one more step, and the fees of the tools that this step calls: 30 at most, OpenRouter's own limit of
/// `max_tool_calls`.
///
/// | Tool | Fee a call |
/// |---|---|
/// | `openrouter:web_search` | a search |
/// | `openrouter:web_fetch` | a page |
/// | `openrouter:datetime` | none |
/// | others | refused: they run other models, or machines |
///
/// Facts: https://openrouter.ai/docs/guides/features/server-tools, read 2026-08. That the limit of 30 also holds beside
/// `stop_server_tools_when` is not said there; decision 17 takes it so.
struct ServerTools {
    private(set) var fees = Picodollars.zero
    private(set) var areAsked = false
    private var dearestCall = Picodollars.zero

    private static let mostCalls: Int64 = 30

    /// Adds one tool that is no function.
    mutating func add(_ tool: JSONValue, type: String, _ param: String) throws(RequestProblem) {
        let options = tool["parameters"] ?? tool
        switch type {
        case "openrouter:web_search":
            try Plugins.checkEngine(options, "\(param).parameters")
            dearestCall = max(dearestCall, ListedFees.search(results: try Plugins.results(options, param)))
        case "openrouter:web_fetch": dearestCall = max(dearestCall, ListedFees.fetch)
        case "openrouter:datetime": break
        default:
            throw .unbounded(
                "\(param).type", "a tool of type '\(type.prefix(64))' runs at the provider at a cost of its own")
        }
        areAsked = true
    }

    /// Sets the fees by the request's own bound.
    mutating func bound(_ body: RequestBody) throws(RequestProblem) {
        guard areAsked else { return }
        guard let most = try ServerTools.maxCost(body["stop_server_tools_when"]) else {
            throw .unbounded(
                "tools",
                """
                a loop of server tools has no bound without a limit such as \
                stop_server_tools_when: [{"type":"max_cost","max_cost_in_dollars":0.05}]. Add one, or leave the tools out
                """
            )
        }
        fees = most + dearestCall.scaled(by: ServerTools.mostCalls, over: 1)
    }

    /// The least amount at which the loop ends; nil where none is named.
    private static func maxCost(_ conditions: JSONValue?) throws(RequestProblem) -> Picodollars? {
        guard let conditions else { return nil }
        guard conditions.kind == .array else { throw .wrongType("stop_server_tools_when", expected: "a list") }
        var least: Picodollars?
        for (index, condition) in conditions.elements.enumerated() where condition["type"]?.string == "max_cost" {
            let value = condition["max_cost_in_dollars"]
            guard let value, value.kind == .number,
                let amount = try? ExactDecimal.scaled(value.text, decimals: 12, rounding: .up), amount >= 0
            else {
                throw .wrongType(
                    "stop_server_tools_when[\(index)].max_cost_in_dollars", expected: "an amount of USD, 0 or more")
            }
            least = min(least ?? Picodollars(amount), Picodollars(amount))
        }
        return least
    }
}
