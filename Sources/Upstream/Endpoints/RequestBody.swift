import Pricing

/// A body that is known to be a JSON object.
public struct RequestBody: Sendable {
    let document: JSONDocument
    /// What was taken out of it, by name.
    public internal(set) var dropped: [String] = []

    /// - Throws: ``RequestProblem`` for text that is no JSON object.
    public init(_ bytes: [UInt8]) throws(RequestProblem) {
        do { document = try JSONDocument(bytes) } catch { throw RequestProblem(error) }
        guard document.root.kind == .object else {
            throw RequestProblem(.invalidJSON, param: nil, "The body must be a JSON object.")
        }
    }

    /// The member of this name; nil where there is none, and where it is null.
    subscript(_ name: String) -> JSONValue? { document.root[name].flatMap { $0.isNull ? nil : $0 } }

    /// The user that it names, for attribution.
    public var user: String? {
        let root = document.root
        return root["user"]?.string ?? root["safety_identifier"]?.string ?? root["metadata"]?["user_id"]?.string
    }

    /// The session that it names: calls that belong together.
    public var run: String? { document.root["session_id"]?.string }

    func flag(_ name: String) throws(RequestProblem) -> Bool {
        guard let value = self[name] else { return false }
        guard let flag = value.bool else { throw .wrongType(name, expected: "true or false") }
        return flag
    }

    /// A non-empty name; nil where there is none.
    func modelName() throws(RequestProblem) -> String? {
        guard let value = self["model"] else { return nil }
        guard let name = value.string, !name.isEmpty else { throw .wrongType("model", expected: "a model's name") }
        return name
    }

    func limit(_ name: String) throws(RequestProblem) -> Int64? {
        guard let value = self[name] else { return nil }
        guard let limit = value.integer, limit >= 1, limit <= Int64(Int32.max) else {
            throw .wrongType(name, expected: "a whole number from 1 to 2147483647")
        }
        return limit
    }

    /// Names of models.
    func names(_ field: String) throws(RequestProblem) -> [String] {
        guard let value = self[field] else { return [] }
        guard value.kind == .array else { throw .wrongType(field, expected: "a list of models' names") }
        var names: [String] = []
        for (index, element) in value.elements.enumerated() {
            let param = "\(field)[\(index)]"
            guard let name = element.string, !name.isEmpty else { throw .wrongType(param, expected: "a model's name") }
            try PricedRequest.refuseUnbounded(model: name, param)
            names.append(name)
        }
        return names
    }

    /// How many answers are asked for at once.
    func answers() throws(RequestProblem) -> Int64 {
        guard let value = self["n"] else { return 1 }
        guard let count = value.integer, 1...128 ~= count else {
            throw .wrongType("n", expected: "a whole number from 1 to 128")
        }
        return count
    }

    /// What the answer is to be beside text.
    func modalities() throws(RequestProblem) -> Capabilities {
        guard let value = self["modalities"] else { return [] }
        guard value.kind == .array else { throw .wrongType("modalities", expected: "a list") }
        var wanted: Capabilities = []
        for element in value.elements {
            switch element.string {
            case "text": break
            case "image": wanted.insert(.paints)
            case "audio": wanted.insert(.speaks)
            default: throw .unbounded("modalities", "only text, image and audio have prices that are known")
            }
        }
        return wanted
    }

    /// A limit on output must be above what the request sets aside for reasoning (`reasoning.max_tokens`).
    static func leastOutputTokens(reasoning: JSONValue?) -> Int64 {
        guard let tokens = reasoning?["max_tokens"]?.integer, (1..<Int64(Int32.max)).contains(tokens) else { return 1 }
        return tokens + 1
    }

    /// - Throws: ``RequestProblem`` where one of these is there and no object.
    func checkObjects(_ names: [String]) throws(RequestProblem) {
        for name in names {
            guard let value = self[name] else { continue }
            guard value.kind == .object else { throw .wrongType(name, expected: "an object") }
        }
    }
}
