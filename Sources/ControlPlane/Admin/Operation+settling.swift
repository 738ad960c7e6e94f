import Budgeting
import ExactMoney
import Gateway
import Hummingbird
import Ledger

/// Credits, resets and corrections: what is settled in a present window is forgiven, in part or whole, or set right. Each is an
/// entry of its own.
struct SettlingOperations: Sendable {
    let gateway: Gateway

    var all: [Operation] { [credit, reset, correct] }

    private static let target: [Schema.Field] = [
        Schema.optional("tenant", .text(.name), "Left out, the budget over all tenants."),
        Schema.field("period", .text(.oneOf(["day", "month"]))),
    ]

    private static let reason = Schema.optional(
        "reason", .text(.plain(1...1_000)), "Why. It is kept in the books, in the record of changes.")

    private static let answers = [
        Operation.Answer.ok("What the window holds as settled now.", .object([Schema.field("settledUsd", .usd)]))
    ]

    private var credit: Operation {
        Operation(
            method: .post, path: "/api/admin/credits", id: "credit",
            summary: "Forgives a part of what is settled in a budget's present window.",
            body: .object(
                Self.target + [Schema.field("amountUsd", .text(.someMoney), "At most what is settled."), Self.reason]),
            answers: Self.answers,
            refusals: [(404, "No tenant of this name has called."), (409, "It is more than what is settled.")]
        ) { question in
            let amount = question.text("amountUsd").flatMap(Money.init(admitting:)) ?? .zero
            return try await carryOut(question, told("credited \(amount) USD", question)) { .credit($0, amount) }
        }
    }

    private var reset: Operation {
        Operation(
            method: .post, path: "/api/admin/resets", id: "reset",
            summary: "Forgives all that is settled in a budget's present window. What is unresolved stays counted.",
            body: .object(Self.target + [Self.reason]), answers: Self.answers,
            refusals: [(404, "No tenant of this name has called.")]
        ) { question in try await carryOut(question, told("reset", question)) { .reset($0) } }
    }

    /// What was done, and why where somebody says so.
    private func told(_ action: String, _ question: Question) -> String {
        question.text("reason").map { "\(action): \($0)" } ?? action
    }

    private var correct: Operation {
        Operation(
            method: .post, path: "/api/admin/correct", id: "correct",
            summary: "Sets right what a budget's present window holds as settled; below zero it is a credit.",
            body: .object(
                Self.target + [
                    Schema.field("amountUsd", .text(.signedMoney), "Not zero; takes at most what is settled."),
                    Schema.field("reason", .text(.plain(1...1_000)), "Why. It is kept in the books."),
                ]),
            answers: Self.answers,
            refusals: [(404, "No tenant of this name has called."), (409, "It takes more than was settled.")]
        ) { question in
            let amount = question.text("amountUsd").flatMap(Money.init(signed:)) ?? .zero
            guard amount != .zero else {
                throw GatewayRefusal.invalid("invalid_field", param: "amountUsd", "'amountUsd' must not be zero.")
            }
            let reason = question.text("reason") ?? ""
            return try await carryOut(question, "corrected by \(amount) USD") { .correct($0, amount, reason: reason) }
        }
    }

    private func carryOut(
        _ question: Question, _ action: String, _ command: (BudgetID) -> Command
    ) async throws -> Response {
        let period: Period = question.text("period") == "day" ? .day : .month
        let name = question.text("tenant")
        let budget = BudgetID(try scope(name), period)
        let address = BudgetAddress(name.map(BudgetSetting.Scope.tenant) ?? .global, period)
        let remark = Remark(who: question.who, action: action, settledIn: budget, called: address)
        do throws(ChangeFailure) {
            _ = try await gateway.ledger.change(command(budget), remark)
        } catch {
            if case .refused(.badAmount) = error {
                throw GatewayRefusal.invalid(
                    409, "more_than_settled", param: "amountUsd", "It is more than was settled in the present window.")
            }
            throw GatewayRefusal(error)
        }
        let settled = gateway.ledger.read { books, _, policy, now in
            books.balance(of: budget, at: now, zones: policy.zones).settled
        }
        return Response(json: jsonObject([("settledUsd", quoted(settled.description))]))
    }

    private func scope(_ name: String?) throws -> Scope {
        guard let name else { return .global }
        guard let tenant = gateway.ledger.read({ _, names, _, _ in names.tenant(named: name) }) else {
            throw GatewayRefusal.invalid(404, "unknown_tenant", param: "tenant", "No tenant '\(name)' has called yet.")
        }
        return .tenant(tenant)
    }
}
