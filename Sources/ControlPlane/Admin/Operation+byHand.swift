import Budgeting
import Gateway
import Hummingbird
import Ledger
import Logging

/// What an operator does to the books by hand: giving back what an unresolved call holds, and erasing a name.
struct ByHandOperations: Sendable {
    let gateway: Gateway

    var all: [Operation] { [release, forget] }

    private var release: Operation {
        Operation(
            method: .post, path: "/api/admin/reconcile", id: "reconcile",
            summary: "Gives back all that an unresolved call holds, on the operator's word.",
            body: .object([
                Schema.field("release", .text(.request), "The call, such as req-12."),
                Schema.field("reason", .text(.plain(1...1_000)), "Why. It is kept in the books."),
            ]),
            answers: [
                .ok(
                    "What was given back.",
                    .object([Schema.field("request", .anyText), Schema.field("returnedUsd", .usd)]))
            ],
            refusals: [(409, "The call is not unresolved: it runs, is closed, or never was.")]
        ) { [gateway] question in
            let text = question.text("release") ?? ""
            guard let number = UInt64(text.hasPrefix("req-") ? text.dropFirst(4) : text[...]) else {
                throw GatewayRefusal.notUnresolved
            }
            let id = ReservationID(number)
            let remark = Remark(who: question.who, action: "call released", target: "req-\(number)") { books, _, _, _ in
                books.open[id].map { "holds \($0.held) USD" } ?? "holds nothing"
            }
            let events: [Entry.Event]
            do throws(ChangeFailure) {
                events = try await gateway.ledger.change(
                    .giveBackAll(id, reason: question.text("reason") ?? ""), remark)
            } catch {
                if case .refused(.notOpen) = error { throw GatewayRefusal.notUnresolved }
                throw GatewayRefusal(error)
            }
            guard case .returned(_, let what) = events.first else { throw GatewayRefusal.notUnresolved }
            return Response(
                json: jsonObject([("request", quoted("req-\(number)")), ("returnedUsd", quoted("\(what.amount)"))]))
        }
    }

    /// Models and keys keep their names: prices and secrets hang on them.
    private static let kinds = Name.Kind.allCases.filter { $0 != .model && $0 != .key }

    private var forget: Operation {
        Operation(
            method: .post, path: "/api/admin/forget", id: "forget",
            summary: "Erases a name from the books for good. Entries keep its number, and the books still prove.",
            body: .object([
                Schema.field("kind", .text(.oneOf(Self.kinds.map { "\($0)" }))),
                Schema.field("name", .text(.plain(1...256))),
            ]),
            answers: [.ok("It is forgotten.", .object([Schema.field("forgotten", .boolean)]))],
            refusals: [(404, "No such name is in the books.")]
        ) { [gateway] question in
            guard let kind = Self.kinds.first(where: { "\($0)" == question.text("kind") }),
                try await gateway.ledger.erase(kind, named: question.text("name") ?? "", by: question.who)
            else {
                throw GatewayRefusal.invalid(404, "unknown_name", param: "name", "No such name is in the books.")
            }
            gateway.logger.notice("a name was erased from the books", metadata: ["kind": "\(kind)"])
            return Response(json: #"{"forgotten":true}"#)
        }
    }
}

extension GatewayRefusal {
    fileprivate static let notUnresolved = GatewayRefusal.invalid(
        409, "not_unresolved", param: "release",
        "The call is not unresolved: it runs, is closed, or never was. GET /api/admin/unresolved lists those that are.")
}
