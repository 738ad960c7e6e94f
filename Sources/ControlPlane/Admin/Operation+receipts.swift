import Budgeting
import Gateway
import HTTPTypes
import Hummingbird
import Ledger
import NIOCore
import Receipts

/// Receipts: a page of them, one, sums over them, all of them as a stream. A receipt stands here a moment after its call.
struct ReceiptOperations: Sendable {
    let receipts: ReceiptStore
    let gateway: Gateway

    var all: [Operation] { [list, show, spend, export] }

    private static let filters: [Operation.Parameter] = [
        .init(name: "tenant", schema: .text(.name)),
        .init(name: "model", schema: .text(.plain(1...200)), note: "The one that served."),
        .init(name: "user", schema: .text(.plain(1...256))), .init(name: "run", schema: .text(.plain(1...256))),
        .init(name: "tag", schema: .text(.tag)),
        .init(name: "status", schema: .text(.oneOf(Receipt.Status.allCases.map(\.rawValue)))),
        .init(name: "from", schema: .text(.instant), note: "Admitted at or after."),
        .init(name: "until", schema: .text(.instant), note: "Admitted before."),
        .init(
            name: "text", schema: .text(.plain(1...256)),
            note: "The beginning of an id: of the request, the generation or the run; or a trace's whole id."),
    ]

    private var list: Operation {
        Operation(
            method: .get, path: "/api/admin/receipts", id: "listReceipts",
            summary: "Receipts, the newest first. All filters hold together.",
            inQuery: Self.filters + [
                .init(name: "before", schema: .text(.request), note: "What the page before said is next."),
                .init(name: "limit", schema: .whole(1...1000), note: "100 where left out."),
            ],
            answers: [
                .ok(
                    "A page of them.",
                    .object([
                        Schema.field("receipts", .array(.named("Receipt"))),
                        Schema.field("next", .nullable(.anyText), "Give it as 'before'; null on the last page."),
                    ]))
            ]
        ) { [receipts] question in
            let filter = ReceiptFilter(question)
            let before = question.query["before"].flatMap { ReservationID(request: $0) }
            let page = try await reading {
                try receipts.page(filter, before: before, limit: question.limit(default: 100))
            }
            return Response(
                json: jsonObject([
                    ("receipts", jsonArray(page.receipts.map(\.json))),
                    ("next", quoted(page.next.map { "req-\($0.number)" })),
                ]))
        }
    }

    private var show: Operation {
        Operation(
            method: .get, path: "/api/admin/receipts/{request}", id: "showReceipt", summary: "One receipt.",
            inPath: [.init(name: "request", schema: .text(.request), note: "As the client was told: req-12.")],
            answers: [.ok("The receipt.", .named("Receipt"))], refusals: [(404, "No call of this id has a receipt.")]
        ) { [receipts] question in
            let name = question.path["request"] ?? ""
            guard let id = ReservationID(request: name), let receipt = try await reading({ try receipts.receipt(id) })
            else {
                throw GatewayRefusal.invalid(
                    404, "unknown_receipt", param: "request", "No call '\(name)' has a receipt, or has none yet.")
            }
            return Response(json: receipt.json)
        }
    }

    private static let keys = ReportKey.allCases.map(\.rawValue)

    private var spend: Operation {
        Operation(
            method: .get, path: "/api/admin/spend", id: "spend",
            summary:
                "What was spent, added up. By hour or day in the order of time, else the dearest first.",
            inQuery: [
                .init(
                    name: "by", schema: .text(.someOf(Self.keys)),
                    note: "Left out, one total. By tag counts a call once under each of its tags."),
                .init(name: "from", schema: .text(.instant), note: "Hours that begin at or after."),
                .init(name: "until", schema: .text(.instant), note: "Hours that begin before."),
                .init(name: "tenant", schema: .text(.name)), .init(name: "model", schema: .text(.plain(1...200))),
                .init(name: "tag", schema: .text(.tag)),
                .init(
                    name: "zone", schema: .text(.oneOf(["UTC", "budget"])),
                    note:
                        "Whose days, each told by the instant of its start: UTC's where left out, or those of the budgets of the tenant "
                        + "asked for, else of all."
                ),
                .init(name: "limit", schema: .whole(1...10_000), note: "1000 where left out."),
            ],
            answers: [
                .ok(
                    "The sums, in the provider's USD.",
                    .object([
                        Schema.field("lines", .array(.named("Spend"))),
                        Schema.field("zone", .anyText, "The IANA zone whose days these are."),
                        Schema.field(
                            "markups", .dictionary(.anyText),
                            "What the settings say that tenants are charged beyond that, such as 15%."),
                        Schema.head,
                    ]))
            ]
        ) { [receipts, gateway] question in
            var asked = ReportQuestion(
                by: (question.query["by"] ?? "").split(separator: ",").reduce(into: [ReportKey]()) { keys, word in
                    if let key = ReportKey(rawValue: String(word)), !keys.contains(key) { keys.append(key) }
                }, from: question.instant("from"), until: question.instant("until"))
            asked.tenant = question.query["tenant"]
            asked.model = question.query["model"]
            asked.tag = question.query["tag"]
            asked.limit = question.limit(default: 1_000)
            if question.query["zone"] == "budget" { asked.zone = gateway.ledger.zone(ofMonth: asked.tenant) }
            let lines = try await reading { [asked] in try receipts.report(asked) }
            let markups = gateway.settings.markups.sorted { $0.key < $1.key }
            return Response(
                json: jsonObject([
                    ("lines", jsonArray(lines.map { $0.json(asked.by) })),
                    ("zone", quoted(asked.zone.name)),
                    ("markups", jsonObject(markups.map { ($0.key, quoted($0.value)) })),
                    ("head", quoted("\(gateway.ledger.head)")),
                ]))
        }
    }

    private var export: Operation {
        Operation(
            method: .get, path: "/api/admin/export", id: "exportReceipts",
            summary:
                """
                All receipts that the filters let through, as they are read: nothing is gathered. X-Bursar-Head tells where the \
                ledger's hash chain stood when it began.
                """,
            inQuery: Self.filters + [
                .init(name: "format", schema: .text(.oneOf(["jsonl", "csv"])), note: "jsonl where left out."),
                .init(
                    name: "order", schema: .text(.oneOf(["newest", "oldest"])),
                    note: "newest, where left out, comes first."),
            ],
            answers: [
                .init(
                    status: 200, note: "One receipt a line.", schema: nil, type: "application/jsonl",
                    alsoType: "text/csv")
            ]
        ) { [receipts, gateway] question in
            let isCSV = question.query["format"] == "csv"
            let filter = ReceiptFilter(question)
            // The first page before the head goes out: what cannot be read is then refused.
            let isOldest = question.query["order"] == "oldest"
            let page: @Sendable (ReservationID?) throws -> ReceiptStore.Page = { last in
                isOldest
                    ? try receipts.oldest(filter, after: last, limit: Self.atOnce)
                    : try receipts.page(filter, before: last, limit: Self.atOnce)
            }
            let first = try await reading { try page(nil) }
            var headers: HTTPFields = [
                .contentType: isCSV ? "text/csv; charset=utf-8" : "application/jsonl",
                .contentDisposition: "attachment; filename=\"receipts.\(isCSV ? "csv" : "jsonl")\"",
            ]
            if let name = HTTPField.Name("X-Bursar-Head") { headers[name] = "\(gateway.ledger.head)" }
            return Response(
                status: .ok, headers: headers,
                body: ResponseBody { writer in
                    if isCSV { try await writer.write(ByteBuffer(string: Receipt.csvHead)) }
                    var some = first
                    while true {
                        let lines = some.receipts.map { isCSV ? $0.csv : $0.json + "\n" }
                        if !lines.isEmpty { try await writer.write(ByteBuffer(string: lines.joined())) }
                        guard let next = some.next else { break }
                        some = try await offLoop { try page(next) }
                    }
                    try await writer.finish(nil)
                })
        }
    }

    /// How many receipts an export holds in memory.
    private static let atOnce = 500

    private func reading<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        do { return try await offLoop(body) } catch {
            throw GatewayRefusal(
                503, "server_error", "receipts_unavailable",
                "The receipts cannot be read just now. Calls are not held up.")
        }
    }
}

extension ReceiptFilter {
    fileprivate init(_ question: Question) {
        self.init(tenant: question.query["tenant"], model: question.query["model"])
        user = question.query["user"]
        run = question.query["run"]
        tag = question.query["tag"]
        status = question.query["status"].flatMap { Receipt.Status(rawValue: $0) }
        from = question.instant("from")
        until = question.instant("until")
        text = question.query["text"]
    }
}

extension ReservationID {
    /// `req-12`, or its number alone.
    init?(request text: String) {
        guard let number = UInt64(text.hasPrefix("req-") ? text.dropFirst(4) : text[...]) else { return nil }
        self.init(number)
    }
}
