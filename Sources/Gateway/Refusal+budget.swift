import Budgeting
import ExactMoney
import Ledger
import Routing
import Upstream

/// What a refusal for money says, in numbers for programs and in a sentence for a person.
struct MoneyRefusal {
    let tenant: String
    let names: NameTable
    let now: Instant
    let status: Int

    /// How soon a call that only held money kept out is worth another try, in seconds.
    private static let heldRetrySeconds = 2

    func refusal(_ denial: Denial) -> Refusal {
        switch denial {
        case .budgetExceeded(let shortfall) where shortfall.budget.period == .minute,
            .budgetHeld(let shortfall) where shortfall.budget.period == .minute:
            tooFast(shortfall)
        case .budgetExceeded(let shortfall): exceeded(shortfall)
        case .budgetHeld(let shortfall): held(shortfall)
        case .callTooExpensive(let required, let most): tooExpensive(required, most)
        }
    }

    private func exceeded(_ shortfall: Shortfall) -> Refusal {
        let remaining = shortfall.remaining
        // A budget that could pay for this very call and yet refuses it is stopped: it cannot pay for any call worth making.
        let isStopped = MoneySum(shortfall.required) <= remaining
        let isUsedUp = isStopped || remaining.nanodollars * 20 <= shortfall.cap.nanodollars
        let what = isUsedUp ? "is used up" : "cannot pay for this call"
        let why =
            isStopped
            ? "What is left is less than the smallest call worth making."
            : "This call needs up to \(shortfall.required.dollars)."
        var message = """
            \(BudgetText.title(shortfall.budget, names)) \(what): \(standing(shortfall)). \(why) \(resets(shortfall))
            """
        if let affordable = shortfall.affordable {
            message +=
                " \(names.text(of: affordable.model)) with \(affordable.outputTokens) output tokens would still fit."
        }
        var refusal = Refusal(status, "insufficient_quota", "budget_exceeded", message)
        refusal.metadata = metadata(shortfall)
        if shortfall.budget.period != .total {
            refusal.headers = [("retry-after", String(seconds(to: shortfall.resetsAt)))]
        }
        refusal.headers.append(("x-should-retry", "false"))
        return refusal
    }

    private func resets(_ shortfall: Shortfall) -> String {
        guard shortfall.budget.period != .total else { return "It does not reset by itself." }
        let (end, zone) = (shortfall.resetsAt, shortfall.zone)
        return "It resets at \(end.wallClock(in: zone)) \(zone.name) (in \(duration(seconds(to: end))))."
    }

    /// A budget of a minute bounds how fast money goes; the next minute brings more, so that a client does well to try again.
    private func tooFast(_ shortfall: Shortfall) -> Refusal {
        let seconds = seconds(to: shortfall.resetsAt)
        let message = """
            \(BudgetText.owner(shortfall.budget, names)) spends too fast: \(standing(shortfall)) in this minute. \
            This call needs up to \(shortfall.required.dollars). The next minute begins in \(seconds) s.
            """
        var refusal = Refusal(429, "rate_limit_exceeded", "spend_rate_exceeded", message)
        refusal.metadata = metadata(shortfall)
        refusal.headers = [("retry-after", String(seconds))]
        return refusal
    }

    private func held(_ shortfall: Shortfall) -> Refusal {
        let calls = shortfall.balance.callsInFlight
        let message = """
            \(BudgetText.title(shortfall.budget, names)) has room, but it is held just now: \(standing(shortfall)). \
            Nothing is wrong: \(calls) \(calls == 1 ? "call holds" : "calls hold") \(shortfall.balance.reserved.dollars); \
            try again in \(MoneyRefusal.heldRetrySeconds) s.
            """
        var refusal = Refusal(429, "rate_limit_exceeded", "budget_reserved", message)
        refusal.metadata = metadata(shortfall)
        refusal.headers = [("retry-after", String(MoneyRefusal.heldRetrySeconds))]
        return refusal
    }

    private func tooExpensive(_ required: Money, _ most: Money) -> Refusal {
        let message =
            "This call could cost up to \(required.dollars); one call may cost \(most.dollars). Ask for less output, or a cheaper model."
        var refusal = Refusal(status, "insufficient_quota", "call_too_expensive", message)
        refusal.metadata = [
            ("tenant", JSONText.quoted(tenant)), ("required", quoted(required)), ("cap", quoted(most)),
        ]
        refusal.headers = [("x-should-retry", "false")]
        return refusal
    }
}

extension MoneyRefusal {
    private func metadata(_ shortfall: Shortfall) -> [(name: String, json: String)] {
        var affordable = "null"
        if let fits = shortfall.affordable {
            let model = JSONText.quoted(names.text(of: fits.model))
            affordable = #"{"model":\#(model),"maxTokens":\#(fits.outputTokens)}"#
        }
        let resetsAt = shortfall.budget.period == .total ? "null" : JSONText.quoted(shortfall.resetsAt.rfc3339)
        return [
            ("tenant", JSONText.quoted(tenant)),
            ("budget", JSONText.quoted(BudgetText.name(shortfall.budget))),
            ("budgetOf", names.text(of: shortfall.budget.scope).map(JSONText.quoted) ?? "null"),
            ("cap", quoted(shortfall.cap)),
            ("spent", quoted(shortfall.balance.booked)),
            ("reserved", quoted(shortfall.balance.reserved)),
            ("remaining", quoted(shortfall.remaining)),
            ("required", quoted(shortfall.required)),
            ("resetsAt", resetsAt),
            ("affordable", affordable),
        ]
    }

    private func standing(_ shortfall: Shortfall) -> String {
        "\(shortfall.balance.booked.dollars) spent + \(shortfall.balance.reserved.dollars) held of \(shortfall.cap.dollars)"
    }

    private func seconds(to end: Instant) -> Int64 { max(1, (end.milliseconds - now.milliseconds + 999) / 1000) }

    private func duration(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) days"
        }
    }

    private func quoted(_ money: some CustomStringConvertible) -> String { "\"\(money)\"" }
}
