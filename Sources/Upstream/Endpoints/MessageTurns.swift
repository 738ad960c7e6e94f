/// What the messages of Anthropic's shape tell about their cost.
struct MessageTurns {
    private(set) var count: Int64 = 0
    private(set) var staysWithVendor = false
    /// What is not text.
    private(set) var carried = Carried()
    /// Arguments are shown to the model as JSON, which is written anew.
    private(set) var addedByEscaping: Int64 = 0
    private var isSealed = false
    private var endsInResult = false

    /// Where a block stands: not every kind is allowed everywhere.
    enum Place {
        case message
        case system
        case toolResult
    }

    /// - Throws: ``RequestProblem`` where it is no list of messages, or holds a block that is not priced.
    init(_ messages: JSONValue) throws(RequestProblem) {
        guard messages.kind == .array else { throw .wrongType("messages", expected: "a list of messages") }
        for message in messages.elements {
            let param = "messages[\(count)]"
            guard message.kind == .object else { throw .wrongType(param, expected: "an object") }
            guard message["role"]?.string != nil else { throw .wrongType("\(param).role", expected: "a role") }
            guard let content = message["content"] else {
                throw .wrongType("\(param).content", expected: "a string or a list of blocks")
            }
            endsInResult = false
            try read(content: content, "\(param).content", in: .message)
            count += 1
        }
        guard count > 0 else { throw .wrongType("messages", expected: "a list of at least one message") }
        staysWithVendor = isSealed || endsInResult
    }

    mutating func read(content: JSONValue, _ param: String, in place: Place) throws(RequestProblem) {
        switch content.kind {
        case .string: return
        case .array: break
        default: throw .wrongType(param, expected: "a string or a list of blocks")
        }
        for (index, block) in content.elements.enumerated() {
            let param = "\(param)[\(index)]"
            guard block.kind == .object, let type = block["type"]?.string else {
                throw .wrongType("\(param).type", expected: "a block's type")
            }
            if let control = block["cache_control"] {
                try CacheControl.check(control, "\(param).cache_control")
            }
            switch (type, place) {
            case ("text", _): break
            case ("tool_use", .message): addedByEscaping += block["input"]?.bytesAddedByEscaping ?? 0
            case ("image", .message), ("image", .toolResult), ("document", .message), ("document", .toolResult):
                try read(source: block["source"], of: type, param)
            case ("thinking", .message), ("redacted_thinking", .message):
                isSealed = isSealed || type == "redacted_thinking" || block["signature"]?.string?.isEmpty == false
            case ("tool_result", .message):
                endsInResult = true
                if let content = block["content"], !content.isNull {
                    try read(content: content, "\(param).content", in: .toolResult)
                }
            default:
                throw .unbounded(
                    "\(param).type", "blocks of type '\(type.prefix(64))' have no price that is known here")
            }
        }
    }

    /// A picture or a document, by where it comes from. Plain text is text like any other.
    private mutating func read(source: JSONValue?, of type: String, _ param: String) throws(RequestProblem) {
        guard let source, let origin = source["type"]?.string else {
            throw .wrongType("\(param).source.type", expected: "where it comes from")
        }
        switch (type, origin) {
        case (_, "file"): throw .storedFile("\(param).source.file_id")
        case ("image", "base64"):
            guard let data = source["data"], data.kind == .string else {
                throw .wrongType("\(param).source.data", expected: "a picture in base64")
            }
            carried.addImage(data: data)
        case ("image", "url"):
            guard let url = source["url"], url.kind == .string else {
                throw .wrongType("\(param).source.url", expected: "an address")
            }
            carried.addImage(url: url)
        case ("document", "text"): break
        case ("document", "base64"), ("document", "url"): carried.addFile()
        default:
            throw .unbounded(
                "\(param).source.type", "what comes from '\(origin.prefix(64))' has no price that is known")
        }
    }
}
