import Gateway
import HTTPTypes
import Hummingbird
import NIOHTTP1
import Receipts

/// `/openapi.json`: the control plane as its operations say it, and the data plane as far as it is not OpenAI's own.
struct OpenAPI: Sendable {
    private let json: String

    init(_ operations: [Operation]) {
        var paths: [(String, [(String, String)])] = []
        func add(_ path: String, _ method: String, _ text: String) {
            let member = (method.lowercased(), text)
            if let index = paths.firstIndex(where: { $0.0 == path }) {
                paths[index].1.append(member)
            } else {
                paths.append((path, [member]))
            }
        }
        let own = OpenAPI.own
        for operation in operations + [own] { add(operation.path, operation.method.rawValue, OpenAPI.text(operation)) }
        for path in DataPlaneDocument.paths { add("/v1\(path.path)", path.method.rawValue, OpenAPI.text(path)) }
        json = jsonObject([
            ("openapi", quoted("3.1.0")),
            (
                "info",
                jsonObject([
                    ("title", quoted("Bursar")), ("version", quoted("1")),
                    (
                        "description",
                        quoted(
                            "Holds LLM spend to budgets: a proxy in front of OpenRouter that reserves before it calls. "
                                + "Every path under /v1 answers under /api/v1 too.")
                    ),
                ])
            ),
            ("paths", jsonObject(paths.map { ($0.0, jsonObject($0.1)) })),
            (
                "components",
                jsonObject([
                    ("schemas", jsonObject(Schema.shared.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })),
                    (
                        "securitySchemes",
                        jsonObject([
                            ("token", OpenAPI.bearer("The admin's or the viewer's token.")),
                            ("key", OpenAPI.bearer("A virtual key; any, while none was issued.")),
                        ])
                    ),
                ])
            ),
        ])
    }

    /// The document about itself.
    var operation: Operation { OpenAPI.described { [json] _ in Response(json: json) } }

    private static let own = described { _ in Response(json: "{}") }

    private static func described(_ run: @escaping @Sendable (Question) async throws -> Response) -> Operation {
        Operation(
            method: .get, path: "/openapi.json", id: "openapi", summary: "This document.",
            answers: [.init(status: 200, note: "OpenAPI 3.1.", schema: .anything)], run: run)
    }

    private static func text(_ operation: Operation) -> String {
        var members = [("operationId", quoted(operation.id)), ("summary", quoted(operation.summary))]
        if operation.path != "/api/health" {
            // Reading needs nothing while the gateway is open.
            let asked: Asked = operation.path.hasPrefix("/api/admin/") ? .required : .optional
            members.append(("security", security("token", asked)))
        }
        let parameters =
            operation.inPath.map { text($0, "path") } + operation.inQuery.map { text($0, "query") }
        if !parameters.isEmpty { members.append(("parameters", jsonArray(parameters))) }
        if let body = operation.body {
            members.append(
                (
                    "requestBody",
                    jsonObject([("required", "true"), ("content", content("application/json", body.json))])
                ))
        }
        var answers = operation.answers.map { ("\($0.status)", text($0)) }
        for (status, note) in operation.refusals + refusals where !answers.contains(where: { $0.0 == "\(status)" }) {
            answers.append(("\(status)", refusal(note)))
        }
        members.append(("responses", jsonObject(answers.sorted { $0.0 < $1.0 })))
        return jsonObject(members)
    }

    /// A path of the data plane.
    private static func text(_ path: DataPlaneDocument.Path) -> String {
        let words = path.path.split { "/{}".contains($0) }
        let headers = DataPlaneDocument.caller + (path.isCall ? DataPlaneDocument.call : [])
        let parameters =
            path.inPath.map { text($0, "path") } + path.inQuery.map { text($0, "query") }
            + headers.map { text($0, "header") }
        let id = ([path.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
        var members = [
            ("operationId", quoted(id)), ("summary", quoted(path.summary)), ("parameters", jsonArray(parameters)),
            ("security", security("key", .optional)),
        ]
        if let body = path.body {
            let examples = path.examples.map { ($0.name, jsonObject([("value", $0.body)])) }
            let type = jsonObject([("schema", body.json), ("examples", jsonObject(examples))])
            members.append(
                (
                    "requestBody",
                    jsonObject([("required", "true"), ("content", jsonObject([("application/json", type)]))])
                ))
        }
        let shape = path.streams || path.isAnthropic || path.path == "/embeddings" ? "PassedRefusal" : "Refusal"
        let refusals = DataPlaneDocument.refusals + (path.body == nil ? [] : DataPlaneDocument.callRefusals)
        let answers =
            [("200", text(of: path))] + refusals.map { ("\($0.0)", refusal($0.1, shape)) }
            + [("default", refusal("As upstream refused, with hints to our account removed.", shape))]
        members.append(("responses", jsonObject(answers)))
        return jsonObject(members)
    }

    private static func text(of path: DataPlaneDocument.Path) -> String {
        var types = [("application/json", jsonObject([("schema", path.answer.json)]))]
        if path.streams { types.append(("text/event-stream", "{}")) }
        var members = [("description", quoted("The answer.")), ("content", jsonObject(types))]
        if path.isCall, path.path != "/quote" {
            let headers = DataPlaneDocument.told.map { header in
                (header.name, jsonObject([("description", quoted(header.note)), ("schema", Schema.anyText.json)]))
            }
            members.append(("headers", jsonObject(headers)))
        }
        return jsonObject(members)
    }

    private enum Asked {
        case required
        case optional
    }

    private static func security(_ scheme: String, _ asked: Asked) -> String {
        let needs = jsonObject([(scheme, jsonArray([]))])
        return jsonArray(asked == .required ? [needs] : [needs, jsonObject([])])
    }

    private static func bearer(_ note: String) -> String {
        jsonObject([("type", quoted("http")), ("scheme", quoted("bearer")), ("description", quoted(note))])
    }

    /// What any operation may be refused with.
    private static let refusals = [
        (400, "Something in the request is not as described."), (401, "No token, or a wrong one."),
        (403, "The token may not do this, or the request does not come from this machine."),
        (405, "Another method."), (413, "The body is too large."), (415, "The body is no JSON by its Content-Type."),
        (429, "Too many wrong tokens."), (503, "The ledger cannot write, or the gateway is shutting down."),
    ]

    private static func text(_ parameter: Operation.Parameter, _ place: String) -> String {
        var members = [
            ("name", quoted(parameter.name)), ("in", quoted(place)),
            ("required", "\(place == "path" || parameter.isRequired)"),
            ("schema", parameter.schema.json),
        ]
        if !parameter.note.isEmpty { members.append(("description", quoted(parameter.note))) }
        if let example = parameter.example { members.append(("example", quoted(example))) }
        return jsonObject(members)
    }

    private static func text(_ answer: Operation.Answer) -> String {
        // What a stream of events holds cannot be said here.
        let schema = answer.type == "text/event-stream" ? Schema.anything : answer.schema ?? .anyText
        var types = [(answer.type, jsonObject([("schema", schema.json)]))]
        if let also = answer.alsoType { types.append((also, jsonObject([("schema", Schema.anyText.json)]))) }
        return jsonObject([("description", quoted(answer.note)), ("content", jsonObject(types))])
    }

    private static func refusal(_ note: String, _ shape: String = "Refusal") -> String {
        jsonObject([
            ("description", quoted(note)),
            ("content", content("application/json", Schema.named(shape).json)),
        ])
    }

    private static func content(_ type: String, _ schema: String) -> String {
        jsonObject([(type, jsonObject([("schema", schema)]))])
    }
}

extension Schema {
    /// Schemas that several operations speak of.
    static let shared: [String: Schema] = [
        "Key": KeyText.schema, "IssuedKey": KeyText.issued, "Breaker": BreakerOperations.schema, "Usage": usage,
        "Window": window, "Tenant": TenantOperations.schema, "State": state, "Refusal": refusal,
        "PassedRefusal": passedRefusal,
        "Verification": VerificationReport.schema, "Budget": BudgetOperations.schema, "Receipt": Receipt.schema,
        "Spend": ReportLine.schema,
    ]

    private static let refused = Schema.object([
        field("message", .anyText), field("type", .anyText), field("param", .nullable(.anyText)),
        field("code", .whole(400...599)), field("metadata", .open([field("reason", .anyText)])),
    ])

    /// The envelope of refusals.
    static let refusal = Schema.open([field("error", refused)])

    /// Ours in the shape that the path's clients read, or one of upstream's, passed on as it came.
    static let passedRefusal = Schema.open([
        optional("type", .text(.oneOf(["error"])), "On /messages."),
        field(
            "error",
            .open([
                field("message", .anyText), optional("type", .nullable(.anyText)),
                optional("param", .nullable(.anyText)), optional("code", .anything), optional("metadata", .anything),
            ])),
    ])
}
