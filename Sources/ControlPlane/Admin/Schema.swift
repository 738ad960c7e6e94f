import Gateway
import Upstream

/// What a JSON value looks like. It checks what comes in and stands in `/openapi.json`, so that the two cannot differ.
indirect enum Schema: Sendable {
    /// With these members. Some has to be there.
    case object([Field], least: Int = 0)
    /// With these members, and any others.
    case open([Field])
    case array(Schema, least: Int = 0, most: Int? = nil)
    case text(TextRule)
    case anyText
    case whole(ClosedRange<Int64>)
    case number
    case boolean
    case nullable(Schema)
    /// Members of any name, each of this kind.
    case dictionary(Schema)
    /// One of ``Schema/shared``.
    case named(String)
    case anything

    struct Field: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool
        let note: String
    }

    /// A member that has to be there.
    static func field(_ name: String, _ schema: Schema, _ note: String = "") -> Field {
        Field(name: name, schema: schema, isRequired: true, note: note)
    }

    /// A member that may be left out.
    static func optional(_ name: String, _ schema: Schema, _ note: String = "") -> Field {
        Field(name: name, schema: schema, isRequired: false, note: note)
    }

    /// An amount of USD in an answer; a correction or an overrun may bring a remainder below zero.
    static let usd = Schema.anyText

    var json: String { jsonObject(members()) }

    private func members() -> [(String, String)] {
        switch self {
        case .object(let fields, let least):
            Schema.members(of: fields, others: "false") + (least > 0 ? [("minProperties", "\(least)")] : [])
        case .open(let fields): Schema.members(of: fields, others: "true")
        case .array(let element, let least, let most):
            [("type", "\"array\""), ("items", element.json)] + (least > 0 ? [("minItems", "\(least)")] : [])
                + (most.map { [("maxItems", "\($0)")] } ?? [])
        case .text(let rule): [("type", "\"string\"")] + rule.json
        case .anyText: [("type", "\"string\"")]
        case .whole(let range):
            [("type", "\"integer\""), ("minimum", "\(range.lowerBound)"), ("maximum", "\(range.upperBound)")]
        case .number: [("type", "\"number\"")]
        case .boolean: [("type", "\"boolean\"")]
        case .nullable(let schema): [("anyOf", jsonArray([schema.json, #"{"type":"null"}"#]))]
        case .dictionary(let schema): [("type", "\"object\""), ("additionalProperties", schema.json)]
        case .anything: []
        case .named(let name): [("$ref", quoted("#/components/schemas/\(name)"))]
        }
    }

    private static func members(of fields: [Field], others: String) -> [(String, String)] {
        let properties = fields.map { field in
            let members = field.schema.members() + (field.note.isEmpty ? [] : [("description", quoted(field.note))])
            return (field.name, jsonObject(members))
        }
        let required = fields.filter(\.isRequired).map { quoted($0.name) }
        return [
            ("type", "\"object\""), ("properties", jsonObject(properties)),
            ("required", jsonArray(required)), ("additionalProperties", others),
        ]
    }
}

// MARK: - Checking

extension Schema {
    /// What is wrong with a value: the path of the part, and a sentence.
    struct Problem {
        let path: String
        let message: String

        /// `'rpm' must be a whole number.`
        static func wrong(_ path: String, _ expected: String) -> Problem {
            Problem(path: path, message: "'\(path)' must be \(expected).")
        }

        static func missing(_ path: String) -> Problem { Problem(path: path, message: "'\(path)' is missing.") }

        static func unknown(_ path: String, _ name: String, among known: [String]) -> Problem {
            Problem(path: path, message: "'\(path)' is unknown. \(NearestName.hint(for: name, among: known))")
        }
    }

    /// The first problem found; nil if the value is as it should be.
    func problem(with value: JSONValue, at path: String) -> Problem? {
        switch self {
        case .object(let fields, let least):
            if let problem = problem(withMembersOf: value, fields, .none, at: path) { return problem }
            guard value.members.prefix(least).map({ $0.key }).count >= least else {
                return .wrong(
                    path.isEmpty ? "body" : path, "an object with some of " + fields.map(\.name).joined(separator: ", ")
                )
            }
            return nil
        case .open(let fields): return problem(withMembersOf: value, fields, .any, at: path)
        case .array(let element, let least, let most):
            guard value.kind == .array else { return .wrong(path, "a list") }
            let elements = Array(value.elements)
            guard elements.count <= most ?? .max else { return .wrong(path, "a list of at most \(most ?? 0)") }
            guard elements.count >= least else { return .wrong(path, "a list of at least \(least)") }
            for (index, one) in elements.enumerated() {
                if let problem = element.problem(with: one, at: "\(path)[\(index)]") { return problem }
            }
            return nil
        case .text(let rule): return value.string.map(rule.admits) == true ? nil : .wrong(path, rule.expectation)
        case .anyText: return value.kind == .string ? nil : .wrong(path, "a text")
        case .whole(let range):
            return value.wholeNumber.map(range.contains) == true
                ? nil : .wrong(path, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        case .number: return value.kind == .number ? nil : .wrong(path, "a number")
        case .boolean: return value.bool == nil ? .wrong(path, "true or false") : nil
        case .nullable(let schema): return value.isNull ? nil : schema.problem(with: value, at: path)
        case .dictionary(let schema):
            guard value.kind == .object else { return .wrong(path, "an object") }
            for (key, member) in value.members {
                if let problem = schema.problem(with: member, at: "\(path).\(key)") { return problem }
            }
            return nil
        case .anything: return nil
        case .named(let name): return Schema.shared[name]?.problem(with: value, at: path)
        }
    }

    private enum Others {
        case none
        case any
    }

    private func problem(
        withMembersOf value: JSONValue, _ fields: [Field], _ others: Others, at path: String
    ) -> Problem? {
        guard value.kind == .object else { return .wrong(path.isEmpty ? "body" : path, "an object") }
        for (key, member) in value.members {
            let place = path.isEmpty ? key : "\(path).\(key)"
            guard let field = fields.first(where: { $0.name == key }) else {
                if others == .any { continue }
                return .unknown(place, key, among: fields.map(\.name))
            }
            if let problem = field.schema.problem(with: member, at: place) { return problem }
        }
        let missing = fields.first { $0.isRequired && value[$0.name] == nil }
        return missing.map { .missing(path.isEmpty ? $0.name : "\(path).\($0.name)") }
    }
}

extension JSONValue {
    /// A number without a fraction, however it is written: `2`, `2.0`.
    var wholeNumber: Int64? {
        guard kind == .number else { return nil }
        if let integer { return integer }
        let text = String(decoding: text, as: UTF8.self)
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].allSatisfy({ $0 == "0" }) else { return nil }
        return Int64(parts[0])
    }
}
