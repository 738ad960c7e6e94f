/// What the messages of a chat request tell about its cost.
struct Conversation {
    var count: Int64 = 0
    var staysWithVendor = false

    /// - Throws: ``RequestProblem`` where it is no list of messages, or holds a part that is not text.
    init(_ messages: JSONValue) throws(RequestProblem) {
        guard messages.kind == .array else { throw .wrongType("messages", expected: "a list of messages") }
        var lastRole: String?
        for message in messages.elements {
            let param = "messages[\(count)]"
            guard message.kind == .object else { throw .wrongType(param, expected: "an object") }
            guard let role = message["role"]?.string else { throw .wrongType("\(param).role", expected: "a role") }
            for (key, value) in message.members where !value.isNull {
                switch key {
                case "content": try Conversation.check(content: value, "\(param).content")
                case "audio", "images": throw .unbounded("\(param).\(key)", "only text is priced yet")
                case "cache_control": try PricedRequest.refuseLifetime(value, "\(param).cache_control")
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

    private static func check(content: JSONValue, _ param: String) throws(RequestProblem) {
        switch content.kind {
        case .string: return
        case .array: break
        default: throw .wrongType(param, expected: "a string or a list of parts")
        }
        for (index, part) in content.elements.enumerated() {
            let param = "\(param)[\(index)]"
            guard part.kind == .object, let type = part["type"]?.string else {
                throw .wrongType("\(param).type", expected: "a part's type")
            }
            guard type == "text" || type == "refusal" else {
                throw .unbounded("\(param).type", "parts of type '\(type.prefix(64))' are not priced yet")
            }
            if let control = part["cache_control"] {
                try PricedRequest.refuseLifetime(control, "\(param).cache_control")
            }
        }
    }

    /// Signed or encrypted reasoning, which another vendor would refuse.
    private static func isSealed(_ details: JSONValue) -> Bool {
        details.elements.contains { detail in
            detail["type"]?.string == "reasoning.encrypted" || detail["signature"]?.string != nil
        }
    }
}
