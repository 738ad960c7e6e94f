/// What is wrong with a request, in words that name the field and the fix. Nothing was reserved and nothing sent.
public struct RequestProblem: Error, Hashable, Sendable {
    public enum Reason: String, Hashable, Sendable {
        case invalidJSON = "invalid_json"
        case invalidField = "invalid_field"
        case duplicateKey = "duplicate_key"
        case tooDeep = "too_deep"
        case unboundedCost = "unbounded_cost"
        case modelNotPriced = "model_not_priced"
    }

    public let reason: Reason
    /// The field, where it is known: `messages[0].content[1].type`.
    public let param: String?
    public let message: String

    public init(_ reason: Reason, param: String?, _ message: String) {
        self.reason = reason
        self.param = param
        self.message = message
    }

    init(_ failure: JSONDocument.Failure) {
        switch failure {
        case .invalid(let offset, let what):
            self.init(.invalidJSON, param: nil, "The body is not valid JSON: at byte \(offset), \(what).")
        case .duplicateKey(let key):
            self.init(.duplicateKey, param: key, "The key '\(key)' stands twice in one object. Send it once.")
        case .tooDeep(let limit):
            self.init(.tooDeep, param: nil, "The body nests deeper than \(limit) levels.")
        }
    }

    static func wrongType(_ param: String, expected: String) -> RequestProblem {
        RequestProblem(.invalidField, param: param, "'\(param)' must be \(expected).")
    }

    static func storedFile(_ param: String) -> RequestProblem {
        .unbounded(param, "files kept upstream belong to all who share the gateway's key")
    }

    static func unbounded(_ param: String, _ why: String) -> RequestProblem {
        RequestProblem(.unboundedCost, param: param, "'\(param)' is refused because \(why). Leave it out.")
    }
}
