import Gateway
import HTTPTypes
import Hummingbird
import NIOHTTP1
import Receipts

/// `/openapi.json`: the control plane as its operations say it, and the data plane as far as it is not OpenAI's own.
struct OpenAPI: Sendable {
    private let json: String

    init(_ operations: [Operation], dataPlane: [(method: HTTPMethod, path: String)]) {
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
        for (method, path) in dataPlane { add("/v1\(path)", method.rawValue, OpenAPI.text(method, path)) }
        json = jsonObject([
            ("openapi", quoted("3.1.0")),
            (
                "info",
                jsonObject([
                    ("title", quoted("Bursar")), ("version", quoted("1")),
                    (
                        "description",
                        quoted(
                            "Holds LLM spend to budgets: a proxy in front of OpenRouter that reserves before it calls.")
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
                        jsonObject([("bearer", jsonObject([("type", quoted("http")), ("scheme", quoted("bearer"))]))])
                    ),
                ])
            ),
            ("security", jsonArray([jsonObject([("bearer", jsonArray([]))]), jsonObject([])])),
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

    /// A path of the data plane. Its bodies are those of the provider's own interface, and are not described again here.
    private static func text(_ method: HTTPMethod, _ path: String) -> String {
        let words = path.split { "/{}".contains($0) }
        var members = [
            ("operationId", quoted(([method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_"))),
            ("summary", quoted("As OpenRouter has it, under budget.")),
        ]
        let names = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        if !names.isEmpty {
            let parameters = names.map { text(.init(name: $0, schema: .text(.plain(1...200))), "path") }
            members.append(("parameters", jsonArray(parameters)))
        }
        members.append(
            (
                "responses",
                jsonObject([
                    (
                        "200",
                        jsonObject([
                            ("description", quoted("As the provider answers.")),
                            ("content", content("application/json", "{}")),
                        ])
                    ), ("default", refusal("Refused, in the shape that clients of the path know.")),
                ])
            ))
        return jsonObject(members)
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
            ("name", quoted(parameter.name)), ("in", quoted(place)), ("required", place == "path" ? "true" : "false"),
            ("schema", parameter.schema.json),
        ]
        if !parameter.note.isEmpty { members.append(("description", quoted(parameter.note))) }
        return jsonObject(members)
    }

    private static func text(_ answer: Operation.Answer) -> String {
        let schema = answer.schema?.json ?? jsonObject([("type", quoted("string"))])
        let types = [answer.type] + (answer.alsoType.map { [$0] } ?? [])
        return jsonObject([
            ("description", quoted(answer.note)),
            ("content", jsonObject(types.map { ($0, jsonObject([("schema", schema)])) })),
        ])
    }

    private static func refusal(_ note: String) -> String {
        jsonObject([
            ("description", quoted(note)),
            ("content", content("application/json", Schema.named("Refusal").json)),
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
        "Verification": VerificationReport.schema, "Budget": BudgetOperations.schema, "Receipt": Receipt.schema,
        "Spend": ReportLine.schema,
    ]

    /// The envelope of refusals.
    static let refusal = Schema.object([
        field(
            "error",
            .object([
                field("message", .anyText), field("type", .anyText), field("param", .nullable(.anyText)),
                field("code", .whole(400...599)), field("metadata", .anything),
            ]))
    ])
}
