/// A function that the client offers.
struct Tool: Hashable, Sendable {
    let name: String
    private let parameters: JSON?

    /// Nil for what is no function.
    init?(_ json: JSON) {
        guard let function = json["function"], let name = function["name"]?.string else { return nil }
        self.name = name
        parameters = function["parameters"]
    }

    /// Arguments with which the function may be called: every required property, with a simple value.
    var exampleArguments: JSON { Tool.exampleObject(of: parameters ?? .object([]), depth: 0) }

    private static func example(of schema: JSON, depth: Int) -> JSON {
        if case .array(let values)? = schema["enum"], let first = values.first { return first }
        if let constant = schema["const"] { return constant }
        switch schema.firstType {
        case "string": return "example"
        case "integer", "number": return schema["minimum"] ?? 1
        case "boolean": return true
        case "null": return nil
        case nil where schema["properties"] == nil: return "example"
        case "array": return .array([])
        default: return depth < 8 ? exampleObject(of: schema, depth: depth) : .object([])
        }
    }

    private static func exampleObject(of schema: JSON, depth: Int) -> JSON {
        guard case .array(let required)? = schema["required"] else { return .object([]) }
        return .object(
            required.compactMap(\.string).map { name in
                let property = schema["properties"]?[name] ?? .object([])
                return JSON.Member(key: name, value: example(of: property, depth: depth + 1))
            })
    }
}

extension JSON {
    /// The schema's type, or the first of several.
    fileprivate var firstType: String? {
        if case .array(let types)? = self["type"] { return types.first?.string }
        return self["type"]?.string
    }
}

extension ChatRequest {
    /// The tool to call: one that a user's last message names, or the first where it says "tool". None once a tool has
    /// answered, so that a loop of calls ends.
    var wantedTool: Tool? {
        let offered = (tools ?? []).compactMap(Tool.init)
        guard toolChoice != "none", let last = messages.last, last.role == "user" else { return nil }
        let text = last.texts.joined(separator: "\n").lowercased()
        let named = offered.first { text.contains($0.name.lowercased()) }
        return named ?? (text.contains("tool") ? offered.first : nil)
    }
}
