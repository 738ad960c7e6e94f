/// What runs at OpenRouter and may be taken out of a request: server tools by their type, plugins by their id.
///
/// Facts: https://openrouter.ai/docs/guides/features/server-tools and /plugins, read 2026-08.
public enum ServedExtra {
    public static let tools: Set = Set(
        [
            "advisor", "bash", "datetime", "files", "fusion", "image_generation", "shell", "subagent", "web_fetch",
            "web_search",
        ].map { "openrouter:\($0)" })
    public static let plugins: Set = [
        "auto-beta-router", "auto-router", "context-compression", "file-parser", "fusion", "moderation",
        "pareto-router", "response-healing", "web", "web-fetch",
    ]

    /// Every name that may be taken out, in order. No tool that the client runs itself is among them.
    public static let names = tools.union(plugins).sorted()
}

extension RequestBody {
    /// The body without the server tools and plugins of these names; itself where it has none of them.
    ///
    /// A plugin that is switched off stays: it costs nothing, and it may switch off what upstream would add. A list that is
    /// left with nothing goes whole, and with the last tool what chooses among tools, which upstream would refuse without any.
    /// What stays is byte for byte the client's.
    public func without(_ names: Set<String>) -> RequestBody {
        var names = names
        var gone: Set<String> = []
        var lists: [String: [JSONValue]] = [:]
        var dropped: [String] = []
        for (field, key, known) in [("tools", "type", ServedExtra.tools), ("plugins", "id", ServedExtra.plugins)] {
            guard let list = self[field], list.kind == .array else { continue }
            var kept: [JSONValue] = []
            for element in list.elements {
                guard let name = element[key]?.string, names.contains(name), known.contains(name),
                    element["enabled"]?.bool != false
                else {
                    kept.append(element)
                    continue
                }
                if !dropped.contains(name) { dropped.append(name) }
            }
            guard kept.count < list.elements.reduce(0, { count, _ in count + 1 }) else { continue }
            lists[field] = kept
            if kept.isEmpty { gone.insert(field) }
        }
        guard !dropped.isEmpty else { return self }
        names.formIntersection(dropped)
        if gone.contains("tools") {
            gone.formUnion(["tool_choice", "parallel_tool_calls"])
        } else if let choice = self["tool_choice"], choice.names(anyOf: names) {
            gone.insert("tool_choice")
        }
        return RequestBody(document.without(gone, keeping: lists), dropped: dropped) ?? self
    }

    /// Nil for what is no object, which a checked body with parts left out never is.
    private init?(_ bytes: [UInt8], dropped: [String]) {
        guard let body = try? RequestBody(bytes) else { return nil }
        self = body
        self.dropped = dropped
    }
}

extension JSONValue {
    /// Whether one of these is a string in it, however deep.
    fileprivate func names(anyOf names: Set<String>) -> Bool {
        switch kind {
        case .string: string.map(names.contains) ?? false
        case .object: members.contains { $0.value.names(anyOf: names) }
        case .array: elements.contains { $0.names(anyOf: names) }
        case .number, .boolTrue, .boolFalse, .null: false
        }
    }
}

extension JSONDocument {
    /// The text without some members of its object, and with only these elements in some of its lists.
    fileprivate func without(_ gone: Set<String>, keeping lists: [String: [JSONValue]]) -> [UInt8] {
        var members: [[UInt8]] = []
        for (key, value) in root.members where !gone.contains(key) {
            let text: [UInt8]
            if let kept = lists[key] {
                text = [UInt8(ascii: "[")] + kept.map(\.text).joined(separator: ",".utf8) + [UInt8(ascii: "]")]
            } else {
                text = Array(value.text)
            }
            members.append(Array(bytes[value.keyRange]) + [UInt8(ascii: ":")] + text)
        }
        return [UInt8(ascii: "{")] + members.joined(separator: ",".utf8) + [UInt8(ascii: "}")]
    }
}
