/// A body that is known to be a JSON object, with its members at hand.
struct RequestBody {
    let document: JSONDocument
    /// The members that are not null.
    let fields: [String: JSONValue]

    /// - Throws: ``RequestProblem`` for text that is no JSON object.
    init(_ bytes: [UInt8]) throws(RequestProblem) {
        do { document = try JSONDocument(bytes) } catch { throw RequestProblem(error) }
        let root = document.root
        guard root.kind == .object else {
            throw RequestProblem(.invalidJSON, param: nil, "The body must be a JSON object.")
        }
        // Keys that differ in their bytes may be equal as strings ("\u{E9}" and "e\u{301}"); none of those is a field of ours.
        fields = Dictionary(
            root.members.filter { !$0.value.isNull }.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }
        )
    }

    subscript(_ name: String) -> JSONValue? { fields[name] }

    func flag(_ name: String) throws(RequestProblem) -> Bool {
        guard let value = fields[name] else { return false }
        guard let flag = value.bool else { throw .wrongType(name, expected: "true or false") }
        return flag
    }

    /// A non-empty name; nil where there is none.
    func modelName() throws(RequestProblem) -> String? {
        guard let value = fields["model"] else { return nil }
        guard let name = value.string, !name.isEmpty else { throw .wrongType("model", expected: "a model's name") }
        return name
    }

    func limit(_ name: String) throws(RequestProblem) -> Int64? {
        guard let value = fields[name] else { return nil }
        guard let limit = value.integer, limit >= 1, limit <= Int64(Int32.max) else {
            throw .wrongType(name, expected: "a whole number from 1 to 2147483647")
        }
        return limit
    }

    /// - Throws: ``RequestProblem`` where one of these is there and no object.
    func checkObjects(_ names: [String]) throws(RequestProblem) {
        for name in names {
            guard let value = fields[name] else { continue }
            guard value.kind == .object else { throw .wrongType(name, expected: "an object") }
        }
    }
}
