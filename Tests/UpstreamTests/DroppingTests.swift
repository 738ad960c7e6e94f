import ExactMoney
import Pricing
import Testing

@testable import Upstream

/// What is taken out of a body, and what stays as it was.
@Suite struct DroppingTests {
    private func body(_ text: String, without names: Set<String>) throws -> (text: String, dropped: [String]) {
        let rest = try RequestBody(Array(text.utf8)).without(names)
        return (String(decoding: rest.document.bytes, as: UTF8.self), rest.dropped)
    }

    @Test(arguments: [
        // The only plugin, the only tool: the list goes, and with the tools what chooses among them.
        (#"{"a":1, "plugins" : [ {"id":"web"} ]}"#, #"{"a":1}"#, ["web"]),
        (
            #"{"tools":[{"type":"openrouter:web_search"}],"tool_choice":"auto","parallel_tool_calls":true,"n":1.0}"#,
            #"{"n":1.0}"#, ["openrouter:web_search"]
        ),
        // Others stay, byte for byte and in order; each name is told once.
        (
            #"{"plugins":[{"id":"web"}, {"id":"file-parser", "pdf":{}},{"id":"web"}],"z":1e2}"#,
            #"{"plugins":[{"id":"file-parser", "pdf":{}}],"z":1e2}"#, ["web"]
        ),
        (
            #"{"tools":[{"type":"function","function":{"name":"web"}},{"type":"openrouter:web_search"}],"tool_choice":"required"}"#,
            #"{"tools":[{"type":"function","function":{"name":"web"}}],"tool_choice":"required"}"#,
            ["openrouter:web_search"]
        ),
        (
            #"{"tools":[{"name":"f"},{"type":"openrouter:web_search"}],"tool_choice":{"type":"openrouter:web_search"}}"#,
            #"{"tools":[{"name":"f"}]}"#, ["openrouter:web_search"]
        ),
        // Named in escapes it is the same name.
        (#"{"plugins":[{"id":"w\u0065b"}],"k\u0065y":1}"#, #"{"k\u0065y":1}"#, ["web"]),
    ])
    func takesOutWhatIsNamed(text: String, rest: String, dropped: [String]) throws {
        let found = try body(text, without: ["web", "openrouter:web_search"])
        #expect(found.text == rest)
        #expect(found.dropped == dropped)
    }

    @Test(arguments: [
        #"{"plugins":[{"id":"web","enabled":false}]}"#,  // It may switch off what upstream would add.
        #"{"plugins":[{"id":"file-parser"}]}"#, #"{"plugins":"web"}"#, #"{"plugins":null,"tools":[]}"#,
        #"{"tools":[{"type":"function","function":{"name":"openrouter:web_search"}}]}"#,
        #"{"tools":[{"type":"web"}]}"#, #"{"plugins":[{"id":"openrouter:web_search"}]}"#,
        #"{"messages":[{"plugins":[{"id":"web"}]}]}"#,
    ])
    func leavesAllElse(text: String) throws {
        let found = try body(text, without: ["web", "openrouter:web_search"])
        #expect(found.text == text)
        #expect(found.dropped.isEmpty)
    }

    @Test func aFunctionHasNoNameThatCanBeDropped() {
        #expect(!ServedExtra.names.contains("function") && !ServedExtra.names.contains("custom"))
    }

    @Test func whatIsPricedIsWhatIsLeft() throws {
        let text =
            #"{"messages":[{"role":"user","content":"hi"}],"plugins":[{"id":"web","engine":"exa"},{"id":"fusion"}]}"#
        let whole = try RequestBody(Array(text.utf8))
        let rest = whole.without(["web", "fusion"])
        let request = try PricedRequest(rest, at: .chatCompletions)
        #expect(request.dropped == ["web", "fusion"] && request.demand.fees == .zero && request.demand.open.isEmpty)
        #expect(throws: RequestProblem.self) { try PricedRequest(whole, at: .chatCompletions) }
    }
}
