import Budgeting
import Exporting
import Gateway
import HTTPTypes
import Hummingbird
import Ledger
import NIOCore
import Receipts
import Synchronization

/// What happened: events as they happen, and the record of who changed what.
struct EventOperations: Sendable {
    let gateway: Gateway
    let receipts: ReceiptStore
    private let listeners = Listeners()

    init(gateway: Gateway, receipts: ReceiptStore) {
        self.gateway = gateway
        self.receipts = receipts
    }

    var all: [Operation] { [events, audits] }

    private var events: Operation {
        Operation(
            method: .get, path: "/api/admin/events", id: "events",
            summary: "Events as they happen, as server-sent events; data is what a webhook is sent.",
            answers: [.init(status: 200, note: "Without end.", schema: nil, type: "text/event-stream")]
        ) { [gateway, listeners] _ in
            guard let place = listeners.enter() else {
                throw GatewayRefusal(
                    503, "server_error", "too_many_listeners", "\(Listeners.most) listen already. Try again later.")
            }
            let subscription = gateway.ledger.events.subscribe()
            return Response(
                status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
                body: ResponseBody { writer in
                    defer { place.leave() }
                    let (texts, inbox) = AsyncStream.makeStream(
                        of: String.self, bufferingPolicy: .bufferingNewest(EventOperations.mostWaiting))
                    async let told: Void = EventOperations.pass(subscription, to: inbox)
                    async let beats: Void = EventOperations.beat(gateway, inbox)
                    try await writer.write(ByteBuffer(string: ": listening\n\n"))
                    for await text in texts { try await writer.write(ByteBuffer(string: text)) }
                    subscription.end()
                    _ = await (told, beats)
                    try await writer.finish(nil)
                })
        }
    }

    /// For a listener that is slow to take them; beyond it the oldest are lost, and their numbers show it.
    private static let mostWaiting = 256
    /// Proxies drop a connection that says nothing.
    private static let heartbeatSeconds = 15

    private static func pass(
        _ subscription: GatewayEvents.Subscription, to inbox: AsyncStream<String>.Continuation
    ) async {
        for await occurrence in subscription.occurrences {
            guard let message = Notice(occurrence.event) else { continue }
            inbox.yield(
                "id: \(occurrence.number)\nevent: \(message.kind)\ndata: \(message.standard(at: occurrence.at))\n\n")
        }
    }

    private static func beat(_ gateway: Gateway, _ inbox: AsyncStream<String>.Continuation) async {
        var seconds = 0
        while !gateway.isDraining, (try? await Task.sleep(for: .seconds(1))) != nil {
            seconds += 1
            if seconds.isMultiple(of: heartbeatSeconds) { inbox.yield(": still here\n\n") }
        }
        inbox.finish()
    }

    private static let audit = Schema.object([
        Schema.field("number", .whole(0...Int64.max)), Schema.field("at", .text(.instant)),
        Schema.field("who", .anyText), Schema.field("action", .anyText), Schema.field("target", .anyText),
        Schema.field("before", .anyText), Schema.field("after", .anyText),
    ])

    private var audits: Operation {
        Operation(
            method: .get, path: "/api/admin/audit", id: "listAudits",
            summary: "Who changed what, the newest first. A change stands here a moment after it was made.",
            inQuery: [
                .init(name: "from", schema: .text(.instant)), .init(name: "until", schema: .text(.instant)),
                .init(name: "before", schema: .whole(1...Int64.max), note: "What the page before said is next."),
                .init(name: "limit", schema: .whole(1...1000), note: "100 where left out."),
            ],
            answers: [
                .ok(
                    "A page of them.",
                    .object([
                        Schema.field("changes", .array(Self.audit)),
                        Schema.field(
                            "next", .nullable(.whole(0...Int64.max)), "Give it as 'before'; null on the last page."),
                    ]))
            ]
        ) { [receipts] question in
            let limit = question.limit(default: 100)
            let records: [AuditRecord]
            do {
                records = try await offLoop {
                    try receipts.audits(
                        before: question.query["before"].flatMap { Int64($0) }, from: question.instant("from"),
                        until: question.instant("until"), limit: limit)
                }
            } catch {
                throw GatewayRefusal(
                    503, "server_error", "receipts_unavailable", "The record of changes cannot be read just now.")
            }
            return Response(
                json: jsonObject([
                    ("changes", jsonArray(records.map(EventOperations.json))),
                    ("next", records.count == limit ? records.last.map { "\($0.number)" } ?? "null" : "null"),
                ]))
        }
    }

    private static func json(_ record: AuditRecord) -> String {
        let audit = record.audit
        return jsonObject([
            ("number", "\(record.number)"), ("at", quoted(record.at.rfc3339)), ("who", quoted(audit.who)),
            ("action", quoted(audit.action)), ("target", quoted(audit.target)), ("before", quoted(audit.before)),
            ("after", quoted(audit.after)),
        ])
    }
}

/// How many listen to events.
private final class Listeners: Sendable {
    static let most = 100

    private let count = Mutex(0)

    /// A place, given back once; nil where there is none.
    final class Place: Sendable {
        private let listeners: Listeners
        private let isLeft = Atomic(false)

        fileprivate init(_ listeners: Listeners) {
            self.listeners = listeners
        }

        func leave() {
            guard !isLeft.exchange(true, ordering: .relaxed) else { return }
            listeners.count.withLock { $0 -= 1 }
        }

        deinit { leave() }
    }

    func enter() -> Place? {
        count.withLock { count in
            guard count < Listeners.most else { return nil }
            count += 1
            return Place(self)
        }
    }
}
