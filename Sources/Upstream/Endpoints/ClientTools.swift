/// The tools that a request offers: those that the client runs itself, and those that run at OpenRouter.
enum ClientTools {
    /// How many the client runs, and the others.
    ///
    /// - Parameters:
    ///   - own: the types of tools that run at the client.
    ///   - typeMayBeAbsent: whether a tool without a type is the client's.
    /// - Throws: ``RequestProblem`` for what is no list of tools, and for a tool whose cost has no bound.
    static func read(
        _ body: RequestBody, own: Set<String>, typeMayBeAbsent: Bool = false
    ) throws(RequestProblem) -> (Int64, ServerTools) {
        var served = ServerTools()
        guard let tools = body["tools"] else { return (0, served) }
        guard tools.kind == .array else { throw .wrongType("tools", expected: "a list") }
        var count: Int64 = 0
        for (index, tool) in tools.elements.enumerated() {
            let param = "tools[\(index)]"
            let type = tool["type"].flatMap { $0.isNull ? nil : $0 }
            guard tool.kind == .object, type?.kind == .string || type == nil && typeMayBeAbsent else {
                throw .wrongType("\(param).type", expected: own.sorted().map { "\"\($0)\"" }.joined(separator: " or "))
            }
            if let type = type?.string, !own.contains(type) {
                try served.add(tool, type: type, param)
            } else {
                count += 1
            }
            if let control = tool["cache_control"] { try CacheControl.check(control, "\(param).cache_control") }
        }
        try served.bound(body)
        return (count, served)
    }
}
