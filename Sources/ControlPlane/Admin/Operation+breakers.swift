import Budgeting
import Gateway
import Hummingbird
import Ledger
import Pricing
import Routing

/// Circuit breakers: where they stand, and closing one by hand.
struct BreakerOperations: Sendable {
    let gateway: Gateway

    var all: [Operation] { [list, reset] }

    static let schema = Schema.object([
        Schema.field("model", .anyText), Schema.field("state", .text(.oneOf(["closed", "open", "half_open"]))),
        Schema.field("opensAgainAt", .nullable(.text(.instant)), "When an open one lets a probe through."),
    ])

    private var list: Operation {
        Operation(
            method: .get, path: "/api/admin/breakers", id: "listBreakers",
            summary: "The breakers of all models that were called since the start.",
            answers: [.ok("By model.", .object([Schema.field("breakers", .array(.named("Breaker")))]))]
        ) { [gateway] _ in
            Response(json: jsonObject([("breakers", jsonArray(gateway.breakers.all.map(BreakerOperations.json)))]))
        }
    }

    private var reset: Operation {
        Operation(
            method: .post, path: "/api/admin/breakers/reset", id: "resetBreaker",
            summary: "Closes a breaker: calls go to the model again at once.",
            body: .object([Schema.field("model", .text(.plain(1...200)))]),
            answers: [.ok("Where it stands now.", .named("Breaker"))],
            refusals: [(404, "No call went to this model since the start.")]
        ) { [gateway] question in
            let model = question.text("model") ?? ""
            guard let standing = gateway.breakers.all.first(where: { $0.model.text == model }) else {
                throw GatewayRefusal.invalid(
                    404, "unknown_model", param: "model", "'\(model)' was not called since the start.")
            }
            let was = BreakerOperations.word(standing.state)
            let breakers = gateway.breakers
            let remark = Remark(who: question.who, action: "breaker reset", target: "model \(model), it was \(was)")
            do throws(ChangeFailure) { try await gateway.ledger.remark(remark) } catch { throw GatewayRefusal(error) }
            breakers.reset(standing.model)
            let now = breakers.all.first { $0.model == standing.model } ?? standing
            return Response(json: BreakerOperations.json(now))
        }
    }

    private static func json(_ standing: Breakers.Standing) -> String {
        var until: String?
        if case .open(let instant) = standing.state { until = instant.rfc3339 }
        return jsonObject([
            ("model", quoted(standing.model.text)), ("state", quoted(word(standing.state))),
            ("opensAgainAt", quoted(until)),
        ])
    }

    private static func word(_ state: CircuitBreaker.State) -> String {
        switch state {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        }
    }
}
