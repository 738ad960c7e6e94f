/// Text as the older endpoints take it: a string, a list of strings, tokens, or lists of tokens.
///
/// A token takes two bytes of JSON at least, so that every byte counted as a token bounds these too.
enum TextInput {
    /// How many texts there are.
    ///
    /// - Throws: ``RequestProblem`` for anything else, and for none.
    static func count(_ value: JSONValue, _ param: String) throws(RequestProblem) -> Int64 {
        if value.kind == .string { return 1 }
        guard value.kind == .array, let first = value.elements.first(where: { _ in true }) else {
            throw .wrongType(param, expected: "a text, a list of at least one text, or tokens")
        }
        switch first.kind {
        case .number:
            try checkTokens(value, param)
            return 1
        case .string, .array:
            var count: Int64 = 0
            for element in value.elements {
                guard element.kind == first.kind else {
                    throw .wrongType("\(param)[\(count)]", expected: "of the kind of those before it")
                }
                if element.kind == .array { try checkTokens(element, "\(param)[\(count)]") }
                count += 1
            }
            return count
        case .object:
            throw .unbounded("\(param)[0]", "only text is priced here")
        case .boolTrue, .boolFalse, .null:
            throw .wrongType("\(param)[0]", expected: "a text or tokens")
        }
    }

    private static func checkTokens(_ value: JSONValue, _ param: String) throws(RequestProblem) {
        for token in value.elements {
            guard let number = token.integer, number >= 0 else {
                throw .wrongType(param, expected: "a list of tokens, whole numbers from 0")
            }
        }
    }
}
