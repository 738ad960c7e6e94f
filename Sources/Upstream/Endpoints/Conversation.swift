/// What the messages of a chat request tell about its cost.
struct Conversation {
    var count: Int64 = 0
    var staysWithVendor = false
    /// What is not text.
    var carried = Carried()

    /// - Throws: ``RequestProblem`` where it is no list of messages, or holds a part whose cost has no bound.
    init(_ messages: JSONValue) throws(RequestProblem) {
        guard messages.kind == .array else { throw .wrongType("messages", expected: "a list of messages") }
        var lastRole: String?
        for message in messages.elements {
            let param = "messages[\(count)]"
            guard message.kind == .object else { throw .wrongType(param, expected: "an object") }
            guard let role = message["role"]?.string else { throw .wrongType("\(param).role", expected: "a role") }
            for (key, value) in message.members where !value.isNull {
                switch key {
                case "content": try read(content: value, "\(param).content")
                // Sound of an earlier answer, by its id, and pictures of one.
                case "audio": carried.addStoredSound()
                case "images": try read(content: value, "\(param).images")
                case "cache_control": try CacheControl.check(value, "\(param).cache_control")
                case "reasoning_details": staysWithVendor = staysWithVendor || Conversation.isSealed(value)
                default: break
                }
            }
            lastRole = role
            count += 1
        }
        guard count > 0 else { throw .wrongType("messages", expected: "a list of at least one message") }
        staysWithVendor = staysWithVendor || lastRole == "tool" || lastRole == "function"
    }

    private mutating func read(content: JSONValue, _ param: String) throws(RequestProblem) {
        switch content.kind {
        case .string: return
        case .array: break
        default: throw .wrongType(param, expected: "a string or a list of parts")
        }
        for (index, part) in content.elements.enumerated() {
            try ContentPart.read(part, "\(param)[\(index)]", into: &carried)
        }
    }

    /// Signed or encrypted reasoning, which another vendor would refuse.
    private static func isSealed(_ details: JSONValue) -> Bool {
        details.elements.contains { detail in
            detail["type"]?.string == "reasoning.encrypted" || detail["signature"]?.string != nil
        }
    }
}
