import Budgeting
import ExactMoney
import Receipts

/// A receipt as programs see it: JSON, or a line of a table. One list of columns makes both, and the schema.
extension Receipt {
    private enum Value {
        case text(String?)
        case whole(Int64?)
        case usd(Money?)
        case flag(Bool)
    }

    private struct Column: Sendable {
        let name: String
        let schema: Schema
        let value: @Sendable (Receipt) -> Value
    }

    private static func text(_ name: String, _ value: @escaping @Sendable (Receipt) -> String) -> Column {
        Column(name: name, schema: .anyText) { .text(value($0)) }
    }

    private static func optional(_ name: String, _ value: @escaping @Sendable (Receipt) -> String?) -> Column {
        Column(name: name, schema: .nullable(.anyText)) { .text(value($0)) }
    }

    private static func whole(_ name: String, _ value: @escaping @Sendable (Receipt) -> Int64) -> Column {
        Column(name: name, schema: .whole(0...Int64.max)) { .whole(value($0)) }
    }

    private static func usd(_ name: String, _ value: @escaping @Sendable (Receipt) -> Money?) -> Column {
        Column(name: name, schema: .nullable(.usd)) { .usd(value($0)) }
    }

    private static let columns: [Column] = [
        text("request") { $0.requestID }, text("call") { "req-\($0.call.number)" },
        text("admittedAt") { $0.admittedAt.rfc3339 }, text("closedAt") { $0.closedAt.rfc3339 },
        text("tenant") { $0.tenant }, optional("key") { $0.key }, optional("user") { $0.user },
        optional("run") { $0.run.isEmpty ? nil : $0.run }, text("status") { $0.status.rawValue },
        text("endpoint") { $0.endpoint.word },
        Column(name: "stream", schema: .boolean) { .flag($0.isStream) },
        Column(name: "last", schema: .boolean) { .flag($0.isLast) },
        text("askedModel") { $0.asked }, text("plannedModel") { $0.planned }, text("model") { $0.served },
        optional("provider") { $0.provider }, optional("moved") { $0.moved == .no ? nil : $0.moved.word },
        whole("inputTokens") { $0.inputTokens }, whole("outputTokens") { $0.outputTokens },
        whole("cachedTokens") { $0.usage.cached }, whole("cacheWriteTokens") { $0.usage.cacheWrite },
        whole("reasoningTokens") { $0.usage.reasoning }, whole("audioTokens") { $0.usage.audioInput },
        usd("costUsd") { $0.cost },
        usd("reservedUsd") { $0.reserved }, usd("savedUsd") { $0.saved },
        optional("evidence") { $0.evidence?.word }, optional("doubt") { $0.doubt?.word },
        Column(name: "httpStatus", schema: .nullable(.whole(0...999))) { .whole($0.httpStatus) },
        text("finishReason") { $0.finishReason }, text("stateBefore") { $0.stateBefore.name },
        text("stateAfter") { $0.stateAfter.name }, whole("waitedMicroseconds") { $0.waitedMicroseconds },
        Column(name: "firstByteMicroseconds", schema: .nullable(.whole(0...Int64.max))) {
            .whole($0.firstByteMicroseconds)
        },
        whole("totalMicroseconds") { $0.totalMicroseconds }, optional("generation") { $0.generation },
    ]

    private static let attempt = Schema.object([
        Schema.field("model", .anyText), Schema.field("why", .anyText, "Empty for the one that served."),
        Schema.field("status", .nullable(.whole(0...999))), Schema.field("beganMicroseconds", .whole(0...Int64.max)),
        Schema.field("tookMicroseconds", .whole(0...Int64.max)),
    ])

    static let schema = Schema.object(
        columns.map { Schema.field($0.name, $0.schema) } + [
            Schema.field("tags", .array(.anyText)),
            Schema.field("dropped", .array(.anyText), "Server tools and plugins taken out of the request."),
            Schema.field("attempts", .array(attempt)),
        ])

    var json: String {
        let attempts = attempts.map { attempt in
            jsonObject([
                ("model", quoted(attempt.model)), ("why", quoted(attempt.why)),
                ("status", attempt.status.map(String.init) ?? "null"),
                ("beganMicroseconds", "\(attempt.beganMicroseconds)"),
                ("tookMicroseconds", "\(attempt.tookMicroseconds)"),
            ])
        }
        return jsonObject(
            Receipt.columns.map { ($0.name, Receipt.json($0.value(self))) } + [
                ("tags", jsonArray(tags.map { quoted($0) })), ("dropped", jsonArray(dropped.map { quoted($0) })),
                ("attempts", jsonArray(attempts)),
            ])
    }

    private static func json(_ value: Value) -> String {
        switch value {
        case .text(let text): quoted(text)
        case .whole(let number): number.map { "\($0)" } ?? "null"
        case .usd(let money): quoted(money?.description)
        case .flag(let flag): "\(flag)"
        }
    }

    /// The first line of a table.
    static let csvHead = (columns.map(\.name) + ["tags"]).joined(separator: ",") + "\r\n"

    /// A line of a table (RFC 4180), with its end.
    var csv: String {
        let fields = Receipt.columns.map { column -> String in
            switch column.value(self) {
            case .text(let text): CSVText.field(text ?? "")
            case .whole(let number): number.map { "\($0)" } ?? ""
            case .usd(let money): money?.description ?? ""
            case .flag(let flag): "\(flag)"
            }
        }
        return (fields + [CSVText.field(tags.joined(separator: " "))]).joined(separator: ",") + "\r\n"
    }
}

extension ReportLine {
    static let schema = Schema.object(
        ReportKey.allCases.map { Schema.optional($0.rawValue, .anyText, "Where it was asked for.") } + [
            Schema.field("calls", .whole(0...Int64.max)), Schema.field("inputTokens", .whole(0...Int64.max)),
            Schema.field("outputTokens", .whole(0...Int64.max)), Schema.field("costUsd", .usd),
            Schema.field("savedUsd", .usd),
        ])

    func json(_ by: [ReportKey]) -> String {
        jsonObject(
            zip(by, keys).map { ($0.rawValue, quoted($1)) } + [
                ("calls", "\(calls)"), ("inputTokens", "\(inputTokens)"), ("outputTokens", "\(outputTokens)"),
                ("costUsd", quoted(cost.description)), ("savedUsd", quoted(saved.description)),
            ])
    }
}
