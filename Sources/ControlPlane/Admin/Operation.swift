import Budgeting
import Gateway
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Upstream

/// One thing the control plane can be asked: where, with what, what comes back, and how it is done. The router is made of
/// these, and so is `/openapi.json`.
struct Operation: Sendable {
    struct Parameter: Sendable {
        let name: String
        let schema: Schema
        var note = ""
        /// Of one in a query; those of a path always are.
        var isRequired = false
        var example: String?
    }

    struct Answer: Sendable {
        let status: Int
        let note: String
        /// Nil for one without a body, or with a body that is no JSON.
        let schema: Schema?
        var type = "application/json"
        /// Another that it may have instead.
        var alsoType: String?

        static func ok(_ note: String, _ schema: Schema) -> Answer { Answer(status: 200, note: note, schema: schema) }
    }

    let method: HTTPRequest.Method
    /// With names in braces: `/api/admin/keys/{key}`.
    let path: String
    let id: String
    let summary: String
    /// In the order of the path.
    var inPath: [Parameter] = []
    var inQuery: [Parameter] = []
    var body: Schema?
    let answers: [Answer]
    /// Statuses of refusals beyond those of every operation, each with why.
    var refusals: [(Int, String)] = []
    let run: @Sendable (Question) async throws -> Response

    /// A misspelled filter would show more than was asked for. Paths that others than Bursar's own clients ask, such as a
    /// health check, may add to the query what they like.
    private var refusesUnknownQuery: Bool { path.hasPrefix("/api/admin/") }

    /// A body is small: names, amounts, lists of a few.
    private static let bodyLimit = 1 << 20

    func answer(_ request: Request, _ context: ControlContext) async throws -> Response {
        var path: [String: String] = [:]
        for parameter in inPath {
            let raw = String(context.parameters.get(parameter.name) ?? "")
            path[parameter.name] = try Operation.check(raw.percentDecoded, parameter)
        }
        var query: [String: String] = [:]
        for (name, value) in try request.decodedQuery {
            guard inQuery.contains(where: { $0.name == name }) else {
                guard refusesUnknownQuery else { continue }
                let hint = NearestName.hint(for: name, among: inQuery.map(\.name))
                throw GatewayRefusal.invalid("invalid_field", param: name, "'\(name)' is unknown. \(hint)")
            }
            guard query[name] == nil else {
                throw GatewayRefusal.invalid("invalid_field", param: name, "'\(name)' was given twice. Give it once.")
            }
            query[name] = value
        }
        for parameter in inQuery where query[parameter.name] != nil {
            query[parameter.name] = try Operation.check(query[parameter.name], parameter)
        }
        let value = try await body.asyncMap { try await Operation.read(request, $0) }
        return try await run(Question(context: context, path: path, query: query, body: value))
    }

    private static func check(_ text: String?, _ parameter: Parameter) throws -> String {
        guard let text, let expected = parameter.schema.expectation(of: text) else { return text ?? "" }
        // A malformed tenant has a reason of its own, wherever it stands.
        throw GatewayRefusal.invalid(
            parameter.name == "tenant" ? "invalid_tenant" : "invalid_field", param: parameter.name,
            "'\(parameter.name)' must be \(expected).")
    }

    private static func read(_ request: Request, _ schema: Schema) async throws -> JSONValue {
        let type = request.headers[.contentType].map { String($0.prefix { $0 != ";" }).lowercased() }
        guard type == "application/json" else {
            throw GatewayRefusal.invalid(415, "unsupported_media_type", "Content-Type must be application/json.")
        }
        let bytes: ByteBuffer
        do { bytes = try await request.body.collect(upTo: bodyLimit) } catch {
            throw GatewayRefusal.invalid(413, "body_too_large", "The body is larger than \(bodyLimit >> 20) MiB.")
        }
        let document: JSONDocument
        do { document = try JSONDocument(Array(bytes.readableBytesView)) } catch {
            throw GatewayRefusal.invalid("invalid_json", "The body is no JSON: \(error).")
        }
        if let problem = schema.problem(with: document.root, at: "") {
            throw GatewayRefusal.invalid("invalid_field", param: problem.path, problem.message)
        }
        return document.root
    }
}

/// A request that has been checked: every part looks as the operation says.
struct Question: Sendable {
    let context: ControlContext
    let path: [String: String]
    let query: [String: String]
    let body: JSONValue?

    /// Who asks, for the record.
    var who: String { context.identity?.name ?? "anonymous" }

    func text(_ name: String) -> String? { body?[name]?.string }

    func texts(_ name: String) -> [String] { body?[name]?.elements.compactMap(\.string) ?? [] }

    func limit(default fallback: Int) -> Int { query["limit"].flatMap { Int($0) } ?? fallback }

    func instant(_ name: String) -> Instant? { query[name].flatMap { Instant(rfc3339: $0) } }
}

extension Schema {
    /// What a text in a path or query should have been; nil where it is well.
    fileprivate func expectation(of text: String) -> String? {
        switch self {
        case .text(let rule): rule.admits(text) ? nil : rule.expectation
        case .whole(let range):
            Int64(text).map(range.contains) == true
                ? nil : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        default: nil
        }
    }
}

extension Request {
    /// Names and values of the query, decoded.
    fileprivate var decodedQuery: [(String, String)] {
        get throws {
            try (uri.query ?? "").split(separator: "&").map { part in
                let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let texts = halves.map { String($0).replacingPlus.percentDecoded }
                guard let name = texts[0], let value = texts.count > 1 ? texts[1] : "" else {
                    throw GatewayRefusal.invalid("invalid_field", "The query is not percent-encoded UTF-8.")
                }
                return (name, value)
            }
        }
    }
}

extension StringProtocol {
    /// Nil where a percent sign has no two digits after it, or the bytes are no UTF-8.
    var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            bytes.append(UInt8(digits[0] << 4 | digits[1]))
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension String {
    fileprivate var replacingPlus: String { String(map { $0 == "+" ? " " : $0 }) }
}

extension Optional {
    fileprivate func asyncMap<T>(_ transform: (Wrapped) async throws -> T) async rethrows -> T? {
        if let self { try await transform(self) } else { nil }
    }
}
