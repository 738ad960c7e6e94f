public import Budgeting
internal import ExactMoney
public import Ledger

/// What a person or a program is told of an event: one line of text, and the same as facts.
public struct WebhookMessage: Hashable, Sendable {
    /// As in ``GatewayEvent/kind``: `budget.warned`.
    public let kind: String
    /// For a person.
    let text: String
    /// Facts, in order. Money is decimal text.
    let facts: [Fact]

    struct Fact: Hashable, Sendable {
        let name: String
        let value: String
    }

    /// Nil for what is told nowhere: a breaker that only probes, the daily head of the chain.
    public init?(_ event: GatewayEvent) {
        kind = event.kind
        func fact(_ name: String, _ value: String) -> Fact { Fact(name: name, value: value) }
        switch event {
        case .stateReached(let state, let crossing):
            text =
                "The \(crossing.period) budget of \(crossing.scope) is \(state.name): $\(crossing.booked) of "
                + "$\(crossing.cap) is spent."
            facts =
                [
                    fact("scope", crossing.scope), fact("period", crossing.period), fact("state", state.name),
                    fact("windowStart", crossing.windowStart.rfc3339), fact("spentUsd", "\(crossing.booked)"),
                    fact("capUsd", "\(crossing.cap)"),
                ] + (crossing.tenant.map { [fact("tenant", $0)] } ?? [])
        case .overran(let request, let tenant, let model, let ceiling, let by):
            text = "The provider billed \(request) of \(tenant) $\(by) above its ceiling of $\(ceiling) on \(model)."
            facts = [
                fact("request", request), fact("tenant", tenant), fact("model", model),
                fact("ceilingUsd", "\(ceiling)"),
                fact("overUsd", "\(by)"),
            ]
        case .spentOutside(let amount):
            text = "The OpenRouter key spent $\(amount) that no call of this gateway explains."
            facts = [fact("amountUsd", "\(amount)")]
        case .assumed(let request, let tenant, let model, let amount):
            text =
                "Nothing told what \(request) of \(tenant) cost on \(model); $\(amount), the most it can be, is booked."
            facts = [
                fact("request", request), fact("tenant", tenant), fact("model", model), fact("amountUsd", "\(amount)"),
            ]
        case .priceChanged(let model, let old, let new):
            text = "The price of \(model) changed from \(old) to \(new)."
            facts = [fact("model", model), fact("old", old), fact("new", new)]
        case .breakerMoved(_, .halfOpen), .chainStands: return nil
        case .breakerMoved(let model, let breaker):
            text =
                breaker == .open
                ? "\(model) fails again and again; calls skip it for now." : "\(model) answers again."
            facts = [fact("model", model), fact("breaker", breaker.rawValue)]
        case .account(let trouble):
            text = "The gateway's own OpenRouter account needs its operator: \(trouble.rawValue)."
            facts = [fact("trouble", trouble.rawValue)]
        }
    }

    init(kind: String, text: String, facts: [(String, String)] = []) {
        self.kind = kind
        self.text = text
        self.facts = facts.map { Fact(name: $0.0, value: $0.1) }
    }

    /// The body of a Standard Webhook.
    public func standard(at now: Instant) -> String {
        JSONWriter.object { body in
            body.member("type", kind)
            body.member("timestamp", now.rfc3339)
            body.key("data")
            body.object { data in
                data.member("message", text)
                for fact in facts { data.member(fact.name, fact.value) }
            }
        }
    }

    /// The body of Slack's incoming webhook. https://docs.slack.dev/messaging/formatting-message-text#escaping
    var slack: String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
        return JSONWriter.object { $0.member("text", escaped) }
    }
}

extension GatewayEvent {
    /// Names the event among all there are: a state is reached once per window and told once, whatever restarts. Other events are
    /// told as often as they happen.
    func messageID(at now: Instant, number: UInt64) -> String {
        switch self {
        case .stateReached(let state, let crossing):
            "state-\(state.name)-\(crossing.scope)-\(crossing.period)-\(crossing.windowStart.seconds)".asMessageID
        case .overran(let request, _, _, _, _), .assumed(let request, _, _, _): "\(kind)-\(request)".asMessageID
        default: "\(kind)-\(now.milliseconds)-\(number)".asMessageID
        }
    }
}

extension String {
    /// Standard Webhooks' ids have no dots: the signature puts one after them.
    fileprivate var asMessageID: String {
        "msg_" + String(map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "-" })
    }
}
